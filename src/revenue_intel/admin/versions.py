"""How facts counted, how issues stood, and how far the balance was read, before that changed."""

from __future__ import annotations

from django.contrib import admin

from revenue_intel.admin.base import SCOPE, ReadOnlyAdmin
from revenue_intel.facts.models import (
    BalanceReading,
    CustomerVersion,
    DisputeVersion,
    OrderVersion,
    PaymentVersion,
)
from revenue_intel.issues.models import IssueChange

COUNTED = ("recorded_at", "superseded_at")


@admin.register(OrderVersion)
class OrderVersionAdmin(ReadOnlyAdmin):
    """Orders as they counted before."""

    list_display = ("order_id", "paid_at", "total_minor", "refunded_minor", *SCOPE, *COUNTED)
    list_filter = ("currency", "livemode")
    search_fields = ("=order_id",)


@admin.register(PaymentVersion)
class PaymentVersionAdmin(ReadOnlyAdmin):
    """Payments as they counted before."""

    list_display = ("payment_intent", "succeeded_at", "failed_at", *SCOPE, *COUNTED)
    list_filter = ("currency", "livemode")
    search_fields = ("payment_intent",)


@admin.register(DisputeVersion)
class DisputeVersionAdmin(ReadOnlyAdmin):
    """Disputes as they counted before."""

    list_display = ("dispute_id", "status", "created_at", *SCOPE, *COUNTED)
    list_filter = ("status", "currency", "livemode")
    search_fields = ("dispute_id",)


@admin.register(CustomerVersion)
class CustomerVersionAdmin(ReadOnlyAdmin):
    """Customers who turned out to be somebody known."""

    list_display = ("customer_key", "canonical", "superseded_at")
    search_fields = ("=customer_key",)


@admin.register(BalanceReading)
class BalanceReadingAdmin(ReadOnlyAdmin):
    """How far balance transactions had been read, and when."""

    list_display = ("account", "livemode", "complete_since", "complete_until", "recorded_at")
    list_filter = ("livemode",)
    search_fields = ("account",)


@admin.register(IssueChange)
class IssueChangeAdmin(ReadOnlyAdmin):
    """When issues were opened and resolved."""

    list_display = ("issue", "status", "severity", "recorded_at")
    list_filter = ("status", "severity")
    search_fields = ("issue__title",)
    list_select_related = ("issue",)
