"""Days worked out ahead."""

from __future__ import annotations

from django.contrib import admin

from revenue_intel.admin.base import SCOPE, ReadOnlyAdmin
from revenue_intel.facts.models import (
    DirtyDay,
)
from revenue_intel.kpis.models import DayRollup, Restatement


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
