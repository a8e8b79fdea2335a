"""Where an event fails, a command says so in a line and by its exit code; tracebacks are the log's."""

from __future__ import annotations

import logging
import signal
from io import StringIO
from unittest.mock import patch

import pytest
from django.core.management import CommandError, call_command

from revenue_intel.exceptions import UnsupportedShapeError
from revenue_intel.webhooks import processing
from tests.deliveries import deliver, payment_succeeded

pytestmark = pytest.mark.django_db(transaction=True)

PERSON = "ada.lovelace@example.com"


@pytest.fixture(autouse=True)
def stored(settings) -> None:
    settings.REVENUE_INTEL_EVENT_PROCESSING = "deferred"
    deliver(payment_succeeded("R1", 1000, event_id="evt_1"))


def run(*arguments: str) -> tuple[str, str, int]:
    """Run a command; return what it said, what it said in lines of errors, and its exit code."""
    said, lines = StringIO(), StringIO()
    try:
        call_command(*arguments, stdout=said, stderr=lines)
    except CommandError as error:
        return said.getvalue(), lines.getvalue(), error.returncode
    return said.getvalue(), lines.getvalue(), 0


def run_without_logging(*arguments: str) -> tuple[str, str, int]:
    """Run a command as ``run`` does, where nobody has set up logging."""
    logger = logging.getLogger("revenue_intel")
    with patch.object(logger, "propagate", False):
        result = run(*arguments)
    assert not logger.handlers
    return result


COMMANDS = [["revenue_process_events"], ["revenue_replay_events", "--all"]]


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_an_event_that_fails_is_a_line_and_exit_code_1(fail, command):
    fail(UnsupportedShapeError("amount is not an amount."))

    said, lines, code = run_without_logging(*command)

    failed = "Stripe event payment_intent.succeeded evt_1 could not be applied (UnsupportedShapeError)"
    assert (code, lines) == (1, f"{failed}: amount is not an amount.\n")
    assert "1 failed" in said or "failed           1" in said


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_an_error_that_is_none_of_ours_is_a_line_without_its_words(fail, command):
    fail(KeyError(PERSON))

    _, lines, code = run_without_logging(*command)

    assert (code, lines) == (
        1,
        "Stripe event payment_intent.succeeded evt_1 could not be applied (KeyError).\n",
    )


def test_tracebacks_are_printed_where_they_are_asked_for(fail, capsys):
    fail(KeyError("bug"))

    run_without_logging("revenue_process_events", "--traceback")

    assert "Traceback" in capsys.readouterr().err


def test_the_log_has_the_traceback_of_a_bug_and_one_line_for_what_explains_itself(fail, caplog):
    fail(KeyError("bug"))
    assert run("revenue_process_events")[1:] == ("", 1)
    assert [bool(record.exc_info) for record in caplog.records] == [True]
    caplog.clear()

    fail(UnsupportedShapeError("amount is not an amount."))
    run("revenue_replay_events", "--all")

    assert [bool(record.exc_info) for record in caplog.records] == [False]


def test_a_worker_that_is_told_to_stop_ends_well_whatever_failed(fail, monkeypatch):
    def refuse_and_stop(*_arguments: object, **_options: object) -> None:
        signal.raise_signal(signal.SIGTERM)

    fail(ValueError("bug"))
    monkeypatch.setattr(processing, "log_failure", refuse_and_stop)

    said, _, code = run("revenue_process_events", "--watch")

    assert (said, code) == ("1 events processed: 1 failed.\n", 0)
