"""Stripe's invoices and invoice payments for tests, in the newest shape and in that of old API versions.

``is_old=True`` builds what endpoints send whose version is before 2025-03-31: the subscription and
the payment on the invoice, ``total_tax_amounts`` and ``tax``.
"""

from __future__ import annotations

from typing import Any

from revenue_intel.testing.payloads import CREATED, Payload, ids, nulls

__all__ = ["invoice", "invoice_line", "invoice_payment"]

MONTH = 31 * 24 * 60 * 60


def invoice_line(
    *,
    id: str | None = None,  # noqa: A002 - Stripe's own key
    amount: int = 1000,
    currency: str = "gbp",
    subscription: str | None = None,
    price: str | None = None,
    start: int = CREATED,
    end: int = CREATED + MONTH,
    livemode: bool = False,
    is_old: bool = False,
    **fields: Any,
) -> Payload:
    """Build a line of an invoice: of a subscription where one is named."""
    name = price or ids.new("price")
    shape = _old_line(name, subscription) if is_old else _new_line(name, subscription, amount)
    return {
        "id": id or ids.new("invoice_line"),
        "object": "line_item",
        "amount": amount,
        "currency": currency,
        "description": "1 × A thing",
        "discount_amounts": [],
        "discountable": True,
        "discounts": [],
        "livemode": livemode,
        "metadata": {},
        "period": {"start": start, "end": end},
        "quantity": 1,
        "subscription": subscription,
        **shape,
        **fields,
    }


def _old_line(price: str, subscription: str | None) -> Payload:
    return {
        "plan": None,
        "price": {"id": price, "object": "price"},
        "proration": False,
        "subscription_item": ids.new("subscription_item") if subscription else None,
        "tax_amounts": [],
        "tax_rates": [],
        "type": "subscription" if subscription else "invoiceitem",
    }


def _new_line(price: str, subscription: str | None, amount: int) -> Payload:
    details: Payload = {
        **nulls("invoice_item proration_details"),
        "proration": False,
        "subscription": subscription,
        "subscription_item": ids.new("subscription_item"),
    }
    parent = {"type": "subscription_item_details", "subscription_item_details": details}
    return {
        "parent": parent if subscription else None,
        "pretax_credit_amounts": [],
        "pricing": {
            "type": "price_details",
            "price_details": {"price": price, "product": ids.new("product")},
            "unit_amount_decimal": str(amount),
        },
        "subtotal": amount,
        "taxes": [],
    }


_INVOICE_NULLS = (
    "account_name account_tax_ids application automatically_finalizes_at custom_fields customer_address customer_email "
    "customer_name customer_phone customer_shipping default_payment_method default_source description due_date "
    "effective_at ending_balance footer from_invoice hosted_invoice_url invoice_pdf last_finalization_error "
    "latest_revision next_payment_attempt number on_behalf_of receipt_number rendering shipping_cost "
    "shipping_details statement_descriptor test_clock webhooks_delivered_at"
)
_OLD_NULLS = "application_fee_amount quote subscription_proration_date transfer_data"
_REACHED = {"paid": "paid_at", "void": "voided_at", "uncollectible": "marked_uncollectible_at"}


def invoice(
    *,
    id: str | None = None,  # noqa: A002 - Stripe's own key
    total: int = 1000,
    tax: int = 0,
    discount: int = 0,
    currency: str = "gbp",
    status: str = "paid",
    subscription: str | None = None,
    payment: str | None = None,
    customer: str | None = None,
    created: int = CREATED,
    status_at: int | None = None,
    amount_paid: int | None = None,
    has_more: bool = False,
    livemode: bool = False,
    is_old: bool = False,
    **fields: Any,
) -> Payload:
    """Build an invoice. ``total`` is what is asked for: after discounts, with tax on top.

    ``payment`` is the PaymentIntent that paid it: in the old shape it stands there, in the new one in
    ``payments``, which Stripe sends only where it is expanded. ``status_at`` is when the status was reached.
    """
    identifier = id or ids.new("invoice")
    paid = (total if status == "paid" else 0) if amount_paid is None else amount_paid
    line = invoice_line(
        amount=total - tax + discount, currency=currency, subscription=subscription, is_old=is_old
    )
    sublist = {"object": "list", "data": [line], "has_more": has_more}
    return {
        **_invoice_settings(),
        **_amounts(total, tax, discount, paid),
        "id": identifier,
        "object": "invoice",
        "created": created,
        "currency": currency,
        "customer": customer or ids.new("customer"),
        "lines": sublist | {"url": f"/v1/invoices/{identifier}/lines"},
        "livemode": livemode,
        "period_end": created,
        "period_start": created,
        **_progress(status, created, created + 3600 if status_at is None else status_at),
        **(
            _old_invoice(tax, status, subscription, payment)
            if is_old
            else _new_invoice(identifier, tax, subscription, payment, paid, currency)
        ),
        **fields,
    }


