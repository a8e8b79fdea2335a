"""A mapping is all it takes."""

from __future__ import annotations

from revenue_intel.shop import ModelShop, OrderState


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
