"""Events, issues and the audit log."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest

from revenue_intel.admin.base import ReadOnlyAdmin
from revenue_intel.audit.models import AuditEvent
from revenue_intel.issues.models import Issue
from revenue_intel.webhooks.models import EventFailure, EventWatermark, StripeEvent


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
        "next_attempt_at",
        "dead_at",
    )
    list_filter = ("outcome", ("dead_at", admin.EmptyFieldListFilter), "livemode", "source", "type")
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


@admin.register(EventWatermark)
class EventWatermarkAdmin(ReadOnlyAdmin):
    """How far Stripe's list of events has been compared with ours."""

    list_display = ("account", "livemode", "checked_until")


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
