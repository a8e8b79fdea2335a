"""An order that is paid twice: the earlier payment settles it, whichever news came first; the other is an issue."""

from __future__ import annotations

import random
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from revenue_intel.facts.models import LedgerEntry, OrderFact, PaymentFact
from revenue_intel.issues.models import Issue
from tests.deliveries import PAID_AT, deliver, payment_succeeded, refund_event
from tests.factories import make_order, make_product
from tests.handlers.samples import dispute, withdrawal
from tests.history import people, rolled_back
from tests.host.models import Order
from tests.host.revenue import Shop
from tests.orders.test_convergence import play, told

pytestmark = pytest.mark.django_db


@pytest.fixture
def order() -> Order:
    return make_order("R1", [(make_product("Mug", "19.00", stock=5), 1)])


def open_issues() -> list[tuple[str, str]]:
    return sorted(Issue.objects.filter(status="open").values_list("kind", "subject"))


def standing() -> set[tuple[str, str, int]]:
    """Return the entries that hold: what for, whose, how much."""
    entries = LedgerEntry.objects.filter(reverses=None, reversed_by=None)
    return set(entries.values_list("object_id", "order_reference", "amount_minor"))


def test_the_earlier_payment_settles_the_order_though_its_news_came_second(order):
    deliver(payment_succeeded("R1", 1900, intent="pi_late", at=PAID_AT + 60))

    deliver(payment_succeeded("R1", 1900, intent="pi_early", at=PAID_AT))

    paid = PaymentFact.objects.get(order_reference="R1")
    order.refresh_from_db()
    assert paid.payment_intent == "pi_early"
    assert OrderFact.objects.get().paid_at == order.paid_at == paid.succeeded_at
    assert standing() == {("pi_early", "R1", 1900), ("pi_late", "", 1900)}
    assert open_issues() == [("order_paid_twice", "pi_late")]


def test_what_was_refunded_and_disputed_of_the_other_payment_is_the_orders_no_more(order):
    deliver(payment_succeeded("R1", 1900, intent="pi_2", at=PAID_AT + 60))
    deliver(refund_event("created", 500, intent="pi_2", charge="ch_2"))
    deliver(
        dispute(
            "funds_withdrawn", charge="ch_2", payment_intent="pi_2", balance_transactions=[withdrawal(-1400)]
        )
    )
    order.refresh_from_db()
    assert order.status == "disputed"

    deliver(payment_succeeded("R1", 1900, intent="pi_1", at=PAID_AT))

    order.refresh_from_db()
    fact = OrderFact.objects.get()
    assert (order.status, fact.refunded_minor, fact.disputed_at) == ("paid", 0, None)
    assert {(whose, amount) for whose, reference, amount in standing() if reference == "R1"} == {
        ("pi_1", 1900)
    }
    assert sum(LedgerEntry.objects.filter(kind="refund").values_list("amount_minor", flat=True)) == -500


def test_whoever_paid_is_the_orders_customer_whichever_payment_came_first(order):
    told_twice = [
        payment_succeeded("R1", 1900, intent=intent, at=PAID_AT + second, customer=f"cus_{intent}")
        for second, intent in enumerate(["pi_early", "pi_late"])
    ]
    ends = []
    for arrival in (told_twice, told_twice[::-1]):
        with rolled_back():
            for event in arrival:
                deliver(event)
            ends.append(people())

    assert (
        ends
        == [[sorted([("email", order.email), ("stripe", "cus_pi_early"), ("stripe", "cus_pi_late")])]] * 2
    )


def test_earlier_evidence_makes_the_second_payment_the_first(order):
    deliver(payment_succeeded("R1", 1900, intent="pi_1", at=PAID_AT))
    deliver(payment_succeeded("R1", 1900, intent="pi_2", at=PAID_AT + 60))
    assert open_issues() == [("order_paid_twice", "pi_2")]

    deliver(payment_succeeded("R1", 1900, intent="pi_2", at=PAID_AT - 60))

    assert PaymentFact.objects.get(order_reference="R1").payment_intent == "pi_2"
    assert open_issues() == [("order_paid_twice", "pi_1")]


def test_in_the_same_second_the_id_decides(order):
    for intent in ("pi_b", "pi_a"):
        deliver(payment_succeeded("R1", 1900, intent=intent))

    assert PaymentFact.objects.get(order_reference="R1").payment_intent == "pi_a"


@pytest.mark.parametrize("comes_first", [True, False])
def test_a_payment_that_does_not_fit_is_a_mismatch_and_never_the_second(order, comes_first):
    news = [payment_succeeded("R1", 1800, intent="pi_x", at=PAID_AT - 60), payment_succeeded("R1", 1900)]

    for event in news if comes_first else reversed(news):
        deliver(event)

    assert PaymentFact.objects.get(order_reference="R1").payment_intent == "pi_1"
    assert open_issues() == [("payment_mismatch", "pi_x")]


def test_nothing_is_sold_twice(order):
    for number in (3, 2, 1):
        deliver(payment_succeeded("R1", 1900, intent=f"pi_{number}", at=PAID_AT + number))

    assert order.lines.get().product.stock == 4
    assert open_issues() == [("order_paid_twice", "pi_2"), ("order_paid_twice", "pi_3")]


moments = st.sampled_from([0, 1, 3600, 30 * 3600])


@st.composite
def payments(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Draw two or three payments for one order, some told twice, some refunded in part or disputed."""
    events: list[dict[str, Any]] = []
    for number in range(1, draw(st.integers(2, 3)) + 1):
        names = {"intent": f"pi_{number}", "charge": f"ch_{number}"}
        amount = draw(st.sampled_from([1900, 1900, 1900, 1800]))
        events += [
            payment_succeeded("R1", amount, intent=f"pi_{number}", at=PAID_AT + draw(moments))
            for _ in range(draw(st.integers(1, 2)))
        ]
        if draw(st.booleans()):
            refund = {"refund": f"re_{number}", **names}
            given_back = draw(st.sampled_from([300, amount]))
            events.append(refund_event("created", given_back, **refund))
            if draw(st.booleans()):
                events.append(refund_event("failed", given_back, status="failed", **refund))
        if draw(st.integers(0, 3)) == 0:
            booked = withdrawal(-amount, id=f"txn_{number}", source=f"dp_{number}")
            events.append(
                dispute(
                    "funds_withdrawn",
                    id=f"dp_{number}",
                    charge=f"ch_{number}",
                    payment_intent=f"pi_{number}",
                    balance_transactions=[booked],
                )
            )
    for position, event in enumerate(events):
        event["id"] = f"evt_{position}"
    return events


@pytest.mark.slow
@settings(max_examples=60, suppress_health_check=list(HealthCheck))
@given(
    events=payments(),
    policy=st.sampled_from(["never", "on_full_refund"]),
    shuffle=st.randoms(use_true_random=False),
)
def test_every_arrival_of_several_payments_ends_alike(
    events: list[dict[str, Any]], policy: str, shuffle: random.Random
):
    with rolled_back(), patch.object(Shop, "restock_policy", policy):
        make_order("R1", [(make_product("Mug", "19.00", stock=5), 1)])
        ordered = [told(event) for event in sorted(events, key=lambda event: event["created"])]
        arrived = ordered + [told(event) for event in events if shuffle.random() < 0.4]
        shuffle.shuffle(arrived)

        expected = play(ordered)

        assert play(arrived) == expected
