"""The command serves until it is interrupted, and says in one sentence why it does not."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
from io import StringIO
from typing import TextIO, cast

import pytest
from django.core.management import CommandError, call_command

from revenue_intel.management.commands.revenue_stripe_standin import Command
from tests.testing.conftest import send


def test_it_prints_its_address_serves_and_ends_on_an_interrupt():
    command = [sys.executable, "-m", "django", "revenue_stripe_standin", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=dict(os.environ)) as process:
        output = cast("TextIO", process.stdout)
        try:
            (address,) = re.findall(r"http://127\.0\.0\.1:\d+", output.readline())

            reply = send("GET", f"{address}/v1/customers", headers={"Authorization": "Bearer sk_test_1"})

            assert reply.status == 200
        finally:
            process.send_signal(signal.SIGINT)
            rest = output.read()
    assert "sk_test_standin" in rest
    assert "webhooks  none" in rest
    assert rest.endswith("Stopped.\n")
    assert process.returncode == 0


def test_a_live_key_ends_it_with_a_sentence(monkeypatch):
    monkeypatch.setenv("STRIPE_API_KEY", "sk_live_1")

    with pytest.raises(CommandError, match="does not run beside a live key"):
        call_command(Command(stdout=StringIO()), port=0)


def test_a_port_that_is_taken_ends_it_with_a_sentence():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()

        with pytest.raises(CommandError, match="Cannot listen on"):
            call_command(Command(stdout=StringIO()), port=taken.getsockname()[1])


def test_a_port_that_is_none_ends_it_with_a_sentence():
    with pytest.raises(CommandError, match="Cannot listen on"):
        call_command(Command(stdout=StringIO()), port=70_000)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"settlement_currency": "pounds"}, "not a three-letter currency code"),
        ({"connect_url": "http://example.com/"}, "this machine only"),
        ({"webhook_url": "http://127.0.0.1:1/", "api_version": "newest"}, "Invalid API version"),
    ],
)
def test_an_option_that_makes_no_sense_ends_it_with_a_sentence(options, sentence):
    with pytest.raises(CommandError, match=sentence):
        call_command(Command(stdout=StringIO()), port=0, **options)


@pytest.mark.parametrize("version", ["rubbish", "2024", "2024-10-28.", ""])
def test_a_version_that_is_none_ends_it_with_a_sentence(version):
    with pytest.raises(CommandError, match="is no version"):
        call_command(Command(stdout=StringIO()), "--port", "0", f"--api-version={version}")
