"""Billing events with few words: subscriptions, invoices, invoice payments and credit notes, in both shapes."""

from __future__ import annotations

from typing import Any

from revenue_intel.testing import credit_notes, events, invoices, subscriptions

#: 2026-03-01 00:00 UTC.
MARCH = 1_772_323_200
HOUR, DAY = 3600, 24 * 3600


def item(amount: int | None = 1000, quantity: int | None = 1, **price: Any) -> dict[str, Any]:
    """Make an item; what is not its amount and quantity are terms of its price."""
    old = price.pop("is_old", False)
    named = {"id": f"price_{amount}", "product": "prod_1", **price}
    return subscriptions.subscription_item(
        id=f"si_{amount}",
        price=subscriptions.price(unit_amount=amount, **named),
        quantity=quantity,
        is_old=old,
    )


def subscribed(
    change: str = "created",
    *items: dict[str, Any],
    at: int = MARCH,
    subscription: str = "sub_1",
    customer: str = "cus_1",
    is_old: bool = False,
    event_id: str | None = None,
    account: str | None = None,
    **fields: Any,
) -> dict[str, Any]:
    """Make a ``customer.subscription.*`` (``change`` is the last word); a deleted one has ended."""
    if change == "deleted":
        fields = {"status": "canceled", "canceled_at": at, "ended_at": at} | fields
    payload = subscriptions.subscription(
        id=subscription,
        items=items or [item(is_old=is_old)],
        customer=customer,
        is_old=is_old,
        **fields,
    )
    version = subscriptions.OLD_API_VERSION if is_old else events.API_VERSION
    return events.event(
        f"customer.subscription.{change}",
        payload,
        created=at,
        id=event_id,
        account=account,
        api_version=version,
        livemode=fields.get("livemode", False),
    )


def invoiced(
    change: str = "paid",
    *,
    at: int = MARCH,
    invoice: str = "in_1",
    is_old: bool = False,
    event_id: str | None = None,
    **fields: Any,
) -> dict[str, Any]:
    """Make an ``invoice.*`` (``change`` is the last word), by default of one that was paid."""
    told: dict[str, Any] = {"customer": "cus_1", "created": MARCH - HOUR, "status_at": at} | fields
    payload = invoices.invoice(id=invoice, is_old=is_old, **told)
    version = subscriptions.OLD_API_VERSION if is_old else events.API_VERSION
    return events.event(f"invoice.{change}", payload, created=at, id=event_id, api_version=version)


def invoice_paid_by(
    payment: str | None,
    *,
    at: int = MARCH,
    invoice: str = "in_1",
    event_id: str | None = None,
    **fields: Any,
) -> dict[str, Any]:
    """Make an ``invoice_payment.paid``."""
    payload = invoices.invoice_payment(
        id=f"inpay_{payment}", invoice=invoice, payment=payment, paid_at=at, **fields
    )
    return events.event("invoice_payment.paid", payload, created=at, id=event_id)


def credited(
    change: str = "created",
    *,
    at: int = MARCH + DAY,
    note: str = "cn_1",
    is_old: bool = False,
    event_id: str | None = None,
    **fields: Any,
) -> dict[str, Any]:
    """Make a ``credit_note.*`` (``change`` is the last word) of the invoice ``in_1``."""
    told: dict[str, Any] = {"invoice": "in_1", "created": MARCH + DAY} | fields
    if change == "voided":
        told = {"status": "void", "voided_at": at} | told
    payload = credit_notes.credit_note(id=note, is_old=is_old, **told)
    version = subscriptions.OLD_API_VERSION if is_old else events.API_VERSION
    return events.event(f"credit_note.{change}", payload, created=at, id=event_id, api_version=version)


def coupon_told(change: str = "created", *, at: int = MARCH, **fields: Any) -> dict[str, Any]:
    """Make a ``coupon.*`` (``change`` is the last word), by default of 50 % off for ever."""
    terms: dict[str, Any] = {"id": "HALF", "percent_off": 50, "created": MARCH - DAY} | fields
    return events.event(f"coupon.{change}", subscriptions.coupon(**terms), created=at)


def discount_told(change: str = "created", *, at: int = MARCH, **fields: Any) -> dict[str, Any]:
    """Make a ``customer.discount.*`` (``change`` is the last word), which names its coupon and no terms."""
    terms: dict[str, Any] = {"id": "di_1", "coupon": "HALF"} | fields
    return events.event(f"customer.discount.{change}", subscriptions.discount(**terms), created=at)
