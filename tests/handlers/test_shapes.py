"""Both shapes of an object are read by key presence; what cannot be read fails with an issue, never with a null."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from revenue_intel.facts.models import LedgerEntry, PaymentFact, RefundFact
from revenue_intel.handlers import fields
from revenue_intel.issues.models import Issue
from revenue_intel.testing import events
from revenue_intel.webhooks.models import EventFailure
from revenue_intel.webhooks.registry import event_types
from tests.deliveries import (
    PAID_AT,
    charge_refunded,
    deliver,
    payment_failed,
    payment_succeeded,
    refund_event,
)
from tests.factories import make_order, make_product

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def order():
    return make_order("R1", [(make_product("Mug", "9.50", stock=3), 2)])


def changed(event: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """Return the event with its object changed; a value of ``...`` takes the key away."""
    payload = {key: value for key, value in (event["data"]["object"] | changes).items() if value is not ...}
    return event | {"data": {"object": payload}}


def test_exactly_these_events_are_handled():
    assert event_types() == [
        "charge.refunded",
        "coupon.created",
        "coupon.updated",
        "credit_note.created",
        "credit_note.updated",
        "credit_note.voided",
        "customer.discount.created",
        "customer.discount.deleted",
        "customer.discount.updated",
        "customer.subscription.created",
        "customer.subscription.deleted",
        "customer.subscription.paused",
        "customer.subscription.resumed",
        "customer.subscription.updated",
        "invoice.created",
        "invoice.deleted",
        "invoice.finalized",
        "invoice.marked_uncollectible",
        "invoice.overpaid",
        "invoice.paid",
        "invoice.payment_failed",
        "invoice.payment_succeeded",
        "invoice.updated",
        "invoice.voided",
        "invoice_payment.paid",
        "payment_intent.payment_failed",
        "payment_intent.succeeded",
        "refund.created",
        "refund.failed",
        "refund.updated",
    ]


def test_related_objects_may_be_expanded():
    deliver(
        changed(
            payment_succeeded("R1", 1900),
            latest_charge=events.charge(id="ch_1"),
            customer=events.customer(id="cus_1"),
        )
    )
    deliver(
        changed(
            refund_event("created", 500),
            payment_intent=events.payment_intent(id="pi_1"),
            charge=events.charge(id="ch_1"),
        )
    )

    payment, refund = PaymentFact.objects.get(), RefundFact.objects.get()
    assert (payment.charge, payment.stripe_customer_id) == ("ch_1", "cus_1")
    assert (refund.payment_intent, refund.charge, refund.order_reference) == ("pi_1", "ch_1", "R1")


def test_a_payment_rendered_before_latest_charge_was_there_has_its_charge_in_a_list():
    charges = {"object": "list", "data": [events.charge(id="ch_new"), events.charge(id="ch_declined")]}

    deliver(changed(payment_succeeded("R1", 1900), latest_charge=..., charges=charges))

    assert PaymentFact.objects.get().charge == "ch_new"


@pytest.mark.parametrize("charges", [..., None, {}, {"data": []}, {"data": None}], ids=str)
def test_a_payment_without_any_charge_is_still_a_payment(charges):
    answer = deliver(changed(payment_succeeded("R1", 1900), latest_charge=..., charges=charges))

    assert answer.json() == {"outcome": "applied"}
    assert PaymentFact.objects.get().charge == ""


@pytest.mark.parametrize(
    "charges",
    [[], "ch_1", {"data": "ch_1"}, {"data": ["ch_1"]}, {"data": [{}]}, {"data": {"0": {}}}],
    ids=str,
)
def test_a_list_of_charges_that_cannot_be_read_fails_with_an_issue(charges):
    answer = deliver(changed(payment_succeeded("R1", 1900), latest_charge=..., charges=charges))

    assert answer.json() == {"outcome": "failed"}


def test_an_old_refund_that_names_only_its_charge_finds_an_old_payment():
    old = {"object": "list", "data": [events.charge(id="ch_1")]}
    deliver(changed(payment_succeeded("R1", 1900), latest_charge=..., charges=old))

    deliver(changed(refund_event("created", 500), payment_intent=..., destination_details=...))

    assert RefundFact.objects.get().order_reference == "R1"


@pytest.mark.parametrize("status", [None, ...], ids=["null", "absent"])
def test_a_refund_without_a_status_is_on_its_way_and_counts(status):
    deliver(payment_succeeded("R1", 1900))

    deliver(changed(refund_event("created", 500), status=status))

    assert RefundFact.objects.get().status == "pending"
    assert LedgerEntry.objects.get(kind="refund").amount_minor == -500


def test_a_failed_payment_says_why():
    declined = {"code": "card_declined", "decline_code": "insufficient_funds"}
    deliver(changed(payment_failed("R1", 1900), last_payment_error=declined))

    assert PaymentFact.objects.get().failure_code == "insufficient_funds"


@pytest.mark.parametrize("error", [None, ..., {}, {"code": "expired_card"}], ids=str)
def test_a_failed_payment_may_say_less(error):
    answer = deliver(changed(payment_failed("R1", 1900), last_payment_error=error))

    assert answer.json() == {"outcome": "applied"}
    assert PaymentFact.objects.get().failure_code in {"", "expired_card"}


def test_a_currency_in_capitals_is_the_same_currency():
    deliver(changed(payment_succeeded("R1", 1900), currency="GBP"))

    assert LedgerEntry.objects.get().currency == "gbp"


NEEDED: list[tuple[Callable[..., dict[str, Any]], tuple[Any, ...], str]] = [
    (payment_succeeded, ("R1", 1900), "id"),
    (payment_succeeded, ("R1", 1900), "amount_received"),
    (payment_succeeded, ("R1", 1900), "currency"),
    (payment_failed, ("R1", 1900), "id"),
    (payment_failed, ("R1", 1900), "amount"),
    (payment_failed, ("R1", 1900), "currency"),
    (refund_event, ("created", 500), "id"),
    (refund_event, ("created", 500), "amount"),
    (refund_event, ("created", 500), "currency"),
    (refund_event, ("created", 500), "created"),
    (charge_refunded, (500,), "id"),
    (charge_refunded, (500,), "amount_refunded"),
]
WRONG: dict[str, list[Any]] = {
    "amount": [True, -1, 1.5, "1", 10**15, []],
    "created": [True, 1.5, "1", 10**12],
}


def broken_events():
    for make, arguments, key in NEEDED:
        options = {"amount": 1900} if make is charge_refunded else {}
        kind = "amount" if key.startswith("amount") else key
        for value in [..., None, {}, "", *WRONG.get(kind, [])]:
            name = f"{getattr(make, '__name__', '')}-{key}-{'absent' if value is ... else value!r}"
            yield pytest.param(make(*arguments, **options), key, value, id=name)


@pytest.mark.parametrize(("event", "key", "value"), list(broken_events()))
def test_a_missing_or_strange_field_fails_with_an_issue_and_writes_no_fact(event, key, value):
    answer = deliver(changed(event, **{key: value}))

    assert (answer.status_code, answer.json()) == (200, {"outcome": "failed"})
    assert Issue.objects.get().kind == "event_failed"
    assert EventFailure.objects.get().error_class in {"UnsupportedShapeError", "UnknownCurrencyError"}
    assert not PaymentFact.objects.exists()
    assert not RefundFact.objects.exists()
    assert not LedgerEntry.objects.exists()


@pytest.mark.parametrize(
    "changes",
    [
        {"payment_intent": None, "charge": None},
        {"status": "exploded"},
        {"status": 5},
        {"charge": {"object": "charge"}},
    ],
    ids=["nothing refunded", "unknown status", "number as status", "expanded without id"],
)
def test_a_refund_that_makes_no_sense_fails_with_an_issue(changes):
    deliver(payment_succeeded("R1", 1900))

    answer = deliver(changed(refund_event("created", 500), **changes))

    assert answer.json() == {"outcome": "failed"}
    assert not RefundFact.objects.exists()


def test_texts_are_read_as_they_are():
    source = {"text": "Zoë – 日本 😀", "null": None}

    assert fields.text(source, "text") == "Zoë – 日本 😀"
    assert (fields.text(source, "null"), fields.text(source, "absent")) == ("", "")


def test_an_instant_is_read_as_utc():
    assert fields.timestamp({"created": PAID_AT}, "created").isoformat() == "2026-03-01T12:05:00+00:00"
