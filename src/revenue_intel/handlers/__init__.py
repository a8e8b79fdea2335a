"""From Stripe's JSON to keyword arguments: one file a family of objects."""

from __future__ import annotations

from revenue_intel.facts import erasure
from revenue_intel.handlers import (
    charges,
    checkout_sessions,
    credit_notes,
    discounts,
    disputes,
    invoices,
    payment_intents,
    payouts,
    refunds,
    subscriptions,
)
from revenue_intel.webhooks.registry import register, register_fetcher, register_forgotten


def register_all() -> None:
    """Register every handler and fetcher there is, and who knows the forgotten; called once the app is ready."""
    for event_type, handler in {
        **payment_intents.HANDLERS,
        **charges.HANDLERS,
        **refunds.HANDLERS,
        **disputes.HANDLERS,
        **checkout_sessions.HANDLERS,
        **payouts.HANDLERS,
        **subscriptions.HANDLERS,
        **invoices.HANDLERS,
        **credit_notes.HANDLERS,
        **discounts.HANDLERS,
    }.items():
        register(event_type, handler)
    register_fetcher("refunds", refunds.fetch)
    register_forgotten(erasure.condition_of)
