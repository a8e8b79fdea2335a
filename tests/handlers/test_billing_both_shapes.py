"""Every event of billing is read in its newest shape and in an old one, and comes to the same."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from revenue_intel.testing import subscriptions
from revenue_intel.webhooks.registry import event_types
from tests.billing import (
    DAY,
    MARCH,
    coupon_told,
    credited,
    discount_told,
    invoice_paid_by,
    invoiced,
    item,
    subscribed,
)
from tests.deliveries import deliver, payment_succeeded
from tests.history import outcome, rolled_back

pytestmark = pytest.mark.django_db

Payload = dict[str, Any]

SUBSCRIPTION = {
    "created": "active",
    "updated": "past_due",
    "paused": "paused",
    "resumed": "active",
    "deleted": "canceled",
}
INVOICE = {
    "created": "draft",
    "deleted": "draft",
    "finalized": "open",
    "marked_uncollectible": "uncollectible",
    "overpaid": "paid",
    "paid": "paid",
    "payment_failed": "open",
    "payment_succeeded": "paid",
    "updated": "open",
    "voided": "void",
}


def samples(*, is_old: bool) -> Iterator[Payload]:
    """Make one of each type in one shape. A coupon's and an invoice payment's have not changed."""
    for change, status in SUBSCRIPTION.items():
        yield subscribed(change, item(is_old=is_old), is_old=is_old, status=status)
    for change, status in INVOICE.items():
        yield invoiced(change, status=status, is_old=is_old, subscription="sub_1")
    for change in ("created", "updated", "voided"):
        yield credited(change, is_old=is_old, amount=500)
    coupon = subscriptions.coupon(id="HALF", percent_off=50, created=MARCH - DAY)
    for change in ("created", "updated", "deleted"):
        yield discount_told(change, is_old=is_old, coupon=coupon if is_old else "HALF")
    for change in ("created", "updated"):
        yield coupon_told(change)
    yield invoice_paid_by("pi_1", amount=1000)


BOTH = list(zip(samples(is_old=False), samples(is_old=True), strict=True))


def test_there_is_a_sample_of_every_event_of_billing():
    families = ("customer.", "coupon.", "invoice.", "invoice_payment.", "credit_note.")

    handled = [each for each in event_types() if each.startswith(families)]

    assert handled == sorted(event["type"] for event, _ in BOTH)


@pytest.mark.parametrize(("new", "old"), BOTH, ids=lambda event: event["type"])
def test_both_shapes_are_applied_and_come_to_the_same(new: Payload, old: Payload):
    ends = []
    for event in (new, old):
        with rolled_back():
            deliver(coupon_told(at=MARCH - DAY) | {"id": "evt_coupon"})
            deliver(payment_succeeded("", 1000, intent="pi_1", at=MARCH) | {"id": "evt_payment"})

            answer = deliver({**event, "id": "evt_sample"})

            assert (answer.status_code, answer.json()) == (200, {"outcome": "applied"})
            ends.append(outcome())

    assert ends[0] == ends[1]


def test_the_two_shapes_differ_where_the_object_has_changed():
    same = {new["type"] for new, old in BOTH if set(new["data"]["object"]) == set(old["data"]["object"])}

    assert same == {"coupon.created", "coupon.updated", "invoice_payment.paid"}
