"""``revenue_required_events`` says what to subscribe to, and what the endpoints at Stripe lack."""

from __future__ import annotations

import json
from collections.abc import Iterator
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from revenue_intel.gateway import reading
from revenue_intel.kit.contracts import load_contract
from revenue_intel.testing.standin import Standin
from revenue_intel.webhooks import registry
from tests.sdk import need_sdk

URL = "http://127.0.0.1:9/payments/webhook/"


@pytest.fixture
def standin(settings) -> Iterator[Standin]:
    need_sdk()
    with Standin(secret="whsec_test") as running:
        settings.REVENUE_INTEL_STRIPE_API_BASE = running.url
        yield running


def ask(*arguments: str) -> str:
    said = StringIO()
    call_command("revenue_required_events", *arguments, stdout=said)
    return said.getvalue()


def ask_in_vain(*arguments: str) -> tuple[str, str]:
    said = StringIO()
    with pytest.raises(CommandError) as failure:
        call_command("revenue_required_events", *arguments, stdout=said)
    assert failure.value.returncode == 1
    return said.getvalue(), str(failure.value)


def subscribe(standin: Standin, *types: str, url: str = URL, **options: Any) -> dict[str, Any]:
    endpoint: dict[str, Any] = standin.api.create_webhook_endpoint(
        url=url, enabled_events=list(types), **options
    )
    return endpoint


def test_the_list_is_the_types_that_have_a_handler():
    assert ask().splitlines() == registry.event_types()


def test_the_json_is_the_contract():
    assert json.loads(ask("--format", "json")) == load_contract("events.json")


def test_an_endpoint_that_subscribes_to_exactly_these_is_told_so(standin):
    subscribe(standin, *registry.event_types())

    assert ask("--compare") == f"{URL}\n  subscribes to exactly what is needed\n"


def test_what_is_missing_fails_and_what_is_needless_is_named(standin):
    first, *others = registry.event_types()
    subscribe(standin, *others, "customer.created")

    said, error = ask_in_vain("--compare")

    assert said == f"{URL}\n  missing   {first}\n  needless  customer.created\n"
    assert error == "Missing subscriptions: 1."


def test_what_is_needless_alone_does_not_fail(standin):
    subscribe(standin, *registry.event_types(), "customer.created")

    assert "needless  customer.created" in ask("--compare")


def test_an_endpoint_that_takes_everything_lacks_nothing(standin):
    subscribe(standin, "*")

    assert ask("--compare") == f"{URL}\n  needless  *\n"


def test_the_comparison_is_there_for_machines_too(standin):
    subscribe(standin, *registry.event_types()[1:])

    said, _ = ask_in_vain("--compare", "--format", "json")

    assert json.loads(said) == [{"url": URL, "missing": registry.event_types()[:1], "needless": []}]


def test_each_endpoint_that_leads_here_is_compared_and_no_other(standin, settings):
    settings.REVENUE_INTEL_STRIPE_ENDPOINTS = {"eu": {"secrets": ["whsec_eu"]}, "off": {}}
    named = "http://127.0.0.1:9/payments/webhook/eu/"
    subscribe(standin, *registry.event_types())
    subscribe(standin, *registry.event_types(), url=named)
    subscribe(standin, "charge.failed", url="http://127.0.0.1:9/elsewhere/")
    subscribe(standin, "charge.failed", url="http://127.0.0.1:9/payments/webhook/off/")
    disabled = subscribe(standin, "charge.failed")
    standin.api.update_webhook_endpoint(disabled["id"], disabled=True)

    assert ask("--compare").splitlines()[::2] == [URL, named]


def test_more_endpoints_than_fit_on_a_page_are_all_seen(standin, monkeypatch):
    monkeypatch.setattr(reading, "PAGE", 2)
    for number in range(5):
        subscribe(standin, *registry.event_types(), url=f"http://127.0.0.1:{9 + number}/payments/webhook/")

    assert len(ask("--compare").splitlines()) == 2 * 5


def test_where_no_endpoint_leads_here_it_fails_and_says_which_path_was_looked_for(standin):
    subscribe(standin, "*", url="http://127.0.0.1:9/elsewhere/")

    said, error = ask_in_vain("--compare")

    assert said == ""
    assert error == "No enabled endpoint of this Stripe account leads here (paths: /payments/webhook/)."


def test_without_a_key_it_says_what_is_missing(settings):
    settings.REVENUE_INTEL_STRIPE_SECRET_KEY = ""

    assert "REVENUE_INTEL_STRIPE_SECRET_KEY is empty" in ask_in_vain("--compare")[1]
    assert ask()


def test_a_stripe_that_cannot_be_reached_is_said_in_words(settings):
    need_sdk()
    with Standin(secret="whsec_test") as gone:
        settings.REVENUE_INTEL_STRIPE_API_BASE = gone.url

    assert "Stripe could not be reached (APIConnectionError)." in ask_in_vain("--compare")[1]
