"""A mapping, and one method for what is not a field."""

from __future__ import annotations

from dataclasses import replace

from revenue_intel.shop import ModelShop, OrderRecord
from tests.projects.atelier.models import Commission


class Shop(ModelShop):
    order_model = "atelier.Commission"
    reference = "uid"
    money = "minor"
    discount = "saved"
    payment_intent = "intent"
    email = ""
    user = "member"
    lines = "sheets"
    line_product = "print"
    line_variant = ""
    line_quantity = "copies"
    line_unit_price = "price"
    line_name = ""
    stock_field = "on_hand"
    reserved_field = "promised"
    preorder_field = ""
    restock_policy = "on_full_refund"

    def describe(self, order: Commission) -> OrderRecord:
        return replace(super().describe(order), email=order.member.address)
