"""What was bought: orders and their lines."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from django.db import models
from django.db.models import Q

from revenue_intel.facts.models.people import Customer
from revenue_intel.facts.models.scope import MoneyScope
from revenue_intel.facts.models.versions import SCOPE, OrderVersion, Versioned


class OrderFact(Versioned, MoneyScope):
    """An order as far as money knows it. ``paid_at`` is the instant it was paid, by Stripe's evidence.

    ``disputed_at`` is when the oldest dispute that stands against it was opened; None while none does.
    """

    reference = models.CharField(max_length=255, unique=True)
    customer = models.ForeignKey(
        Customer, on_delete=models.PROTECT, null=True, db_index=False, related_name="orders"
    )
    total_minor = models.BigIntegerField()
    discount_minor = models.BigIntegerField(default=0)
    tax_minor = models.BigIntegerField(default=0)
    shipping_minor = models.BigIntegerField(default=0)
    refunded_minor = models.BigIntegerField(default=0)
    checkout_session = models.CharField(max_length=255, blank=True)
    created_at = models.DateTimeField()
    paid_at = models.DateTimeField(null=True)
    unfulfillable_at = models.DateTimeField(null=True)
    canceled_at = models.DateTimeField(null=True)
    fulfilled_at = models.DateTimeField(null=True)
    disputed_at = models.DateTimeField(null=True)

    counted = (
        *SCOPE, "customer_id", "total_minor", "discount_minor", "tax_minor", "shipping_minor", "refunded_minor",
        "created_at", "paid_at",
    )  # fmt: skip
    version_model = OrderVersion
    version_key = "order_id"

    class Meta:
        app_label = "revenue_intel"
        indexes: ClassVar[list[models.Index]] = [
            models.Index(
                fields=["currency", "livemode", "account", "paid_at", "total_minor", "customer"],
                condition=Q(paid_at__isnull=False),
                name="revint_order_paid",
            ),
            # All that is asked of a customer's past: no order itself is looked up for it.
            models.Index(
                fields=["customer", "paid_at", "currency", "livemode", "account", "id"],
                name="revint_order_customer",
            ),
        ]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=Q(refunded_minor__gte=0), name="revint_order_refunded_gte_0")
        ]

    @classmethod
    def counts(cls, values: Mapping[str, Any]) -> bool:
        """Count paid orders."""
        return values["paid_at"] is not None

    def __str__(self) -> str:
        """Name the order."""
        return self.reference


class OrderLineFact(models.Model):
    """One line of an order; its product's history outlives the product."""

    order = models.ForeignKey(OrderFact, on_delete=models.CASCADE, related_name="lines")
    line_key = models.CharField(max_length=255)
    product_key = models.CharField(max_length=255)
    product_name = models.CharField(max_length=255)
    variant_key = models.CharField(max_length=255, blank=True)
    quantity = models.IntegerField()
    unit_amount_minor = models.BigIntegerField()
    amount_minor = models.BigIntegerField()
    discount_minor = models.BigIntegerField(default=0)

    class Meta:
        app_label = "revenue_intel"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["order", "line_key"], name="revint_line_once")
        ]

    def __str__(self) -> str:
        """Say what was bought."""
        return f"{self.quantity} × {self.product_name}"
