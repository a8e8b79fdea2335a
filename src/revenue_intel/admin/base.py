"""What every page of the admin has: it shows, and changes nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest

from revenue_intel.facts.models import (
    OrderFact,
    OrderLineFact,
)

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
