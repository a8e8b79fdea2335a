"""A failure leaves the event, a trail without personal data and an issue, but no half of its effects."""

from __future__ import annotations

import logging
from datetime import timedelta

import pytest
from django.core.management import CommandError
from django.db import DataError, IntegrityError, InterfaceError, OperationalError, connection
from django.test import Client
from django.urls import reverse

from revenue_intel.exceptions import UnsupportedShapeError
from revenue_intel.facts.models import LedgerEntry
from revenue_intel.issues.models import Issue
from revenue_intel.kit import transactions
from revenue_intel.testing.signing import signed_event
from revenue_intel.webhooks import pauses, registry
from revenue_intel.webhooks.models import EventFailure, StripeEvent
from tests.deliveries import SECRET, deliver, payment_succeeded
from tests.factories import make_order, make_product
from tests.host.models import Product
from tests.threads import postgres_only

pytestmark = pytest.mark.django_db(transaction=True)

PERSON = "ada.lovelace@example.com"


@pytest.fixture(autouse=True)
def no_pause(monkeypatch):
    monkeypatch.setattr(transactions, "PAUSE_SECONDS", 0)
    monkeypatch.setattr(pauses, "FIRST_PAUSE", timedelta(0))


@pytest.fixture
def event():
    make_order("R1", [(make_product("Mug", "9.50", stock=3), 2)])
    return payment_succeeded("R1", 1900, receipt_email=PERSON)


def written() -> bool:
    return Product.objects.filter(name="Written before the error").exists()


DETERMINISTIC = [
    UnsupportedShapeError("amount is not an amount."),
    ValueError(PERSON),
    KeyError(PERSON),
    RecursionError(),
    IntegrityError(f"DETAIL: Key (email)=({PERSON}) already exists."),
    DataError(PERSON),
]


@pytest.mark.parametrize("error", DETERMINISTIC, ids=lambda error: type(error).__name__)
def test_a_deterministic_failure_answers_200_and_keeps_the_trail(event, fail, error):
    fail(error)

    answer = deliver(event)

    assert (answer.status_code, answer.json()) == (200, {"outcome": "failed"})
    stored = StripeEvent.objects.get()
    assert (stored.outcome, stored.failures, stored.processed_at) == ("failed", 1, None)
    failure = EventFailure.objects.get()
    assert (failure.error_class, failure.transient) == (type(error).__name__, False)
    issue = Issue.objects.get()
    assert (issue.kind, issue.subject, issue.status) == ("event_failed", event["id"], "open")
    assert not written()


@pytest.mark.parametrize("error", DETERMINISTIC, ids=lambda error: type(error).__name__)
def test_the_trail_holds_no_personal_data(event, fail, error):
    fail(error)

    deliver(event)

    assert PERSON not in str(EventFailure.objects.values().get())
    assert PERSON not in str(Issue.objects.values().get())


def test_our_own_message_is_kept(event, fail):
    fail(UnsupportedShapeError("amount is not an amount."))

    deliver(event)

    assert EventFailure.objects.get().error_message == "amount is not an amount."


@pytest.mark.parametrize(
    "error",
    [OperationalError("gone"), InterfaceError("closed"), OperationalError("database is locked")],
    ids=repr,
)
def test_a_transient_failure_asks_stripe_to_deliver_again(event, fail, error):
    fail(error)

    answer = deliver(event)

    assert (answer.status_code, answer.json()) == (503, {"outcome": "try_again"})
    assert EventFailure.objects.get().transient is True
    assert StripeEvent.objects.get().outcome == "failed"
    assert not written()


@pytest.mark.parametrize("error", [ValueError("bug"), OperationalError("gone")], ids=["bug", "gone"])
def test_a_redelivery_tries_again_and_resolves_the_issue(event, fail, error):
    fail(error)
    deliver(event)
    deliver(event)
    assert StripeEvent.objects.get().failures == 2
    assert Issue.objects.get().status == "open"
    fail(None)

    answer = deliver(event)

    assert (answer.status_code, answer.json()) == (200, {"outcome": "applied"})
    assert StripeEvent.objects.get().processed_at is not None
    assert Issue.objects.get().status == "resolved"
    assert LedgerEntry.objects.get().amount_minor == 1900


