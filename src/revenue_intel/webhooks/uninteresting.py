"""Event types that change no number of ours, each with the reason why: acknowledged, stored and ignored.

A type that neither has a handler nor stands here is ignored as ``unknown_type``, so that it is seen.
"""

from __future__ import annotations

from typing import Final

UNKNOWN_TYPE: Final = "unknown_type"

#: Why a type changes nothing, in words.
REASONS: Final = {
    "not_final": "It tells of a step on the way; the end of the way is told by another event.",
    "told_elsewhere": "What it tells of money is told by another event that has a handler.",
    "announcement": "It announces what may happen; nothing has happened yet.",
    "catalogue": "It describes what is offered; lines carry what was sold and at which price.",
    "identity": "It describes a person or a way to pay; people are known by their orders.",
    "plan": "It changes a plan; what comes of it is told by the subscription and its invoices.",
    "own_account": "It moves money between accounts of the platform; no customer's money is in it.",
    "hint": "It is a hint of a risk; money that moves because of it is told by a refund or a dispute.",
    "other_product": "It belongs to a product of Stripe's that takes no part in a sale.",
}

_TYPES: Final = {
    "not_final": (
        "quote.accepted", "quote.canceled", "quote.created", "quote.finalized", "setup_intent.canceled", "setup_intent.created",
        "setup_intent.requires_action", "setup_intent.setup_failed", "setup_intent.succeeded",
    ),
    "told_elsewhere": (
        "balance.available", "customer.subscription.pending_update_applied",
        "customer.subscription.pending_update_expired", "invoice.finalization_failed",
        "invoice.payment_action_required", "invoice.payment_attempt_required", "invoice.sent",
        "invoiceitem.created", "invoiceitem.deleted",
    ),
    "announcement": (
        "customer.subscription.trial_will_end", "invoice.overdue", "invoice.upcoming", "invoice.will_be_due",
        "subscription_schedule.expiring",
    ),
    "catalogue": (
        "coupon.deleted", "payment_link.created", "payment_link.updated",
        "plan.created", "plan.deleted", "plan.updated", "price.created", "price.deleted", "price.updated",
        "product.created", "product.deleted", "product.updated", "promotion_code.created",
        "promotion_code.updated", "tax_rate.created", "tax_rate.updated",
    ),
    "identity": (
        "customer.created", "customer.deleted", "customer.source.created", "customer.source.deleted",
        "customer.source.expiring", "customer.source.updated", "customer.tax_id.created",
        "customer.tax_id.deleted", "customer.tax_id.updated", "customer.updated", "mandate.updated",
        "payment_method.attached", "payment_method.automatically_updated", "payment_method.detached",
        "payment_method.updated",
    ),
    "plan": (
        "subscription_schedule.aborted", "subscription_schedule.canceled", "subscription_schedule.completed",
        "subscription_schedule.created", "subscription_schedule.released", "subscription_schedule.updated",
    ),
    "own_account": (
        "application_fee.created", "application_fee.refund.updated", "application_fee.refunded",
        "topup.canceled", "topup.created", "topup.failed", "topup.reversed", "topup.succeeded",
        "transfer.created", "transfer.reversed", "transfer.updated",
    ),
    "hint": (
        "radar.early_fraud_warning.created", "radar.early_fraud_warning.updated", "review.closed", "review.opened",
    ),
    "other_product": (
        "account.application.authorized", "account.application.deauthorized", "account.external_account.created",
        "account.external_account.deleted", "account.external_account.updated", "account.updated",
        "capability.updated", "file.created", "person.created", "person.deleted", "person.updated",
        "reporting.report_run.failed", "reporting.report_run.succeeded", "reporting.report_type.updated",
        "sigma.scheduled_query_run.created",
    ),
}  # fmt: skip

#: Why each type is ignored, by type.
REASON_OF: Final = {event_type: reason for reason, types in _TYPES.items() for event_type in types}
