"""Invoices, their lines and payments, as the newest API version sends them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from revenue_intel.testing.events import Payload
from revenue_intel.testing.payloads import nulls

_INVOICE_NULLS = (
    "account_name account_tax_ids application automatically_finalizes_at custom_fields customer_account "
    "customer_address customer_phone customer_shipping default_payment_method default_source description "
    "due_date effective_at ending_balance footer from_invoice hosted_invoice_url invoice_pdf "
    "last_finalization_error latest_revision next_payment_attempt number on_behalf_of receipt_number "
    "rendering shipping_cost shipping_details statement_descriptor status_details test_clock "
    "total_pretax_credit_amounts total_taxes webhooks_delivered_at"
)
_INVOICE_ZEROS = (
    "amount_overpaid amount_paid amount_paid_off_stripe amount_shipping attempt_count "
    "post_payment_credit_notes_amount pre_payment_credit_notes_amount starting_balance"
)


def sublist(rows: list[Payload], url: str) -> Payload:
    """Build an embedded list that holds everything."""
    return {"object": "list", "data": rows, "has_more": False, "url": url}


def line(
    *,
    id: str,  # noqa: A002 - Stripe's own key
    amount: int,
    currency: str,
    description: str,
    period: tuple[int, int],
    parent: Mapping[str, Any],
    price: Payload | None = None,
    quantity: int = 1,
    subscription: str | None = None,
) -> Payload:
    """Build a line of an invoice; ``parent`` says where it comes from."""
    pricing = None
    if price is not None:
        pricing = {
            "price_details": {"price": price["id"], "product": price["product"]},
            "type": "price_details",
            "unit_amount_decimal": price["unit_amount_decimal"],
        }
    return {
        "id": id,
        "object": "line_item",
        "amount": amount,
        "currency": currency,
        "description": description,
        "discount_amounts": [],
        "discountable": amount > 0,
        "discounts": [],
        "invoice": None,
        "livemode": False,
        "metadata": {},
        "parent": dict(parent),
        "period": {"start": period[0], "end": period[1]},
        "pretax_credit_amounts": [],
        "pricing": pricing,
        "quantity": quantity,
        "quantity_decimal": str(quantity),
        "subscription": subscription,
        "subtotal": amount,
        "taxes": [],
    }


def subscription_parent(subscription: str, item: str) -> Payload:
    """Build the ``parent`` of a line that a subscription's item made."""
    details = {**nulls("invoice_item"), "subscription": subscription, "subscription_item": item}
    return {
        "invoice_item_details": None,
        "subscription_item_details": {
            **details,
            "proration": False,
            "proration_details": {"credited_items": None},
        },
        "type": "subscription_item_details",
    }


def item_parent(invoice_item: str, *, subscription: str | None, proration: bool) -> Payload:
    """Build the ``parent`` of a line that an invoice item made."""
    return {
        "invoice_item_details": {
            "invoice_item": invoice_item,
            "proration": proration,
            "proration_details": {"credited_items": None},
            "subscription": subscription,
        },
        "subscription_item_details": None,
        "type": "invoice_item_details",
    }


def _invoice_settings() -> Payload:
    """Build what is the same in every draft."""
    return {
        "account_country": "GB",
        "attempted": False,
        "auto_advance": True,
        "automatic_tax": {"enabled": False, **nulls("disabled_reason liability provider status")},
        "customer_tax_exempt": "none",
        "customer_tax_ids": [],
        "default_tax_rates": [],
        "issuer": {"type": "self"},
        "livemode": False,
        "metadata": {},
        "payment_settings": nulls("default_mandate payment_method_options payment_method_types"),
        "status": "draft",
        "status_transitions": nulls("finalized_at marked_uncollectible_at paid_at voided_at"),
    }


def invoice(
    *,
    id: str,  # noqa: A002 - Stripe's own key
    created: int,
    currency: str,
    customer: Payload,
    lines: list[Payload],
    reason: str,
    period: tuple[int, int],
    parent: Mapping[str, Any] | None,
    collection_method: str,
    discounts: list[str],
) -> Payload:
    """Build a draft; what is due is worked out when it is finalised."""
    subtotal = sum(row["amount"] for row in lines)
    cuts: dict[str, int] = {}
    for row in lines:
        row["invoice"] = id
        for cut in row["discount_amounts"]:
            cuts[cut["discount"]] = cuts.get(cut["discount"], 0) + cut["amount"]
    total = subtotal - sum(cuts.values())
    return {
        **nulls(_INVOICE_NULLS),
        **dict.fromkeys(_INVOICE_ZEROS.split(), 0),
        **_invoice_settings(),
        "id": id,
        "object": "invoice",
        "amount_due": max(0, total),
        "amount_remaining": max(0, total),
        "billing_reason": reason,
        "collection_method": collection_method,
        "created": created,
        "currency": currency,
        "customer": customer["id"],
        "customer_email": customer["email"],
        "customer_name": customer["name"],
        "discounts": discounts,
        "lines": sublist(lines, f"/v1/invoices/{id}/lines"),
        "parent": None if parent is None else dict(parent),
        "period_end": period[1],
        "period_start": period[0],
        "subtotal": subtotal,
        "subtotal_excluding_tax": subtotal,
        "total": total,
        "total_discount_amounts": [
            {"amount": amount, "discount": identifier} for identifier, amount in cuts.items()
        ],
        "total_excluding_tax": total,
    }


def invoice_payment(
    *,
    id: str,  # noqa: A002 - Stripe's own key
    created: int,
    invoice: Payload,
    payment_intent: str,
) -> Payload:
    """Build the link between an invoice and the payment that is to pay it."""
    return {
        "id": id,
        "object": "invoice_payment",
        "amount_paid": None,
        "amount_requested": invoice["amount_due"],
        "created": created,
        "currency": invoice["currency"],
        "invoice": invoice["id"],
        "is_default": True,
        "livemode": False,
        "payment": {"payment_intent": payment_intent, "type": "payment_intent"},
        "status": "open",
        "status_transitions": nulls("canceled_at paid_at"),
    }
