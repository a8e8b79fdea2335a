"""Several pieces of news about one order at the same time add up to what they say one after the other."""

from __future__ import annotations

from collections import Counter
from functools import partial
from typing import Any

import pytest

from revenue_intel.audit.models import AuditEvent
from revenue_intel.facts import services as facts
from revenue_intel.facts.models import LedgerEntry, OrderFact, RefundFact
from revenue_intel.handlers.balance_transactions import read_listed
from revenue_intel.issues.models import Issue
from revenue_intel.kit import transactions
from revenue_intel.orders import services as orders
from revenue_intel.stock.models import StockMovement
from revenue_intel.webhooks.models import EventFailure, StripeEvent
from tests.deliveries import charge_refunded, deliver, payment_succeeded, refund_event
from tests.factories import make_order, make_product
from tests.handlers.samples import dispute, session, withdrawal
from tests.host.models import Order
from tests.threads import on_a_connection_of_its_own, postgres_only

pytestmark = [pytest.mark.django_db(transaction=True), postgres_only]

ROUNDS = 20


def deliver_together(*events: dict[str, Any]) -> list[int | str]:
    """Deliver the events at the same time; return the statuses, or the errors in words."""
    answers = on_a_connection_of_its_own(*(partial(deliver, event) for event in events))
    return [getattr(answer, "status_code", repr(answer)) for answer in answers]


def names(number: int) -> dict[str, Any]:
    return {"intent": f"pi_{number}", "charge": f"ch_{number}"}


def assert_all_applied(events: int) -> None:
    assert Counter(StripeEvent.objects.values_list("outcome", flat=True)) == {"applied": events}
    assert not EventFailure.objects.exists()


def test_eight_events_of_one_payment_at_once_settle_the_order_once():
    mug = make_product("Mug", "9.50", stock=5)
    make_order("R1", [(mug, 2)])

    twins = [payment_succeeded("R1", 1900, event_id=f"evt_{number}") for number in range(8)]
    assert deliver_together(*twins) == [200] * 8

    mug.refresh_from_db()
    assert mug.stock == 3
    assert Counter(StockMovement.objects.values_list("kind", flat=True)) == {"opening": 1, "commit": 1}
    assert LedgerEntry.objects.get().amount_minor == 1900
    assert OrderFact.objects.get().lines.count() == 1
    assert_all_applied(8)


@pytest.mark.parametrize("payment_status", ["paid", "unpaid"])
def test_a_session_beside_the_payment_that_names_no_order_always_links_them(payment_status):
    mug = make_product("Mug", "9.50", stock=1000)
    for number in range(50):
        make_order(f"R{number}", [(mug, 2)], email=f"buyer{number}@example.com")
        on_its_way = payment_succeeded("", 1900, event_id=f"evt_way_{number}", **names(number))
        deliver(on_its_way | {"type": "payment_intent.processing"})
        linked = {"payment_intent": f"pi_{number}", "client_reference_id": f"R{number}"}
        named = session("completed", id=f"cs_{number}", payment_status=payment_status, **linked)
        paid = payment_succeeded("", 1900, event_id=f"evt_paid_{number}", **names(number))
        assert deliver_together(named | {"id": f"evt_session_{number}"}, paid) == [200] * 2

    assert not Order.objects.exclude(status="paid").exists()
    assert not Issue.objects.filter(status="open").exists()
    assert_all_applied(150)


def test_a_dispute_beside_the_reading_of_what_it_took_always_gives_that_its_order():
    make_order("R1", [(make_product("Mug", "9.50", stock=5), 2)])
    deliver(payment_succeeded("R1", 1900))
    for number in range(ROUNDS):
        names = [f"{number}_{each}" for each in range(5)]

        def read(names: list[str] = names) -> None:
            for name in names:
                took = withdrawal(id=f"txn_{name}", source=f"dp_{name}")
                facts.record_balance_transaction(read_listed(took, livemode=False, account=""))

        def tell(names: list[str] = names) -> list[int]:
            told = [dispute("created", id=f"dp_{name}") | {"id": f"evt_{name}"} for name in names]
            return [deliver(event).status_code for event in told]

        assert on_a_connection_of_its_own(partial(transactions.run, read), tell) == [None, [200] * 5]

    assert_all_applied(5 * ROUNDS + 1)
    standing = LedgerEntry.objects.filter(kind="dispute", reverses=None, reversed_by=None)
    assert Counter(standing.values_list("order_reference", flat=True)) == {"R1": 5 * ROUNDS}


