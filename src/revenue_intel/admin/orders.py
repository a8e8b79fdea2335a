"""Orders and their stock."""

from __future__ import annotations

from django.contrib import admin

from revenue_intel.admin.base import SCOPE, LookOnly, ReadOnlyAdmin, TabularInline
from revenue_intel.facts.models import (
    OrderFact,
    OrderLineFact,
)
from revenue_intel.stock.models import StockMovement, StockReservation


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


@admin.register(StockMovement)
class StockMovementAdmin(ReadOnlyAdmin):
    """Stock movements."""

    list_display = ("kind", "model", "row", "field", "quantity", "held", "order_reference", "recorded_at")
    list_filter = ("kind", "model")
    search_fields = ("row", "order_reference", "event_id")


@admin.register(StockReservation)
class StockReservationAdmin(ReadOnlyAdmin):
    """Orders that hold stock."""

    list_display = ("order_reference", "expires_at")
    search_fields = ("order_reference",)
    date_hierarchy = "expires_at"
