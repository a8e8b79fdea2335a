"""A thin event is applied as the snapshot event that it stands for, which is fetched outside any transaction."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection

from revenue_intel.facts.models import LedgerEntry, PaymentFact
from revenue_intel.gateway import reading
from revenue_intel.issues.models import Issue
from revenue_intel.webhooks.models import EventFailure, StripeEvent
from tests.deliveries import deliver, payment_succeeded, refund_event
from tests.factories import make_order, make_product
from tests.history import outcome
from tests.sdk import need_sdk


class FakeStripe:
    """Answers what it was given, 404 for the rest; remembers what it was asked."""

    def __init__(self) -> None:
        self.answers: dict[str, Any] = {}
        self.asked: list[tuple[str, str | None, str | None]] = []
        self.status = 200

    def know(self, event: dict[str, Any], *, thin_id: str = "evt_thin", **changes: Any) -> dict[str, Any]:
        """Let there be a snapshot event; return its thin event."""
        thin = {
            "id": thin_id,
            "object": "v2.core.event",
            "type": f"v1.{event['type']}",
            "livemode": event["livemode"],
            "created": "2026-03-01T12:05:00.987Z",
            "context": event.get("account"),
            "reason": None,
            "related_object": {"id": "pi_1", "type": "payment_intent", "url": "/v1/payment_intents/pi_1"},
        }
        self.answers[f"/v2/core/events/{thin_id}"] = {**thin, "snapshot_event": event["id"], **changes}
        self.answers[f"/v1/events/{event['id']}"] = event
        return thin


@pytest.fixture
def stripe(settings) -> Iterator[FakeStripe]:
    need_sdk()
    fake = FakeStripe()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            fake.asked.append((self.path, self.headers["Stripe-Account"], self.headers["Stripe-Context"]))
            known = self.path in fake.answers
            body = fake.answers[self.path] if known else {"error": {"type": "invalid_request_error"}}
            self.send_response(fake.status if known or fake.status != 200 else 404)
            self.end_headers()
            self.wfile.write(json.dumps(body).encode())

        def log_message(self, *_arguments: Any) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    settings.REVENUE_INTEL_STRIPE_API_BASE = f"http://127.0.0.1:{server.server_port}"
    yield fake
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def event(db) -> dict[str, Any]:
    make_order("R1", [(make_product("Mug", "9.50", stock=5), 2)])
    return payment_succeeded("R1", 1900)


def money() -> dict[str, Any]:
    return {key: value for key, value in outcome().items() if key != "events"}


def test_a_thin_event_settles_the_order_as_its_twin_would(stripe, event):
    assert deliver(stripe.know(event)).json() == {"outcome": "applied"}
    by_thin = money()
    assert LedgerEntry.objects.get().event_id == event["id"]
    assert PaymentFact.objects.get().succeeded_at.microsecond == 0
    stored = StripeEvent.objects.get()
    assert (stored.event_id, stored.type, stored.created_at.isoformat()) == (
        "evt_thin",
        "v1.payment_intent.succeeded",
        "2026-03-01T12:05:00.987000+00:00",
    )

    assert deliver(event).json() == {"outcome": "applied"}

    assert money() == by_thin
    assert LedgerEntry.objects.count() == 1


def test_after_its_twin_a_thin_event_changes_nothing(stripe, event):
    deliver(event)
    by_snapshot = money()

    assert deliver(stripe.know(event)).json() == {"outcome": "applied"}

    assert money() == by_snapshot


def test_a_thin_event_that_was_applied_is_a_duplicate_in_one_statement(
    stripe, event, django_assert_num_queries
):
    thin = stripe.know(event)
    deliver(thin)
    stripe.asked.clear()

    with django_assert_num_queries(1):
        assert deliver(thin).json() == {"outcome": "duplicate"}
    assert stripe.asked == []


def test_a_refund_that_has_failed_since_is_dated_as_the_events_say(stripe, event):
    """The object as it is now would date the failure by the refund's creation."""
    deliver(event)
    created = refund_event("created", 500)
    failed = refund_event("failed", 500, status="failed", at=1_772_400_000)

    for number, each in enumerate([created, failed]):
        assert deliver(stripe.know(each, thin_id=f"evt_t{number}")).json() == {"outcome": "applied"}
    by_thin = money()
    deliver(created)
    deliver(failed)

    assert money() == by_thin


def test_a_thin_event_is_parked_as_its_twin_would_be_and_wakes_up(stripe, event):
    assert deliver(stripe.know(refund_event("created", 500))).json() == {"outcome": "parked"}

    deliver(event)

    assert set(StripeEvent.objects.values_list("outcome", flat=True)) == {"applied"}


def test_no_more_is_asked_for_than_the_event_and_in_the_accounts_own_name(stripe, settings, db):
    settings.REVENUE_INTEL_SHOP = ""
    event = payment_succeeded("", 1900, account="acct_1")

    deliver(stripe.know(event))

    assert stripe.asked == [
        ("/v2/core/events/evt_thin", None, "acct_1"),
        (f"/v1/events/{event['id']}", "acct_1", None),
    ]
    assert PaymentFact.objects.get().account == "acct_1"


