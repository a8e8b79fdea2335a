"""The one class that joins this shop to revenue-intel."""

from __future__ import annotations

from datetime import datetime

from revenue_intel.shop import ModelShop, OrderState
from shop.models import Order

TIMESTAMPS = {OrderState.CANCELED: "canceled_at", OrderState.FULFILLED: "fulfilled_at"}


class HarbourShop(ModelShop):
    """Our orders; every field that is not named here has the usual name."""

    order_model = "shop.Order"
    name = "name"
    shipping = "shipping"
    discount = "discount"

    def write_state(self, order: Order, state: OrderState, *, at: datetime) -> None:
        """Keep the two dates that only this shop has, beside the state."""
        super().write_state(order, state, at=at)
        field = TIMESTAMPS.get(state)
        if field:
            setattr(order, field, at)
            order.save(update_fields=[field])
