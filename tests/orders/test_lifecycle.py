"""Cancel and fulfil: each state allows what it allows, a second call changes nothing, each change is audited once."""

from __future__ import annotations

import pytest

from revenue_intel.audit.models import AuditEvent
from revenue_intel.exceptions import ConfigurationError, IllegalTransitionError, OrderNotFoundError
from revenue_intel.facts.models import LedgerEntry, OrderFact
from revenue_intel.facts.selectors import state_of
from revenue_intel.issues.models import Issue
from revenue_intel.orders import services as orders
from revenue_intel.shop import OrderState
from revenue_intel.stock.models import StockMovement
from tests.deliveries import deliver, payment_succeeded, refund_event
from tests.host.models import Order
from tests.order_states import make_order_in

pytestmark = pytest.mark.django_db

COMMANDS = {"cancel": orders.cancel, "fulfil": orders.fulfil}
#: Command → the states it may be called on, and the state it leaves.
TABLE = {
    "cancel": {OrderState.PENDING: OrderState.CANCELED, OrderState.CANCELED: OrderState.CANCELED},
    "fulfil": {
        OrderState.PAID: OrderState.FULFILLED,
        OrderState.FULFILLED: OrderState.FULFILLED,
        OrderState.PARTIALLY_REFUNDED: OrderState.PARTIALLY_REFUNDED,
    },
}


def audited(command: str) -> list[tuple[str, str, str]]:
    rows = AuditEvent.objects.filter(action=f"order.{command}").order_by("id")
    return list(rows.values_list("actor", "subject", "detail__state"))


@pytest.mark.parametrize("state", OrderState)
@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_is_allowed_on_its_states_alone(command, state):
    order = make_order_in(state)
    audits = AuditEvent.objects.count()
    allowed = TABLE[command].get(state)

    if allowed is None:
        with pytest.raises(IllegalTransitionError, match=f"Order R1 is .*: {command} is not possible"):
            COMMANDS[command](reference="R1", actor="user:2")
    else:
        assert COMMANDS[command](reference="R1", actor="user:2") is allowed

    order.refresh_from_db()
    assert order.status == (state if allowed is None else allowed).value
    changes = allowed is not None and (command, state) not in {
        ("cancel", OrderState.CANCELED),
        ("fulfil", OrderState.FULFILLED),
    }
    assert AuditEvent.objects.count() == audits + changes


@pytest.mark.parametrize("state", [state for state in OrderState if state is not OrderState.PENDING])
def test_only_a_pending_order_can_be_paid_for(state):
    make_order_in(state)

    with pytest.raises(IllegalTransitionError, match="start payment is not possible"):
        orders.start_payment(
            reference="R1", success_url="https://a.example/", cancel_url="https://a.example/"
        )


def test_a_canceled_order_is_canceled_once_by_whom_it_was_first():
    make_order_in(OrderState.PENDING)

    orders.cancel(reference="R1", actor="user:1")
    canceled_at = OrderFact.objects.get().canceled_at
    orders.cancel(reference="R1", actor="user:2")

    assert OrderFact.objects.get().canceled_at == canceled_at
    assert audited("cancel") == [("user:1", "R1", "canceled")]


def test_a_fulfilled_order_is_fulfilled_once_and_keeps_when_it_was_paid():
    order = make_order_in(OrderState.PAID)
    paid_at = order.paid_at

    orders.fulfil(reference="R1", actor="user:1")
    fulfilled_at = OrderFact.objects.get().fulfilled_at
    orders.fulfil(reference="R1", actor="user:2")

    order.refresh_from_db()
    assert (order.status, order.paid_at) == ("fulfilled", paid_at)
    assert OrderFact.objects.get().fulfilled_at == fulfilled_at
    assert audited("fulfil") == [("user:1", "R1", "fulfilled")]


def test_fulfil_again_after_a_refund_says_how_the_order_stands():
    make_order_in(OrderState.FULFILLED)
    deliver(refund_event("created", 1900))

    assert orders.fulfil(reference="R1", actor="user:1") is OrderState.REFUNDED
    assert len(audited("fulfil")) == 1


def test_a_paid_order_stands_whatever_its_host_says_later():
    order = make_order_in(OrderState.PAID)
    order.lines.all().delete()
    Order.objects.update(total="1.00", currency="usd")

    orders.fulfil(reference="R1", actor="user:1")

    fact = OrderFact.objects.get()
    assert (fact.total_minor, fact.currency, fact.lines.get().quantity) == (1900, "gbp", 2)


def test_neither_command_moves_money_or_stock():
    make_order_in(OrderState.PAID)
    before = (LedgerEntry.objects.count(), StockMovement.objects.count())

    orders.fulfil(reference="R1", actor="user:1")

    assert (LedgerEntry.objects.count(), StockMovement.objects.count()) == before


def test_a_canceled_order_that_is_paid_all_the_same_keeps_its_money_and_its_stock():
    order = make_order_in(OrderState.CANCELED)

    deliver(payment_succeeded("R1", 1900))

    order.refresh_from_db()
    assert order.status == "paid_unfulfillable"
    assert state_of(OrderFact.objects.get()) is OrderState.PAID_UNFULFILLABLE
    assert Issue.objects.get(status="open").kind == "paid_unfulfillable"
    assert not StockMovement.objects.exists()
    assert LedgerEntry.objects.get().amount_minor == 1900


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("reference", ["R2", "", "R1\x00", "x" * 5000], ids=ascii)
def test_an_order_that_is_not_there_is_not_found(command, reference):
    make_order_in(OrderState.PENDING)

    with pytest.raises(OrderNotFoundError):
        COMMANDS[command](reference=reference, actor="user:1")

    assert not AuditEvent.objects.exists()


@pytest.mark.parametrize("command", COMMANDS)
def test_without_an_adapter_there_is_nothing_to_command(command, settings):
    settings.REVENUE_INTEL_SHOP = ""

    with pytest.raises(ConfigurationError, match="REVENUE_INTEL_SHOP"):
        COMMANDS[command](reference="R1", actor="user:1")
