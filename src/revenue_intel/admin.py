"""The admin shows what is stored and changes nothing: corrections are made by commands, and leave a trace."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest

from revenue_intel.audit.models import AuditEvent
from revenue_intel.facts.models import (
    Customer,
    CustomerLink,
    DirtyDay,
    FunnelStep,
    LedgerEntry,
    OrderFact,
    OrderLineFact,
    PaymentFact,
    RefundFact,
)
from revenue_intel.issues.models import Issue
from revenue_intel.kpis.models import DayRollup, Restatement
from revenue_intel.stock.models import StockMovement
from revenue_intel.webhooks.models import EventFailure, StripeEvent

SCOPE = ("currency", "livemode", "account")


if TYPE_CHECKING:
    ModelAdmin = admin.ModelAdmin[Any]
    TabularInline = admin.TabularInline[OrderLineFact, OrderFact]
else:
    ModelAdmin, TabularInline = admin.ModelAdmin, admin.TabularInline


class LookOnly:
    """Look, do not touch: nothing is added, changed or deleted here, whatever rights a user holds."""

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Refuse."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Refuse."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Refuse."""
        return False


class ReadOnlyAdmin(LookOnly, ModelAdmin):
    """Lists that stay quick on large tables."""

    show_full_result_count = False
    list_per_page = 50


@admin.register(StripeEvent)
class StripeEventAdmin(ReadOnlyAdmin):
    """Events. The body holds personal data: only a superuser sees it."""

    list_display = (
        "event_id",
        "type",
        "outcome",
        "reason",
        "source",
        "livemode",
        "received_at",
        "processed_at",
    )
    list_filter = ("outcome", "livemode", "source", "type")
    search_fields = ("event_id", "waiting_for")
    date_hierarchy = "received_at"

    def get_exclude(self, request: HttpRequest, obj: Model | None = None) -> list[str]:
        """Leave the body out for all but superusers."""
        return [] if getattr(request.user, "is_superuser", False) else ["body"]


@admin.register(EventFailure)
class EventFailureAdmin(ReadOnlyAdmin):
    """Attempts that failed."""

    list_display = ("event", "at", "error_class", "error_message", "transient")
    list_filter = ("transient", "error_class")
    list_select_related = ("event",)
    search_fields = ("event__event_id",)


@admin.register(Issue)
class IssueAdmin(ReadOnlyAdmin):
    """Issues."""

    list_display = (
        "title",
        "kind",
        "severity",
        "status",
        "subject",
        "opened_at",
        "resolved_at",
        "reopened_at",
    )
    list_filter = ("status", "severity", "kind")
    search_fields = ("subject", "title")


@admin.register(AuditEvent)
class AuditEventAdmin(ReadOnlyAdmin):
    """The audit log."""

    list_display = ("at", "actor", "action", "subject")
    list_filter = ("action",)
    search_fields = ("actor", "subject")
    date_hierarchy = "at"


@admin.register(Customer)
class CustomerAdmin(ReadOnlyAdmin):
    """People."""

    list_display = ("key", "canonical", "email", "name")
    search_fields = ("email", "name")


@admin.register(CustomerLink)
class CustomerLinkAdmin(ReadOnlyAdmin):
    """The names by which people are known."""

    list_display = ("value", "kind", "customer", "recorded_at")
    list_filter = ("kind",)
    search_fields = ("value",)


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


@admin.register(LedgerEntry)
class LedgerEntryAdmin(ReadOnlyAdmin):
    """The ledger."""

    list_display = ("key", "kind", "amount_minor", *SCOPE, "occurred_at", "order_reference", "event_id")
    list_filter = ("kind", "currency", "livemode")
    search_fields = ("object_id", "order_reference", "event_id")
    date_hierarchy = "occurred_at"


class OrderLineInline(LookOnly, TabularInline):
    """An order's lines."""

    model = OrderLineFact
    extra = 0
    can_delete = False


@admin.register(OrderFact)
class OrderFactAdmin(ReadOnlyAdmin):
    """Orders."""

    list_display = (
        "reference",
        "total_minor",
        "refunded_minor",
        *SCOPE,
        "created_at",
        "paid_at",
        "canceled_at",
    )
    list_filter = ("currency", "livemode")
    search_fields = ("reference",)
    date_hierarchy = "created_at"
    inlines = (OrderLineInline,)


@admin.register(OrderLineFact)
class OrderLineFactAdmin(ReadOnlyAdmin):
    """Order lines."""

    list_display = ("product_name", "variant_key", "quantity", "amount_minor", "order")
    list_select_related = ("order",)
    search_fields = ("product_name", "product_key", "order__reference")


@admin.register(FunnelStep)
class FunnelStepAdmin(ReadOnlyAdmin):
    """Funnel steps."""

    list_display = ("step", "subject", "customer", "at")
    list_filter = ("step",)
    search_fields = ("subject",)


@admin.register(StockMovement)
class StockMovementAdmin(ReadOnlyAdmin):
    """Stock movements."""

    list_display = ("kind", "model", "row", "field", "quantity", "order_reference", "recorded_at")
    list_filter = ("kind", "model")
    search_fields = ("row", "order_reference", "event_id")


@admin.register(DirtyDay)
class DirtyDayAdmin(ReadOnlyAdmin):
    """Days that are to be worked out again."""

    list_display = ("at", *SCOPE, "cause", "recorded_at")
    list_filter = ("cause", "currency", "livemode")
    search_fields = ("cause",)


@admin.register(DayRollup)
class DayRollupAdmin(ReadOnlyAdmin):
    """Days worked out ahead."""

    list_display = ("day", *SCOPE, "orders", "revenue_minor", "refunds_minor", "zone", "built_at")
    list_filter = ("currency", "livemode")
    search_fields = ("account",)
    date_hierarchy = "day"


@admin.register(Restatement)
class RestatementAdmin(ReadOnlyAdmin):
    """Numbers of closed days that came out otherwise."""

    list_display = ("day", "metric", "old", "new", *SCOPE, "cause", "recorded_at")
    list_filter = ("metric", "currency", "livemode")
    search_fields = ("metric", "cause")
    date_hierarchy = "day"