def test_a_refund_and_its_charges_news_beside_the_payment_always_find_it():
    mug = make_product("Mug", "9.50", stock=1000)
    for number in range(50):
        make_order(f"R{number}", [(mug, 2)], email=f"buyer{number}@example.com")
        news = (
            payment_succeeded(f"R{number}", 1900, intent=f"pi_{number}"),
            refund_event("created", 500, refund=f"re_{number}", **names(number)),
            charge_refunded(500, amount=1900, **names(number)),
        )
        assert deliver_together(*news) == [200, 200, 200]

    assert_all_applied(150)
    assert not RefundFact.objects.filter(order_reference="").exists()
    assert set(OrderFact.objects.values_list("refunded_minor", flat=True)) == {500}
    standing = LedgerEntry.objects.filter(reverses=None, reversed_by=None)
    assert Counter(standing.values_list("kind", flat=True)) == {"sale": 50, "refund": 50}
    assert not standing.filter(order_reference="").exists()


def test_a_refund_beside_the_payment_of_an_order_that_came_late_is_given_to_the_order():
    mug = make_product("Mug", "9.50", stock=1000)
    for number in range(ROUNDS):
        payment = payment_succeeded(f"R{number}", 1900, intent=f"pi_{number}")
        deliver(payment)
        make_order(f"R{number}", [(mug, 2)], email=f"buyer{number}@example.com")
        refund = refund_event("created", 500, refund=f"re_{number}", **names(number))
        assert deliver_together(payment, refund) == [200, 200]

    assert_all_applied(2 * ROUNDS)
    assert not RefundFact.objects.filter(order_reference="").exists()
    assert set(OrderFact.objects.values_list("refunded_minor", flat=True)) == {500}
    assert set(Order.objects.values_list("status", flat=True)) == {"partially_refunded"}


def test_two_halves_refunded_at_once_are_the_whole():
    mug = make_product("Mug", "9.50", stock=1000)
    for number in range(ROUNDS):
        make_order(f"R{number}", [(mug, 2)], email=f"buyer{number}@example.com")
        deliver(payment_succeeded(f"R{number}", 1900, intent=f"pi_{number}"))
        halves = (
            refund_event("created", 950, refund=f"re_{number}_{half}", **names(number)) for half in (1, 2)
        )
        assert deliver_together(*halves) == [200, 200]

    assert_all_applied(3 * ROUNDS)
    assert set(Order.objects.values_list("status", flat=True)) == {"refunded"}
    assert set(OrderFact.objects.values_list("refunded_minor", flat=True)) == {1900}


def test_fulfil_beside_a_full_refund_ends_refunded_whoever_was_first():
    mug = make_product("Mug", "9.50", stock=1000)
    for number in range(ROUNDS):
        make_order(f"R{number}", [(mug, 2)], email=f"buyer{number}@example.com")
        deliver(payment_succeeded(f"R{number}", 1900, intent=f"pi_{number}"))
        refund = refund_event("created", 1900, refund=f"re_{number}", **names(number))
        on_a_connection_of_its_own(
            partial(deliver, refund), partial(orders.fulfil, reference=f"R{number}", actor="user:1")
        )

    assert_all_applied(2 * ROUNDS)
    assert set(Order.objects.values_list("status", flat=True)) == {"refunded"}


@pytest.mark.parametrize("command", ["cancel", "fulfil"])
def test_of_many_who_do_the_same_to_one_order_all_are_told_that_it_is_done(command):
    mug = make_product("Mug", "9.50", stock=1000)
    done = {"cancel": "canceled", "fulfil": "fulfilled"}[command]
    for number in range(ROUNDS):
        make_order(f"R{number}", [(mug, 2)], email=f"buyer{number}@example.com")
        if command == "fulfil":
            deliver(payment_succeeded(f"R{number}", 1900, intent=f"pi_{number}"))
        people = (
            partial(getattr(orders, command), reference=f"R{number}", actor=f"user:{person}")
            for person in range(4)
        )

        assert on_a_connection_of_its_own(*people) == [done] * 4

    assert AuditEvent.objects.filter(action=f"order.{command}").count() == ROUNDS
    assert set(Order.objects.values_list("status", flat=True)) == {done}
