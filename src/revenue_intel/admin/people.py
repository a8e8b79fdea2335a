"""Customers, and what they did before they bought."""

from __future__ import annotations

from django.contrib import admin

from revenue_intel.admin.base import ReadOnlyAdmin
from revenue_intel.facts.models import (
    Customer,
    CustomerLink,
    ErasedName,
    FunnelStep,
)


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


@admin.register(ErasedName)
class ErasedNameAdmin(ReadOnlyAdmin):
    """Names of people who were forgotten, as digests."""

    list_display = ("digest", "kind", "customer", "recorded_at")
    list_filter = ("kind",)
    search_fields = ("digest",)


@admin.register(FunnelStep)
class FunnelStepAdmin(ReadOnlyAdmin):
    """Funnel steps."""

    list_display = ("step", "subject", "customer", "at")
    list_filter = ("step",)
    search_fields = ("subject",)
