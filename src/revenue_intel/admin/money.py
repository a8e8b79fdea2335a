"""Payments, refunds, disputes, bookings and the ledger."""

from __future__ import annotations

from django.contrib import admin

from revenue_intel.admin.base import SCOPE, ReadOnlyAdmin
from revenue_intel.facts.models import (
    BalanceCursor,
    BalanceTransactionFact,
    ChargeFact,
    CheckoutSessionFact,
    DisputeFact,
    LedgerEntry,
    PaymentFact,
    PayoutFact,
    RefundFact,
)
from revenue_intel.orders.models import RefundRequest


@admin.register(PaymentFact)
class PaymentFactAdmin(ReadOnlyAdmin):
    """Payments."""

    list_display = ("payment_intent", "status", "amount_minor", *SCOPE, "order_reference", "succeeded_at")
    list_filter = ("status", "currency", "livemode")
    search_fields = ("payment_intent", "charge", "order_reference", "stripe_customer_id")


@admin.register(RefundFact)
class RefundFactAdmin(ReadOnlyAdmin):
    """Refunds."""

    list_display = (
        "refund_id",
        "status",
        "amount_minor",
        *SCOPE,
        "order_reference",
        "created_at",
        "failed_at",
    )
    list_filter = ("status", "currency", "livemode")
    search_fields = ("refund_id", "payment_intent", "charge", "order_reference")


@admin.register(ChargeFact)
class ChargeFactAdmin(ReadOnlyAdmin):
    """Charges."""

    list_display = ("charge", "status", "captured_minor", *SCOPE, "payment_intent", "created_at")
    list_filter = ("status", "currency", "livemode")
    search_fields = ("charge", "payment_intent", "balance_transaction")


@admin.register(DisputeFact)
class DisputeFactAdmin(ReadOnlyAdmin):
    """Disputes."""

    list_display = ("dispute_id", "status", "amount_minor", *SCOPE, "order_reference", "created_at")
    list_filter = ("status", "currency", "livemode")
    search_fields = ("dispute_id", "payment_intent", "charge", "order_reference")


@admin.register(CheckoutSessionFact)
class CheckoutSessionFactAdmin(ReadOnlyAdmin):
    """Checkout Sessions."""

    list_display = ("session_id", "status", "payment_status", "order_reference", "payment_intent")
    list_filter = ("status", "payment_status", "livemode")
    search_fields = ("session_id", "payment_intent", "order_reference")


@admin.register(BalanceTransactionFact)
class BalanceTransactionFactAdmin(ReadOnlyAdmin):
    """Balance transactions."""

    list_display = ("transaction_id", "reporting_category", "amount_minor", "fee_minor", *SCOPE, "source")
    list_filter = ("reporting_category", "currency", "livemode")
    search_fields = ("transaction_id", "source", "payout")
    date_hierarchy = "created_at"


@admin.register(BalanceCursor)
class BalanceCursorAdmin(ReadOnlyAdmin):
    """How far balance transactions have been read."""

    list_display = ("account", "livemode", "complete_since", "complete_until")
    search_fields = ("account",)


@admin.register(PayoutFact)
class PayoutFactAdmin(ReadOnlyAdmin):
    """Payouts."""

    list_display = ("payout_id", "status", "amount_minor", *SCOPE, "created_at", "arrives_at")
    list_filter = ("status", "currency", "livemode")
    search_fields = ("payout_id", "balance_transaction")


@admin.register(RefundRequest)
class RefundRequestAdmin(ReadOnlyAdmin):
    """Refunds that were asked for here."""

    list_display = ("key", "order_reference", "amount_minor", "actor", "asked_at", "refund_id", "refused_at")
    search_fields = ("key", "order_reference", "payment_intent", "refund_id")


@admin.register(LedgerEntry)
class LedgerEntryAdmin(ReadOnlyAdmin):
    """The ledger."""

    list_display = ("key", "kind", "amount_minor", *SCOPE, "occurred_at", "order_reference", "event_id")
    list_filter = ("kind", "currency", "livemode")
    search_fields = ("object_id", "order_reference", "event_id")
    date_hierarchy = "occurred_at"
