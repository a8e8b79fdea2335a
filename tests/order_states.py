"""An order in a state, brought there as Stripe and people would."""

from __future__ import annotations

from revenue_intel.orders import services as orders
from revenue_intel.shop import OrderState
from tests.deliveries import deliver, payment_succeeded, refund_event
from tests.factories import make_order, make_product
from tests.handlers.samples import dispute
from tests.host.models import Order


def make_order_in(state: OrderState) -> Order:
    """Make an order over 19.00 GBP and bring it into a state as Stripe and people would."""
    stock = 0 if state is OrderState.PAID_UNFULFILLABLE else 5
    order = make_order("R1", [(make_product("Mug", "9.50", stock=stock), 2)])
    if state is OrderState.CANCELED:
        orders.cancel(reference="R1", actor="user:1")
    elif state is not OrderState.PENDING:
        deliver(payment_succeeded("R1", 1900))
    if state is OrderState.FULFILLED:
        orders.fulfil(reference="R1", actor="user:1")
    refunded = {OrderState.PARTIALLY_REFUNDED: 500, OrderState.REFUNDED: 1900}.get(state)
    if refunded:
        deliver(refund_event("created", refunded))
    if state is OrderState.DISPUTED:
        deliver(dispute("created"))
    order.refresh_from_db()
    assert order.status == state.value
    return order
