"""From Stripe's JSON to keyword arguments: one file a family of objects."""

from __future__ import annotations

from revenue_intel.handlers import (
    charges,
    credit_notes,
    discounts,
    invoices,
    payment_intents,
    refunds,
    subscriptions,
)
from revenue_intel.webhooks.registry import register


def register_all() -> None:
    """Register every handler there is; called once the app is ready."""
    register("payment_intent.succeeded", payment_intents.succeeded)
    register("payment_intent.payment_failed", payment_intents.payment_failed)
    register("charge.refunded", charges.refunded)
    for event_type in ("refund.created", "refund.updated", "refund.failed"):
        register(event_type, refunds.changed)
    for family in (subscriptions, invoices, credit_notes):
        for event_type in family.EVENT_TYPES:
            register(event_type, family.changed)
    for event_type in discounts.COUPON_TYPES:
        register(event_type, discounts.coupon_told)
    for event_type in discounts.DISCOUNT_TYPES:
        register(event_type, discounts.discount_told)
    register("invoice_payment.paid", invoices.payment_changed)
