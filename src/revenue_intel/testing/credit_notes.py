"""Stripe's credit notes for tests, in the newest shape and, with ``is_old``, in that of versions before 2025-03-31."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from revenue_intel.testing.payloads import CREATED, Payload, ids, nulls

__all__ = ["credit_note"]


def credit_note(
    *,
    id: str | None = None,  # noqa: A002 - Stripe's own key
    invoice: str,
    amount: int = 500,
    pre_payment: int = 0,
    refunds: Sequence[tuple[str, int]] = (),
    out_of_band: int | None = None,
    tax: int = 0,
    currency: str = "gbp",
    status: str = "issued",
    customer: str | None = None,
    created: int = CREATED,
    livemode: bool = False,
    is_old: bool = False,
    **fields: Any,
) -> Payload:
    """Build a credit note: ``pre_payment`` of it before the invoice was paid, the rest after.

    ``refunds`` are (refund, amount) pairs; the old shape holds the first one only. What is neither
    refunded nor ``out_of_band`` is the customer's credit.
    """
    kind = "pre_payment" if pre_payment == amount else "mixed" if pre_payment else "post_payment"
    rate = {"taxable_amount": None, "taxability_reason": "standard_rated"}
    taxes = [{"amount": tax, **rate}] if tax else []
    parts = {"pre_payment_amount": pre_payment, "post_payment_amount": amount - pre_payment}
    old = {"refund": refunds[0][0] if refunds else None, "tax_amounts": taxes}
    new = {"customer_account": None, "refunds": _refunds(refunds), "total_taxes": taxes, **parts}
    return {
        **nulls("customer_balance_transaction effective_at memo reason shipping_cost voided_at"),
        "id": id or ids.new("credit_note"),
        "object": "credit_note",
        "amount": amount,
        **_same_always(amount, tax),
        "created": created,
        "currency": currency,
        "customer": customer or ids.new("customer"),
        "invoice": invoice,
        "livemode": livemode,
        "out_of_band_amount": out_of_band,
        "status": status,
        "type": kind,
        **(old if is_old else new),
        **fields,
    }


def _same_always(amount: int, tax: int) -> Payload:
    """Build the parts that follow from the amount, and those of a plain credit note."""
    return {
        "amount_shipping": 0,
        "discount_amount": 0,
        "discount_amounts": [],
        "lines": {"object": "list", "data": [], "has_more": False, "url": "/v1/credit_notes/lines"},
        "metadata": {},
        "number": "STANDIN1-0001-CN-01",
        "pdf": "",
        "pretax_credit_amounts": [],
        "subtotal": amount - tax,
        "subtotal_excluding_tax": amount - tax,
        "total": amount,
        "total_excluding_tax": amount - tax,
    }


def _refunds(refunds: Sequence[tuple[str, int]]) -> list[Payload]:
    return [
        {"amount_refunded": part, "payment_record_refund": None, "refund": refund, "type": "refund"}
        for refund, part in refunds
    ]
