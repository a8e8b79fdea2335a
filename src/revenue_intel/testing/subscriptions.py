"""Stripe's subscriptions, prices and discounts for tests, in the newest shape and in that of old API versions.

``is_old=True`` builds what endpoints send whose version is before 2025-03-31: the period on the
subscription, one ``discount`` with its coupon inside, a ``plan`` beside each price.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from revenue_intel.testing.payloads import CREATED, Payload, ids, nulls

__all__ = ["OLD_API_VERSION", "coupon", "discount", "plan", "price", "subscription", "subscription_item"]

#: The API version whose shapes ``is_old`` follows.
OLD_API_VERSION = "2024-06-20"
MONTH = 31 * 24 * 60 * 60


def price(
    *,
    id: str | None = None,  # noqa: A002 - Stripe's own key
    unit_amount: int | None = 1000,
    currency: str = "gbp",
    interval: str = "month",
    interval_count: int = 1,
    usage_type: str = "licensed",
    billing_scheme: str = "per_unit",
    product: str | None = None,
    created: int = CREATED,
    livemode: bool = False,
    **fields: Any,
) -> Payload:
    """Build a recurring price; a tiered one has no unit amount."""
    amount = None if billing_scheme == "tiered" else unit_amount
    return {
        **nulls("custom_unit_amount lookup_key nickname transform_quantity"),
        "id": id or ids.new("price"),
        "object": "price",
        "active": True,
        "billing_scheme": billing_scheme,
        "created": created,
        "currency": currency,
        "livemode": livemode,
        "metadata": {},
        "product": product or ids.new("product"),
        "recurring": {
            "interval": interval,
            "interval_count": interval_count,
            "meter": None,
            "trial_period_days": None,
            "usage_type": usage_type,
        },
        "tax_behavior": "unspecified",
        "tiers_mode": "graduated" if billing_scheme == "tiered" else None,
        "type": "recurring",
        "unit_amount": amount,
        "unit_amount_decimal": None if amount is None else str(amount),
        **fields,
    }


def plan(of: Mapping[str, Any]) -> Payload:
    """Build the plan that mirrors a price: the same id, the same terms under older names."""
    recurring = of["recurring"]
    return {
        "id": of["id"],
        "object": "plan",
        "active": of["active"],
        "amount": of["unit_amount"],
        "amount_decimal": of["unit_amount_decimal"],
        "billing_scheme": of["billing_scheme"],
        "created": of["created"],
        "currency": of["currency"],
        "interval": recurring["interval"],
        "interval_count": recurring["interval_count"],
        "livemode": of["livemode"],
        "metadata": {},
        "meter": recurring["meter"],
        "nickname": of["nickname"],
        "product": of["product"],
        "tiers_mode": of["tiers_mode"],
        "transform_usage": of["transform_quantity"],
        "trial_period_days": None,
        "usage_type": recurring["usage_type"],
    }


def subscription_item(
    *,
    id: str | None = None,  # noqa: A002 - Stripe's own key
    price: Mapping[str, Any],
    quantity: int | None = 1,
    discounts: Sequence[Any] = (),
    subscription: str | None = None,
    created: int = CREATED,
    current_period_start: int = CREATED,
    current_period_end: int = CREATED + MONTH,
    is_old: bool = False,
    **fields: Any,
) -> Payload:
    """Build an item of a subscription; a metered one has no quantity."""
    metered = price["recurring"]["usage_type"] == "metered"
    period = {"current_period_start": current_period_start, "current_period_end": current_period_end}
    return {
        "id": id or ids.new("subscription_item"),
        "object": "subscription_item",
        "billing_thresholds": None,
        "created": created,
        "discounts": list(discounts),
        "metadata": {},
        "plan": plan(price),
        "price": dict(price),
        **({} if metered else {"quantity": quantity}),
        "subscription": subscription,
        "tax_rates": [],
        **({} if is_old else period),
        **fields,
    }


def coupon(
    *,
    id: str | None = None,  # noqa: A002 - Stripe's own key
    percent_off: float | None = None,
    amount_off: int | None = None,
    currency: str | None = None,
    duration: str = "forever",
    duration_in_months: int | None = None,
    products: Sequence[str] = (),
    created: int = CREATED,
    livemode: bool = False,
    **fields: Any,
) -> Payload:
    """Build a coupon over a percentage or an amount; ``products`` are those that it is limited to."""
    return {
        **nulls("max_redemptions name redeem_by"),
        "id": id or ids.new("coupon"),
        "object": "coupon",
        "amount_off": amount_off,
        "created": created,
        "currency": currency,
        "duration": duration,
        "duration_in_months": duration_in_months,
        "livemode": livemode,
        "metadata": {},
        "percent_off": percent_off,
        "times_redeemed": 1,
        "valid": True,
        **({"applies_to": {"products": list(products)}} if products else {}),
        **fields,
    }


def discount(
    *,
    id: str | None = None,  # noqa: A002 - Stripe's own key
    coupon: Mapping[str, Any] | str,
    start: int = CREATED,
    end: int | None = None,
    customer: str | None = None,
    subscription: str | None = None,
    is_old: bool = False,
    **fields: Any,
) -> Payload:
    """Build a discount; the newest versions name the coupon in ``source`` and may send no more than its id."""
    held = dict(coupon) if isinstance(coupon, Mapping) else coupon
    return {
        **nulls("checkout_session customer_account invoice invoice_item promotion_code subscription_item"),
        "id": id or ids.new("discount"),
        "object": "discount",
        "customer": customer,
        "end": end,
        "start": start,
        "subscription": subscription,
        **({"coupon": held} if is_old else {"source": {"coupon": held, "type": "coupon"}}),
        **fields,
    }


_SUBSCRIPTION_NULLS = (
    "application application_fee_percent billing_thresholds days_until_due default_payment_method default_source "
    "description latest_invoice next_pending_invoice_item_invoice on_behalf_of pending_invoice_item_interval "
    "pending_setup_intent pending_update schedule test_clock transfer_data trial_end trial_start"
)


def _subscription_settings() -> Payload:
    """Build the parts of a subscription that a plain one leaves as they are."""
    return {
        **nulls(_SUBSCRIPTION_NULLS),
        "automatic_tax": {"disabled_reason": None, "enabled": False, "liability": None},
        "cancel_at": None,
        "canceled_at": None,
        "cancellation_details": nulls("comment feedback reason"),
        "collection_method": "charge_automatically",
        "default_tax_rates": [],
        "ended_at": None,
        "invoice_settings": {"account_tax_ids": None, "issuer": {"type": "self"}},
        "metadata": {},
        "pause_collection": None,
        "payment_settings": nulls("payment_method_options payment_method_types save_default_payment_method"),
        "trial_settings": {"end_behavior": {"missing_payment_method": "create_invoice"}},
    }


def subscription(
    *,
    id: str | None = None,  # noqa: A002 - Stripe's own key
    items: Sequence[Mapping[str, Any]] = (),
    status: str = "active",
    customer: str | None = None,
    currency: str = "gbp",
    discounts: Sequence[Any] = (),
    cancel_at_period_end: bool = False,
    created: int = CREATED,
    has_more: bool = False,
    livemode: bool = False,
    is_old: bool = False,
    **fields: Any,
) -> Payload:
    """Build a subscription over its items, by default one of £10 a month.

    ``discounts`` are ids or discounts; in the old shape the first of them is ``discount``.
    """
    identifier = id or ids.new("subscription")
    listed = [dict(item, subscription=identifier) for item in items] or [
        subscription_item(price=price(currency=currency), subscription=identifier, is_old=is_old)
    ]
    sublist = {"object": "list", "data": listed, "has_more": has_more}
    return {
        **_subscription_settings(),
        "id": identifier,
        "object": "subscription",
        "billing_cycle_anchor": created,
        "cancel_at_period_end": cancel_at_period_end,
        "created": created,
        "currency": currency,
        "customer": customer or ids.new("customer"),
        "items": sublist | {"url": f"/v1/subscription_items?subscription={identifier}"},
        "livemode": livemode,
        "start_date": created,
        "status": status,
        **(_old_only(listed, discounts, created) if is_old else _new_only(discounts)),
        **fields,
    }


def _new_only(discounts: Sequence[Any]) -> Payload:
    return {
        **nulls("billing_cycle_anchor_config customer_account"),
        "billing_mode": {"type": "flexible", "flexible": {"proration_discounts": "included"}},
        "discounts": list(discounts),
    }


def _old_only(items: Sequence[Mapping[str, Any]], discounts: Sequence[Any], start: int) -> Payload:
    """Build the keys that went away at 2025-03-31; the plan is that of an only item."""
    single = items[0] if len(items) == 1 else {}
    return {
        "current_period_end": start + MONTH,
        "current_period_start": start,
        "discount": discounts[0] if discounts else None,
        "plan": single.get("plan"),
        "quantity": single.get("quantity"),
    }
