"""What customers have bought: orders with their lines, priced once and for all."""

from __future__ import annotations

import secrets

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils import timezone

from shop.models.catalogue import Currency, Product, Variant

# No I, L, O, U, 0, 1: a reference is read out over the telephone.
REFERENCE_ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"


def new_reference() -> str:
    """Make an order reference such as ``HG-7K3MQ-9TXV2``; it cannot be guessed."""
    letters = [secrets.choice(REFERENCE_ALPHABET) for _ in range(10)]
    return f"HG-{''.join(letters[:5])}-{''.join(letters[5:])}"


class Order(models.Model):
    """One order of one customer."""

    class Status(models.TextChoices):
        PENDING = "pending", "Awaiting payment"
        PAID = "paid", "Paid"
        PAID_UNFULFILLABLE = "paid_unfulfillable", "Paid, out of stock"
        PARTIALLY_REFUNDED = "partially_refunded", "Partly refunded"
        REFUNDED = "refunded", "Refunded"
        DISPUTED = "disputed", "Disputed"
        CANCELED = "canceled", "Canceled"
        FULFILLED = "fulfilled", "Dispatched"

    reference = models.SlugField(unique=True, max_length=40, default=new_reference, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="orders")
    email = models.EmailField()
    status = models.CharField(max_length=30, choices=Status, default=Status.PENDING)
    currency = models.CharField(max_length=3, choices=Currency)
    # Of the lines as they are paid; what a voucher took off is told beside it.
    subtotal = models.DecimalField(max_digits=10, decimal_places=2)
    discount = models.DecimalField(max_digits=10, decimal_places=2, default=0)
    shipping = models.DecimalField(max_digits=10, decimal_places=2, default=0)
    total = models.DecimalField(max_digits=10, decimal_places=2)

    name = models.CharField("full name", max_length=120, blank=True)
    address = models.CharField(max_length=200, blank=True)
    city = models.CharField("town or city", max_length=80, blank=True)
    postcode = models.CharField("postcode or ZIP", max_length=16, blank=True)
    country = models.CharField(max_length=60, blank=True)

    created_at = models.DateTimeField(default=timezone.now)
    updated_at = models.DateTimeField(auto_now=True)
    paid_at = models.DateTimeField(null=True, blank=True)
    canceled_at = models.DateTimeField(null=True, blank=True)
    fulfilled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at", "-pk"]
        indexes = [
            models.Index(fields=["status", "-created_at"], name="shop_order_by_status"),
            models.Index(fields=["-created_at"], name="shop_order_by_age"),
            models.Index(fields=["updated_at"], name="shop_order_by_change"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(subtotal__gte=0), name="shop_order_subtotal_not_negative"
            ),
            models.CheckConstraint(
                condition=models.Q(discount__gte=0), name="shop_order_discount_not_negative"
            ),
            models.CheckConstraint(
                condition=models.Q(shipping__gte=0), name="shop_order_shipping_not_negative"
            ),
            models.CheckConstraint(
                condition=models.Q(total__gte=models.F("subtotal")), name="shop_order_total_covers_subtotal"
            ),
        ]

    def __str__(self) -> str:
        return self.reference

    def get_absolute_url(self) -> str:
        """The page its owner sees."""
        return reverse("shop:order", args=[self.reference])

    @property
    def can_be_paid(self) -> bool:
        """Whether the *Pay* button makes sense."""
        return self.status == self.Status.PENDING

    @property
    def can_be_canceled(self) -> bool:
        """Whether staff may cancel it: only while nothing has been paid."""
        return self.status == self.Status.PENDING

    @property
    def can_be_fulfilled(self) -> bool:
        """Whether staff may dispatch it."""
        return self.status == self.Status.PAID

    @property
    def can_be_refunded(self) -> bool:
        """Whether there is money that staff may give back."""
        status = self.Status
        return self.status in (
            status.PAID,
            status.PAID_UNFULFILLABLE,
            status.PARTIALLY_REFUNDED,
            status.FULFILLED,
        )


class OrderLine(models.Model):
    """One position of an order, with the name and price of that day."""

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="lines")
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="+")
    variant = models.ForeignKey(Variant, on_delete=models.PROTECT, related_name="+", null=True, blank=True)
    name = models.CharField("product name", max_length=120)
    variant_name = models.CharField(max_length=60, blank=True)
    quantity = models.PositiveSmallIntegerField()
    unit_price = models.DecimalField(max_digits=8, decimal_places=2)
    amount = models.DecimalField(max_digits=10, decimal_places=2)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(quantity__gt=0), name="shop_order_line_quantity_positive"
            ),
            models.CheckConstraint(
                condition=models.Q(unit_price__gt=0), name="shop_order_line_price_positive"
            ),
            models.CheckConstraint(
                condition=models.Q(amount__gte=0), name="shop_order_line_amount_not_negative"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.label}"

    @property
    def label(self) -> str:
        """What the customer calls it."""
        return f"{self.name} – {self.variant_name}" if self.variant_name else self.name
