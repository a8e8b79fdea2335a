"""Subscriptions and their items, as the newest API version sends them: periods are on the items."""

from __future__ import annotations

from collections.abc import Mapping

from revenue_intel.testing.events import Payload
from revenue_intel.testing.payloads import nulls
from revenue_intel.testing.standin.invoice_shapes import sublist
from revenue_intel.testing.standin.state import snapshot

_NULLS = (
    "application application_fee_percent billing_cycle_anchor_config billing_thresholds cancel_at "
    "canceled_at customer_account days_until_due default_source ended_at latest_invoice "
    "next_pending_invoice_item_invoice on_behalf_of pause_collection pending_invoice_item_interval "
    "pending_setup_intent pending_update schedule status_details test_clock transfer_data trial_end "
    "trial_start"
)


def _plan(price: Payload) -> Payload:
    """Build the older mirror of a price."""
    recurring = price["recurring"]
    return {
        **nulls("meter nickname tiers_mode transform_usage trial_period_days"),
        "id": price["id"],
        "object": "plan",
        "active": price["active"],
        "amount": price["unit_amount"],
        "amount_decimal": price["unit_amount_decimal"],
        "billing_scheme": price["billing_scheme"],
        "created": price["created"],
        "currency": price["currency"],
        "interval": recurring["interval"],
        "interval_count": recurring["interval_count"],
        "livemode": False,
        "metadata": {},
        "product": price["product"],
        "usage_type": recurring["usage_type"],
    }


def item(
    *,
    id: str,  # noqa: A002 - Stripe's own key
    created: int,
    price: Payload,
    quantity: int,
    subscription: str,
    period: tuple[int, int],
    metadata: Mapping[str, str],
) -> Payload:
    """Build an item of a subscription."""
    return {
        "id": id,
        "object": "subscription_item",
        "billing_thresholds": None,
        "created": created,
        "current_period_end": period[1],
        "current_period_start": period[0],
        "current_trial": None,
        "discounts": [],
        "metadata": dict(metadata),
        "plan": _plan(price),
        "price": snapshot(price),
        "quantity": quantity,
        "subscription": subscription,
        "tax_rates": [],
    }


def reprice(row: Payload, price: Payload) -> None:
    """Give an item another price."""
    row.update(price=snapshot(price), plan=_plan(price))


def subscription(
    *,
    id: str,  # noqa: A002 - Stripe's own key
    created: int,
    currency: str,
    customer: str,
    collection_method: str,
    default_payment_method: str | None,
    description: str | None,
    metadata: Mapping[str, str],
    missing_payment_method: str,
) -> Payload:
    """Build a subscription without items, incomplete until its first invoice is paid."""
    return {
        **nulls(_NULLS),
        "id": id,
        "object": "subscription",
        "automatic_tax": {"disabled_reason": None, "enabled": False, "liability": None},
        "billing_cycle_anchor": created,
        "billing_mode": {
            "flexible": {"proration_discounts": "included"},
            "type": "flexible",
            "updated_at": created,
        },
        "billing_schedules": [],
        "cancel_at_period_end": False,
        "cancellation_details": nulls("comment feedback reason"),
        "collection_method": collection_method,
        "created": created,
        "currency": currency,
        "customer": customer,
        "default_payment_method": default_payment_method,
        "default_tax_rates": [],
        "description": description,
        "discounts": [],
        "invoice_settings": {"account_tax_ids": None, "issuer": {"type": "self"}},
        "items": sublist([], f"/v1/subscription_items?subscription={id}"),
        "livemode": False,
        "metadata": dict(metadata),
        "payment_settings": {
            **nulls("payment_method_options payment_method_types"),
            "save_default_payment_method": "off",
        },
        "start_date": created,
        "status": "incomplete",
        "trial_settings": {"end_behavior": {"missing_payment_method": missing_payment_method}},
    }
