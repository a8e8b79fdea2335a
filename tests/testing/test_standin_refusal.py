"""The stand-in does not run beside a live key, wherever that is, and never shows it."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from revenue_intel.exceptions import RevenueIntelError
from revenue_intel.testing.standin import Standin, StandinRefused

LIVE = ["sk_live_abc", "rk_live_abc", " sk_live_abc\n"]


@pytest.mark.parametrize("key", LIVE)
def test_a_live_key_as_argument_is_refused(key):
    with pytest.raises(StandinRefused, match="api_key argument") as caught:
        Standin(secret="whsec_x", api_key=key)

    assert key.strip() not in str(caught.value)


@pytest.mark.parametrize("key", LIVE)
@pytest.mark.parametrize("name", ["STRIPE_SECRET_KEY", "STRIPE_API_KEY"])
def test_a_live_key_in_the_environment_is_refused(monkeypatch, name, key):
    monkeypatch.setenv(name, key)

    with pytest.raises(StandinRefused, match=name):
        Standin(secret="whsec_x")


@pytest.mark.parametrize("key", LIVE)
def test_a_live_key_in_the_settings_is_refused(settings, key):
    settings.REVENUE_INTEL_STRIPE_SECRET_KEY = key

    with pytest.raises(StandinRefused, match="REVENUE_INTEL_STRIPE_SECRET_KEY"):
        Standin(secret="whsec_x")


def test_a_live_key_that_came_later_is_refused_at_the_start(settings):
    standin = Standin(secret="whsec_x")
    settings.REVENUE_INTEL_STRIPE_SECRET_KEY = "sk_live_abc"

    with pytest.raises(StandinRefused):
        standin.start()


def test_it_works_without_any_django_settings():
    program = "from revenue_intel.testing.standin import Standin; Standin(secret='whsec_x').start().stop()"
    environment = {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}

    subprocess.run([sys.executable, "-c", program], check=True, env=environment)


def test_test_keys_do_no_harm(settings, monkeypatch):
    settings.REVENUE_INTEL_STRIPE_SECRET_KEY = "sk_test_abc"
    monkeypatch.setenv("STRIPE_API_KEY", "rk_test_abc")

    with Standin(secret="whsec_x") as standin:
        assert standin.url.startswith("http://127.0.0.1:")


def test_it_needs_a_secret_to_sign_with():
    with pytest.raises(StandinRefused, match="needs a secret"):
        Standin(secret="")


def test_the_refusal_is_one_of_ours():
    assert issubclass(StandinRefused, RevenueIntelError)
    assert StandinRefused.code == "standin_refused"
