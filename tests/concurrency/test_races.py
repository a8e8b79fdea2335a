"""Real threads on real connections: whoever comes first wins, the rest find it done, and nothing is lost."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest

from revenue_intel.facts.identity import identify
from revenue_intel.facts.models import Customer, LedgerEntry, OrderFact, RefundFact
from revenue_intel.handlers import refunds
from revenue_intel.issues.models import Issue
from revenue_intel.kit import transactions
from revenue_intel.orders import services as orders
from revenue_intel.stock.models import StockMovement
from revenue_intel.stock.selectors import sum_movements
from revenue_intel.webhooks import registry
from revenue_intel.webhooks.models import EventFailure, StripeEvent
from tests.deliveries import charge_refunded, deliver, payment_succeeded, refund_event
from tests.factories import make_order, make_product
from tests.host.models import Order, Product
from tests.threads import on_a_connection_of_its_own, postgres_only

pytestmark = [postgres_only, pytest.mark.django_db(transaction=True)]

THREADS = 8


def answers(*events: dict[str, Any]) -> list[Any]:
    """Deliver the events at the same time, each from a thread of its own, and return what was answered."""

    def send(event: dict[str, Any]) -> tuple[int, str]:
        answer = deliver(event)
        return answer.status_code, answer.json()["outcome"]

    return on_a_connection_of_its_own(*(partial(send, event) for event in events))


def statuses() -> list[str]:
    return sorted(Order.objects.values_list("status", flat=True))


def test_one_event_delivered_eight_times_at_once_is_applied_once():
    mug = make_product("Mug", "10.00", stock=20)
    make_order("R1", [(mug, 2)])

    answered = answers(*[payment_succeeded("R1", 2000, event_id="evt_1")] * THREADS)

    assert {status for status, _ in answered} == {200}
    assert StripeEvent.objects.get().outcome == "applied"
    assert list(StockMovement.objects.order_by("id").values_list("kind", "quantity")) == [
        ("opening", 20),
        ("commit", -2),
    ]
    assert LedgerEntry.objects.get().amount_minor == 2000
    assert not EventFailure.objects.exists()


def test_the_lock_on_the_event_alone_keeps_its_effects_from_happening_twice(monkeypatch):
    def add(_event: registry.Event) -> registry.Result:
        make_product("Effect")  # nothing in it is idempotent
        return registry.applied()

    monkeypatch.setitem(registry._handlers, "payment_intent.succeeded", add)

    answers(*[payment_succeeded("R1", 2000, event_id="evt_1")] * THREADS)

    assert Product.objects.count() == 1


def test_eight_buyers_of_the_last_piece_are_one_who_gets_it_and_seven_who_are_told():
    mug = make_product("Mug", "10.00", stock=1)
    for number in range(THREADS):
        make_order(f"R{number}", [(mug, 1)])

    answered = answers(*(payment_succeeded(f"R{n}", 1000, intent=f"pi_{n}") for n in range(THREADS)))

    assert answered == [(200, "applied")] * THREADS
    assert statuses() == ["paid"] + ["paid_unfulfillable"] * (THREADS - 1)
    assert Issue.objects.filter(kind="paid_unfulfillable", status="open").count() == THREADS - 1
    assert LedgerEntry.objects.count() == THREADS
    mug.refresh_from_db()
    assert mug.stock == 0


def test_eight_buyers_of_enough_pieces_all_get_theirs():
    mug = make_product("Mug", "10.00", stock=THREADS)
    for number in range(THREADS):
        make_order(f"R{number}", [(mug, 1)])

    answered = answers(*(payment_succeeded(f"R{n}", 1000, intent=f"pi_{n}") for n in range(THREADS)))

    assert answered == [(200, "applied")] * THREADS
    assert statuses() == ["paid"] * THREADS
    assert StockMovement.objects.filter(kind="opening").count() == 1
    assert list(sum_movements().values()) == [0]


@pytest.mark.parametrize("charge", ["with its charge's event", "alone"])
def test_a_refund_beside_its_payment_is_always_linked_and_never_left_waiting(charge):
    rounds = 12
    mug = make_product("Mug", "10.00", stock=100)
    for number in range(rounds):
        make_order(f"R{number}", [(mug, 1)])
        names: dict[str, Any] = {"intent": f"pi_{number}", "charge": f"ch_{number}"}
        events = [
            payment_succeeded(f"R{number}", 1000, intent=f"pi_{number}"),
            refund_event("created", 400, refund=f"re_{number}", **names),
        ]
        if charge != "alone":
            events.append(charge_refunded(400, amount=1000, **names))

        assert {status for status, _ in answers(*events)} == {200}

    assert set(StripeEvent.objects.values_list("outcome", flat=True)) == {"applied"}
    assert sorted(RefundFact.objects.values_list("order_reference", flat=True)) == sorted(
        f"R{number}" for number in range(rounds)
    )
    assert set(OrderFact.objects.values_list("refunded_minor", flat=True)) == {400}
    assert set(statuses()) == {"partially_refunded"}


def test_a_payment_that_comes_between_a_refunds_look_and_its_parking_still_wakes_it(monkeypatch):
    make_order("R1", [(make_product("Mug", "10.00"), 1)])
    came: list[Any] = []

    def looked_too_early(event: registry.Event) -> registry.Result:
        result = refunds.changed(event)
        if not came:
            came.extend(answers(payment_succeeded("R1", 1000)))
        return result

    monkeypatch.setitem(registry._handlers, "refund.created", looked_too_early)

    answer = deliver(refund_event("created", 400))

    assert came == [(200, "applied")]
    assert answer.json() == {"outcome": "applied"}
    assert RefundFact.objects.get().order_reference == "R1"


def test_two_payments_of_one_order_at_once_are_one_sale_of_the_order_and_one_issue():
    mug = make_product("Mug", "10.00", stock=5)
    make_order("R1", [(mug, 1)])

    answers(*(payment_succeeded("R1", 1000, intent=f"pi_{n}") for n in range(THREADS)))

    standing = LedgerEntry.objects.filter(reverses=None, reversed_by=None)
    assert standing.count() == THREADS
    assert standing.get(order_reference="R1").object_id == "pi_0"
    second = Issue.objects.filter(kind="order_paid_twice", status="open").values_list("subject", flat=True)
    assert sorted(second) == [f"pi_{n}" for n in range(1, THREADS)]
    mug.refresh_from_db()
    assert mug.stock == 4


def test_cancel_beside_a_payment_is_refused_or_was_first():
    rounds = 12
    mug = make_product("Mug", "10.00", stock=100)
    for number in range(rounds):
        make_order(f"R{number}", [(mug, 1)])

        canceled, _ = on_a_connection_of_its_own(
            partial(orders.cancel, reference=f"R{number}", actor="staff"),
            partial(deliver, payment_succeeded(f"R{number}", 1000, intent=f"pi_{number}")),
        )

        status = Order.objects.get(reference=f"R{number}").status
        refused = isinstance(canceled, Exception)
        assert status == ("paid" if refused else "paid_unfulfillable"), canceled
    taken = Order.objects.filter(status="paid").count()
    mug.refresh_from_db()
    assert mug.stock == 100 - taken


@pytest.mark.parametrize("round_number", range(4))
def test_one_person_named_by_many_at_once_is_one_customer(round_number):
    names = [
        {"email": "ada@example.com"},
        {"stripe_customer_id": "cus_1", "email": "ada@example.com"},
        {"user_id": "7", "email": "ada@example.com"},
        {"user_id": "7", "stripe_customer_id": "cus_1"},
    ] * 2

    found = on_a_connection_of_its_own(
        *(partial(transactions.run, partial(identify, **name)) for name in names)
    )

    assert not [error for error in found if isinstance(error, Exception)]
    counted = Customer.objects.filter(pk__in=[customer.pk for customer in found]).values("canonical")
    assert counted.distinct().count() == 1


def test_two_new_users_who_share_a_guests_address_stay_two():
    for number in range(10):
        email = f"family{number}@example.com"
        identify(email=email)

        users = on_a_connection_of_its_own(
            *(
                partial(transactions.run, partial(identify, user_id=f"{name}{number}", email=email))
                for name in ("ada", "bob")
            )
        )

        counted = Customer.objects.filter(pk__in=[user.pk for user in users]).values("canonical")
        assert counted.distinct().count() == 2


def test_many_orders_of_one_new_guest_at_once_are_one_customers():
    mug = make_product("Mug", "10.00", stock=100)
    for number in range(THREADS):
        make_order(f"R{number}", [(mug, 1)], email="ada@example.com")

    answered = answers(*(payment_succeeded(f"R{n}", 1000, intent=f"pi_{n}") for n in range(THREADS)))

    assert {status for status, _ in answered} == {200}
    assert OrderFact.objects.values("customer__canonical").distinct().count() == 1
    assert not EventFailure.objects.exists()
