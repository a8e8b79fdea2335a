"""A mapping is all it takes, and one method for the orders from before."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from revenue_intel.shop import ModelShop, OrderState, PaidOrder
from tests.projects.warehouse.models import Purchase


class Shop(ModelShop):
    order_model = "warehouse.Purchase"
    reference = "id"
    status = "state"
    statuses = {
        OrderState.PENDING: "NEW",
        OrderState.PAID: "PAI",
        OrderState.PAID_UNFULFILLABLE: "OUT",
        OrderState.PARTIALLY_REFUNDED: "PRT",
        OrderState.REFUNDED: "REF",
        OrderState.DISPUTED: "DIS",
        OrderState.CANCELED: "CAN",
        OrderState.FULFILLED: "SNT",
    }
    currency = "money"
    total = "goods_and_tax"
    tax = "tax"
    shipping = "postage"
    created_at = "placed"
    updated_at = "touched"
    paid_at = ""
    email = "mail"
    user = "buyer"
    lines = "positions"
    line_product = "article"
    line_variant = "size"
    line_quantity = "count"
    line_unit_price = "price"
    line_amount = "paid"
    line_name = ""
    stock_field = "pieces"
    preorder_field = ""

    def paid_orders(self, *, since: datetime | None, until: datetime) -> Iterator[PaidOrder]:
        """Return what was paid. This shop takes the money when the order is placed."""
        paid = Purchase.objects.exclude(state__in=["NEW", "CAN"]).filter(placed__lt=until)
        if since is not None:
            paid = paid.filter(placed__gte=since)
        for purchase in paid.order_by("placed", "pk"):
            yield PaidOrder(order=purchase, paid_at=purchase.placed)