def _invoice_settings() -> Payload:
    """Build the parts of an invoice that a plain one leaves as they are."""
    return {
        **nulls(_INVOICE_NULLS),
        "account_country": "GB",
        "amount_shipping": 0,
        "automatic_tax": nulls("disabled_reason liability provider status") | {"enabled": False},
        "billing_reason": "subscription_cycle",
        "collection_method": "charge_automatically",
        "customer_tax_exempt": "none",
        "customer_tax_ids": [],
        "default_tax_rates": [],
        "discounts": [],
        "issuer": {"type": "self"},
        "metadata": {},
        "payment_settings": nulls("default_mandate payment_method_options payment_method_types"),
        "post_payment_credit_notes_amount": 0,
        "pre_payment_credit_notes_amount": 0,
        "starting_balance": 0,
        "total_pretax_credit_amounts": [],
    }


def _amounts(total: int, tax: int, discount: int, paid: int) -> Payload:
    return {
        "amount_due": max(total, 0),
        "amount_paid": paid,
        "amount_remaining": max(total, 0) - paid,
        "subtotal": total - tax + discount,
        "subtotal_excluding_tax": total - tax + discount,
        "total": total,
        "total_discount_amounts": [{"amount": discount, "discount": "di_1"}] if discount else [],
        "total_excluding_tax": total - tax,
    }


def _progress(status: str, created: int, reached_at: int) -> Payload:
    """Build what follows from the status, and the instants at which it was reached."""
    moments = nulls("finalized_at marked_uncollectible_at paid_at voided_at")
    if status != "draft":
        moments["finalized_at"] = min(created + 3600, reached_at)
    if status in _REACHED:
        moments[_REACHED[status]] = reached_at
    return {
        "attempt_count": 1 if status == "paid" else 0,
        "attempted": status == "paid",
        "auto_advance": status in {"draft", "open"},
        "status": status,
        "status_transitions": moments,
    }


def _old_invoice(tax: int, status: str, subscription: str | None, payment: str | None) -> Payload:
    rate = {"inclusive": False, "tax_rate": "txr_1", "taxability_reason": None, "taxable_amount": None}
    return {
        **nulls(_OLD_NULLS),
        "charge": payment.replace("pi_", "ch_") if payment else None,
        "discount": None,
        "paid": status == "paid",
        "paid_out_of_band": False,
        "payment_intent": payment,
        "subscription": subscription,
        "subscription_details": {"metadata": {} if subscription else None},
        "tax": tax or None,
        "total_tax_amounts": [{"amount": tax, **rate}] if tax else [],
    }


def _new_invoice(
    identifier: str, tax: int, subscription: str | None, payment: str | None, paid: int, currency: str
) -> Payload:
    reason = {"tax_behavior": "exclusive", "taxability_reason": "standard_rated", "taxable_amount": None}
    rate = {"tax_rate_details": {"tax_rate": "txr_1"}, "type": "tax_rate_details"}
    details: Payload = {"metadata": {}, "subscription": subscription}
    parent = {"quote_details": None, "subscription_details": details, "type": "subscription_details"}
    payments = [invoice_payment(invoice=identifier, payment=payment, amount=paid, currency=currency)]
    return {
        "amount_overpaid": 0,
        "amount_paid_off_stripe": 0,
        "customer_account": None,
        "parent": parent if subscription else None,
        "total_taxes": [{"amount": tax, **reason, **rate}] if tax else [],
        **({"payments": {"object": "list", "data": payments, "has_more": False}} if payment else {}),
    }


def invoice_payment(
    *,
    id: str | None = None,  # noqa: A002 - Stripe's own key
    invoice: str,
    payment: str | None,
    amount: int = 1000,
    currency: str = "gbp",
    status: str = "paid",
    created: int = CREATED,
    paid_at: int | None = None,
    livemode: bool = False,
    **fields: Any,
) -> Payload:
    """Build the payment of an invoice, which links it to a PaymentIntent. The old versions have no such object."""
    paid = status == "paid"
    return {
        "id": id or ids.new("invoice_payment"),
        "object": "invoice_payment",
        "amount_paid": amount if paid else None,
        "amount_requested": amount,
        "created": created,
        "currency": currency,
        "invoice": invoice,
        "is_default": True,
        "livemode": livemode,
        "payment": {"payment_intent": payment, "type": "payment_intent"},
        "status": status,
        "status_transitions": {
            "canceled_at": None,
            "paid_at": (created + 3600 if paid_at is None else paid_at) if paid else None,
        },
        **fields,
    }
