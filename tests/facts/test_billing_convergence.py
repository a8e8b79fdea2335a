"""Billing in any order: any permutation and duplication of a history ends in the same rows, sums and issues."""

from __future__ import annotations

import random
from collections.abc import Sequence
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from revenue_intel.testing import subscriptions
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
from tests.deliveries import deliver, payment_succeeded, refund_event
from tests.history import outcome

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

Told = list[dict[str, Any]]

#: Few instants, so that many fall into the same second.
moments = st.sampled_from([0, 0, 0, 1, DAY, 40 * DAY]).map(lambda seconds: MARCH + seconds)
shapes = st.booleans()


@st.composite
def subscription_stories(draw: st.DrawFn, number: int) -> Told:
    """Draw what is told of one subscription: changes of status, items and discounts, and maybe its end, twice."""
    told: Told = []
    for change in draw(
        st.lists(st.sampled_from(["created", "updated", "paused", "resumed"]), min_size=1, max_size=5)
    ):
        is_old = draw(shapes)
        coupon = subscriptions.coupon(id="HALF", percent_off=50)
        discount = subscriptions.discount(id="di_1", coupon=coupon, is_old=is_old)
        told.append(
            subscribed(
                change,
                *(item(1000, draw(st.integers(1, 2)), is_old=is_old), item(500, is_old=is_old))[
                    : draw(st.integers(1, 2))
                ],
                subscription=f"sub_{number}",
                customer=f"cus_{number % 2}",
                at=draw(moments),
                is_old=is_old,
                status=draw(
                    st.sampled_from(["incomplete", "trialing", "active", "past_due", "unpaid", "paused"])
                ),
                discounts=draw(
                    st.sampled_from([[], [discount], [f"di_{number}"]] if not is_old else [[], [discount]])
                ),
                cancel_at_period_end=draw(st.booleans()),
                has_more=draw(st.sampled_from([False, False, True])),
            )
        )
    told += [
        coupon_told(at=draw(moments), percent_off=draw(st.sampled_from([10, 50])), created=draw(moments))
        for _ in range(draw(st.integers(0, 2)))
    ]
    told += [
        discount_told(at=draw(moments), id=f"di_{number}", end=draw(st.none() | moments))
        for _ in range(draw(st.integers(0, 2)))
    ]
    for _ in range(draw(st.integers(0, 2))):
        status = draw(st.sampled_from(["canceled", "canceled", "incomplete_expired"]))
        told.append(
            subscribed(
                draw(st.sampled_from(["deleted", "updated"])),
                subscription=f"sub_{number}",
                customer=f"cus_{number % 2}",
                at=draw(moments),
                is_old=draw(shapes),
                status=status,
                ended_at=draw(st.none() | moments),
            )
        )
    return told


LAST = {
    "paid": "paid",
    "payment_succeeded": "paid",
    "voided": "void",
    "marked_uncollectible": "uncollectible",
}
STATUS = {"created": "draft", "updated": "open", "finalized": "open", "payment_failed": "open"} | LAST


@st.composite
def invoice_stories(draw: st.DrawFn, number: int) -> Told:
    """Draw what is told of one invoice, of what paid it, and of what was credited on it."""
    invoice, payment = f"in_{number}", f"pi_{number}"
    told: Told = []
    for change in draw(st.lists(st.sampled_from(sorted(STATUS)), min_size=2, max_size=6)):
        told.append(
            invoiced(
                change,
                invoice=invoice,
                status=STATUS[change],
                at=draw(moments),
                total=draw(st.sampled_from([1000, 1000, 900])) if STATUS[change] == "draft" else 1000,
                amount_paid=draw(st.sampled_from([0, 400, 1000])),
                subscription=draw(st.sampled_from([None, f"sub_{number}"])),
                payment=draw(st.sampled_from([None, payment])),
                customer=f"cus_{number % 2}",
                is_old=draw(shapes),
            )
        )
    if draw(st.booleans()):
        stub = invoiced("deleted", invoice=invoice, at=draw(moments))
        stub["data"]["object"] = {"id": invoice, "object": "invoice", "deleted": True}
        told.append(stub)
    told += [
        invoice_paid_by(payment, invoice=invoice, at=draw(moments), amount=draw(st.sampled_from([400, 1000])))
        for _ in range(draw(st.integers(0, 2)))
    ]
    if draw(st.booleans()):
        told.append(payment_succeeded("", 1000, intent=payment, at=draw(moments)))
    return told + draw(credit_note_stories(number, invoice, payment))


@st.composite
def credit_note_stories(draw: st.DrawFn, number: int, invoice: str, payment: str) -> Told:
    """Draw what is told of one credit note and its refund: issued, told again, maybe void, maybe twice."""
    changes = draw(st.lists(st.sampled_from(["created", "updated", "voided"]), max_size=3))
    before, outside = draw(st.sampled_from([(0, 0), (0, 200), (500, 0)]))
    refunds = [(f"re_{number}", 300)] if draw(st.booleans()) and not before else []
    told: Told = [
        credited(
            change,
            note=f"cn_{number}",
            invoice=invoice,
            at=draw(moments),
            amount=500,
            pre_payment=before,
            out_of_band=outside or None,
            refunds=refunds,
            is_old=draw(shapes),
        )
        for change in changes
    ]
    if refunds:
        told.append(
            refund_event(
                "created",
                300,
                refund=f"re_{number}",
                intent=payment,
                charge=payment.replace("pi_", "ch_"),
                created=draw(moments),
            )
        )
    return told


def numbered(stories: Sequence[Told]) -> Told:
    """Return the events of several stories, each under an id of its own."""
    return [
        event | {"id": f"evt_{n}"} for n, event in enumerate(event for story in stories for event in story)
    ]


subscription_histories = st.tuples(subscription_stories(0), subscription_stories(1)).map(numbered)
invoice_histories = st.tuples(subscription_stories(0), invoice_stories(0), invoice_stories(1)).map(numbered)


def play(told: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Deliver the events, let what waits be applied, and return what it came to; nothing stays."""
    with transaction.atomic():
        for event in told:
            assert deliver(event).status_code == 200, event
        call_command("revenue_process_events", verbosity=0, stdout=StringIO())
        result = outcome()
        transaction.set_rollback(True)
    return result


thorough = settings(max_examples=25, suppress_health_check=list(HealthCheck))


def assert_order_does_not_matter(told: Told, shuffle: random.Random) -> None:
    ordered = sorted(told, key=lambda event: event["created"])
    arrived = ordered + [event for event in ordered if shuffle.random() < 0.4]
    shuffle.shuffle(arrived)

    expected = play(ordered)

    assert play(arrived) == expected
    assert {outcome for _, outcome in expected["events"]} <= {"applied", "parked"}


@thorough
@given(told=subscription_histories, shuffle=st.randoms(use_true_random=False))
def test_subscriptions_end_alike_however_their_events_arrive(told: Told, shuffle: random.Random):
    assert_order_does_not_matter(told, shuffle)


@thorough
@given(told=invoice_histories, shuffle=st.randoms(use_true_random=False))
def test_invoices_and_credit_notes_end_alike_however_their_events_arrive(told: Told, shuffle: random.Random):
    assert_order_does_not_matter(told, shuffle)
