"""Django's admin for the shop. Orders are read here; they change by payments and by the staff pages."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from revenue_intel.audit.services import actor_of
from shop.models import Order, OrderLine, Product, Variant
from shop.stock_forms import StockForm

LINE_FIELDS = ("name", "variant_name", "quantity", "unit_price", "amount")


class VariantInline(admin.TabularInline):
    """The options of a product, on its page."""

    model = Variant
    form = StockForm
    extra = 0


@admin.register(Product)
class ProductAdmin(admin.ModelAdmin):
    """The catalogue. What is typed in as stock of a product or variant that is there is a correction on the ledger."""

    form = StockForm
    list_display = ["name", "category", "price", "price_usd", "stock", "is_preorder", "is_active"]
    list_filter = ["is_active", "is_preorder", "category"]
    search_fields = ["name", "description"]
    prepopulated_fields = {"slug": ["name"]}
    inlines = [VariantInline]

    def save_model(self, request: HttpRequest, obj: Any, form: StockForm, change: bool) -> None:
        """Correct the product's stock, then save the rest."""
        form.correct(by=actor_of(request.user))
        super().save_model(request, obj, form, change)

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        """Correct the stock of the variants, then save the rest."""
        for each in formset.initial_forms:
            if each not in formset.deleted_forms:
                each.correct(by=actor_of(request.user))
        super().save_formset(request, form, formset, change)


class OrderLineInline(admin.TabularInline):
    """What was bought, on the order's page."""

    model = OrderLine
    fields = LINE_FIELDS
    readonly_fields = LINE_FIELDS
    extra = 0
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """An order keeps the lines it was placed with."""
        return False


@admin.register(Order)
class OrderAdmin(admin.ModelAdmin):
    """All orders, to look at."""

    list_display = ["reference", "email", "status", "total", "currency", "created_at", "paid_at"]
    list_filter = ["status", "currency"]
    search_fields = ["reference", "email"]
    date_hierarchy = "created_at"
    inlines = [OrderLineInline]

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Orders come from the checkout."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Order | None = None) -> bool:
        """A state has consequences in money and stock, so it is not typed in by hand."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Order | None = None) -> bool:
        """An order is canceled, not deleted."""
        return False
