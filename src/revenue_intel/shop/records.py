"""What the adapter tells us, as values. All money is integer minor units of the order's currency."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from django.db.models import Model


class OrderState(StrEnum):
    """The states an order can be in, in our words; the adapter translates them to the host's."""

    PENDING = "pending"
    PAID = "paid"
    PAID_UNFULFILLABLE = "paid_unfulfillable"
    PARTIALLY_REFUNDED = "partially_refunded"
    REFUNDED = "refunded"
    DISPUTED = "disputed"
    CANCELED = "canceled"
    FULFILLED = "fulfilled"


@dataclass(frozen=True, kw_only=True)
class LineRecord:
    """One line of an order. ``amount_minor`` is what the customer pays for it, after ``discount_minor``."""

    key: str
    product_key: str
    product_name: str
    quantity: int
    unit_amount_minor: int
    amount_minor: int
    discount_minor: int = 0
    variant_key: str = ""


@dataclass(frozen=True, kw_only=True)
class OrderRecord:
    """An order as the host has it. ``total_minor`` is what the customer must pay in all."""

    reference: str
    currency: str
    total_minor: int
    created_at: datetime
    lines: tuple[LineRecord, ...]
    email: str = ""
    name: str = ""
    user_id: str = ""
    stripe_customer_id: str = ""
    discount_minor: int = 0
    tax_minor: int = 0
    shipping_minor: int = 0


@dataclass(frozen=True, kw_only=True)
class PaidOrder:
    """An order that the host knows to be paid; ``payment_intent`` (or its Charge) is empty where it does not know it."""

    order: Any
    paid_at: datetime
    payment_intent: str = ""


@dataclass(frozen=True, kw_only=True)
class StockRow:
    """One count of pieces in the host's tables: integer ``field`` of row ``pk`` of ``model``.

    Without ``reserved_field``, ``field`` is what is available. With it, ``field`` is what is on hand,
    and ``reserved_field`` how many of those are spoken for.
    """

    model: type[Model]
    pk: object
    field: str
    reserved_field: str = ""
    label: str = ""


@dataclass(frozen=True, kw_only=True)
class StockLine(StockRow):
    """The stock row that a line of an order takes from. A line may have several, such as a bundle's."""

    line_key: str
    quantity: int
    preorder: bool = False
