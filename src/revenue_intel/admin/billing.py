"""Subscriptions, invoices and credit notes."""

from __future__ import annotations

from django.contrib import admin

from revenue_intel.admin.base import SCOPE, ReadOnlyAdmin
from revenue_intel.facts.models import (
    CouponFact,
    CreditNoteFact,
    CreditNoteRefund,
    DiscountFact,
    InvoiceFact,
    InvoicePaymentFact,
    SubscriptionFact,
    SubscriptionState,
)


@admin.register(SubscriptionFact)
class SubscriptionFactAdmin(ReadOnlyAdmin):
    """Subscriptions."""

    list_display = ("subscription_id", "status", "state_at", *SCOPE, "cancel_at_period_end", "ended_at")
    list_filter = ("status", "currency", "livemode")
    search_fields = ("subscription_id",)


@admin.register(SubscriptionState)
class SubscriptionStateAdmin(ReadOnlyAdmin):
    """States of subscriptions."""

    list_display = ("subscription_id", "effective_at", "status", *SCOPE, "are_items_truncated", "event_id")
    list_filter = ("status", "currency", "livemode")
    search_fields = ("subscription__subscription_id", "event_id")
    date_hierarchy = "effective_at"


@admin.register(CouponFact, DiscountFact)
class TermsAdmin(ReadOnlyAdmin):
    """Coupons, and the discounts that apply them."""

    list_display = ("__str__", "coupon_id")
    search_fields = ("coupon_id",)


@admin.register(InvoiceFact)
class InvoiceFactAdmin(ReadOnlyAdmin):
    """Invoices."""

    list_display = ("invoice_id", "status", "total_minor", *SCOPE, "subscription_id", "created_at", "paid_at")
    list_filter = ("status", "currency", "livemode")
    search_fields = ("invoice_id", "subscription_id")


@admin.register(InvoicePaymentFact)
class InvoicePaymentFactAdmin(ReadOnlyAdmin):
    """What paid which invoice."""

    list_display = ("invoice_id", "payment", "amount_minor", "paid_at")
    search_fields = ("invoice_id", "payment")


@admin.register(CreditNoteFact)
class CreditNoteFactAdmin(ReadOnlyAdmin):
    """Credit notes."""

    list_display = ("credit_note_id", "invoice_id", "status", "amount_minor", *SCOPE, "out_of_band_minor")
    list_filter = ("status", "currency", "livemode")
    search_fields = ("credit_note_id", "invoice_id")


@admin.register(CreditNoteRefund)
class CreditNoteRefundAdmin(ReadOnlyAdmin):
    """Which refund paid which credit note out."""

    list_display = ("credit_note_id", "refund_id")
    search_fields = ("credit_note__credit_note_id", "refund_id")