@pytest.mark.parametrize(
    ("event_type", "reason"),
    [
        ("v1.customer.created", "identity"),
        ("v1.customer.subscription.active", "unknown_type"),
        ("v2.core.account.created", "unknown_type"),
        ("nonsense", "unknown_type"),
    ],
)
def test_a_thin_event_that_nobody_handles_is_ignored_without_a_request(stripe, event, event_type, reason):
    thin = stripe.know(event) | {"type": event_type}

    assert deliver(thin).json() == {"outcome": "ignored"}
    assert StripeEvent.objects.get().reason == reason
    assert stripe.asked == []


def replay(*arguments: str) -> None:
    call_command("revenue_replay_events", *arguments, verbosity=0, stdout=StringIO())


def assert_failed(*, error: str, transient: bool) -> None:
    failure = EventFailure.objects.get()
    assert (failure.error_class, failure.transient) == (error, transient)
    assert StripeEvent.objects.get().outcome == "failed"
    issue = Issue.objects.get()
    assert issue.kind == "event_failed"
    assert error in issue.title
    assert not PaymentFact.objects.exists()


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_stripe_that_cannot_answer_now_is_asked_again_by_the_next_delivery(stripe, event, status):
    thin = stripe.know(event)
    stripe.status = status
    assert (deliver(thin).status_code, deliver(thin).status_code) == (503, 503)
    assert Issue.objects.get().status == "open"

    stripe.status = 200
    replay("--outcome", "failed")

    assert Issue.objects.get().status == "resolved"
    assert LedgerEntry.objects.get().amount_minor == 1900


def test_a_stripe_that_is_not_there_is_a_passing_failure(event, stripe, settings):
    thin = stripe.know(event)
    settings.REVENUE_INTEL_STRIPE_API_BASE = "http://127.0.0.1:9"

    assert deliver(thin).status_code == 503
    assert_failed(error="GatewayUnreachableError", transient=True)


def test_without_a_key_the_event_is_kept_as_failed_and_applied_once_there_is_one(stripe, event, settings):
    settings.REVENUE_INTEL_STRIPE_SECRET_KEY = ""
    answer = deliver(stripe.know(event))
    assert (answer.status_code, answer.json()) == (200, {"outcome": "failed"})
    assert_failed(error="ConfigurationError", transient=False)
    assert "REVENUE_INTEL_STRIPE_SECRET_KEY is empty" in EventFailure.objects.get().error_message

    settings.REVENUE_INTEL_STRIPE_SECRET_KEY = "sk_test_x"
    replay("--outcome", "failed")

    assert LedgerEntry.objects.get().amount_minor == 1900


@pytest.mark.parametrize(
    "spoil",
    [
        {"snapshot_event": None},
        {"snapshot_event": ""},
        {"snapshot_event": 5},
        {"snapshot_event": "evt_of_another_type"},
        {"snapshot_event": "evt_live"},
        {"snapshot_event": "evt_no_event"},
        {"snapshot_event": "../customers"},
    ],
    ids=str,
)
def test_a_twin_that_is_not_one_is_refused_for_good(stripe, event, spoil):
    stripe.answers["/v1/events/evt_of_another_type"] = event | {"type": "payment_intent.payment_failed"}
    stripe.answers["/v1/events/evt_live"] = event | {"livemode": True}
    stripe.answers["/v1/events/evt_no_event"] = {"object": "charge"}

    assert deliver(stripe.know(event, **spoil)).json() == {"outcome": "failed"}
    assert_failed(error=EventFailure.objects.get().error_class, transient=False)
    assert stripe.asked[-1][0] in {*stripe.answers, "/v1/events/..%2Fcustomers"}


def test_an_event_that_stripe_does_not_know_fails_for_good(stripe, event):
    thin = stripe.know(event) | {"id": "evt_ nowhere/?x=1"}

    assert deliver(thin).json() == {"outcome": "failed"}
    assert_failed(error="PaymentRefusedError", transient=False)
    assert stripe.asked == [("/v2/core/events/evt_%20nowhere%2F%3Fx%3D1", None, None)]


@pytest.mark.django_db(transaction=True)
def test_stripe_is_asked_within_no_transaction(stripe, monkeypatch):
    make_order("R1", [(make_product("Mug", "9.50", stock=5), 2)])
    event, open_transactions, ask = payment_succeeded("R1", 1900), [], reading.get

    def watched(*arguments: Any, **options: Any) -> Any:
        open_transactions.append(connection.in_atomic_block)
        return ask(*arguments, **options)

    monkeypatch.setattr(reading, "get", watched)

    assert deliver(stripe.know(event)).json() == {"outcome": "applied"}
    assert open_transactions == [False, False]


def test_deferred_a_thin_event_is_stored_without_a_request(stripe, event, settings, process_events):
    settings.REVENUE_INTEL_EVENT_PROCESSING = "deferred"

    assert deliver(stripe.know(event)).json() == {"outcome": "stored"}
    assert stripe.asked == []

    process_events()
    assert LedgerEntry.objects.get().amount_minor == 1900