def test_the_command_tries_again_and_resolves_the_issue(event, fail, process_events):
    fail(ValueError("bug"))
    deliver(event)
    with pytest.raises(CommandError, match="1 events failed"):
        process_events()
    fail(None)

    said = process_events()

    assert said == "1 events processed: 1 applied.\n"
    assert Issue.objects.get().status == "resolved"
    assert process_events() == "0 events processed.\n"


def test_a_dry_run_changes_nothing(event, fail, process_events):
    fail(ValueError("bug"))
    deliver(event)
    fail(None)

    assert process_events("--dry-run") == "1 events are due. Nothing was changed (dry run).\n"

    assert StripeEvent.objects.get().outcome == "failed"
    assert EventFailure.objects.count() == 1


def test_under_atomic_requests_a_failure_keeps_the_event_and_its_trail(event, fail, monkeypatch):
    monkeypatch.setitem(connection.settings_dict, "ATOMIC_REQUESTS", True)
    fail(ValueError("bug"))

    assert deliver(event).json() == {"outcome": "failed"}

    assert StripeEvent.objects.get().outcome == "failed"
    assert EventFailure.objects.count() == 1
    assert not written()


def test_a_client_without_a_csrf_token_gets_in(event):
    signed = signed_event(event, secret=SECRET)

    answer = Client(enforce_csrf_checks=True).post(
        reverse("payments:webhook"), data=signed.body, content_type="application/json", headers=signed.headers
    )

    assert answer.json() == {"outcome": "applied"}


def test_deferred_events_are_stored_and_applied_by_the_command(event, settings, process_events):
    settings.REVENUE_INTEL_EVENT_PROCESSING = "deferred"

    assert deliver(event).json() == {"outcome": "stored"}
    assert deliver(event).json() == {"outcome": "stored"}
    assert StripeEvent.objects.get().outcome == "received"
    assert not LedgerEntry.objects.exists()

    assert process_events() == "1 events processed: 1 applied.\n"
    assert deliver(event).json() == {"outcome": "duplicate"}
    assert LedgerEntry.objects.count() == 1


def test_a_duplicate_of_an_applied_event_costs_one_statement(event, django_assert_num_queries):
    deliver(event)

    with django_assert_num_queries(1):
        assert deliver(event).json() == {"outcome": "duplicate"}


def test_an_event_that_nobody_handles_is_ignored_for_a_reason(event):
    answer = deliver(event | {"type": "customer.created"})

    assert (answer.status_code, answer.json()) == (200, {"outcome": "ignored"})
    assert StripeEvent.objects.get().reason == "identity"


def test_a_store_that_cannot_be_written_asks_stripe_to_deliver_again(event, monkeypatch, caplog):
    def gone(*_arguments: object, **_options: object) -> None:
        raise OperationalError("the database is gone")

    monkeypatch.setattr("revenue_intel.webhooks.intake._insert", gone)

    with caplog.at_level(logging.ERROR):
        assert deliver(event).status_code == 503
    assert PERSON not in caplog.text


def test_where_even_the_failure_cannot_be_recorded_the_answer_still_comes(event, fail, monkeypatch):
    def gone(*_arguments: object, **_options: object) -> None:
        raise InterfaceError("connection already closed")

    monkeypatch.setattr("revenue_intel.webhooks.processing._write_failure", gone)
    fail(OperationalError("gone"))

    assert deliver(event).status_code == 503


@postgres_only
def test_a_connection_that_dies_under_the_work_is_survived(event, monkeypatch):
    def die(_event: registry.Event) -> registry.Result:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")
        raise AssertionError("unreachable")

    with monkeypatch.context() as patch:
        patch.setitem(registry._handlers, "payment_intent.succeeded", die)
        answer = deliver(event)

    assert answer.status_code == 503
    assert StripeEvent.objects.get().outcome == "failed"
    assert EventFailure.objects.get().transient is True
    assert deliver(event).json() == {"outcome": "applied"}
