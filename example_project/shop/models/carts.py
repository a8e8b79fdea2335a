"""What customers mean to buy: wishlist and cart."""

from __future__ import annotations

from decimal import Decimal

from django.conf import settings
from django.db import models
from django.utils import timezone

from shop.models.catalogue import Product, Variant

QUANTITY_MINIMUM = 1
QUANTITY_MAXIMUM = 20


class WishlistItem(models.Model):
    """A product somebody would like to have."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="wishlist")
    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="+")
    added_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-added_at", "-pk"]
        constraints = [models.UniqueConstraint(fields=["user", "product"], name="shop_wishlist_product_once")]

    def __str__(self) -> str:
        return f"{self.product} for {self.user}"


class Cart(models.Model):
    """A basket: a customer's own, or a visitor's, whose session knows its key."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="cart", null=True, blank=True
    )
    created_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"Cart {self.pk}"


class CartLine(models.Model):
    """So many of one product or variant."""

    cart = models.ForeignKey(Cart, on_delete=models.CASCADE, related_name="lines")
    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="+")
    variant = models.ForeignKey(Variant, on_delete=models.CASCADE, related_name="+", null=True, blank=True)
    quantity = models.PositiveSmallIntegerField(default=1)
    added_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["added_at", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(quantity__gte=QUANTITY_MINIMUM, quantity__lte=QUANTITY_MAXIMUM),
                name="shop_cart_line_quantity_in_bounds",
            ),
            models.UniqueConstraint(
                fields=["cart", "product"],
                condition=models.Q(variant__isnull=True),
                name="shop_cart_product_once",
            ),
            models.UniqueConstraint(
                fields=["cart", "variant"],
                condition=models.Q(variant__isnull=False),
                name="shop_cart_variant_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.label}"

    @property
    def label(self) -> str:
        """What the customer calls it."""
        return f"{self.product.name} – {self.variant.name}" if self.variant else self.product.name

    @property
    def stock(self) -> int | None:
        """Pieces on the shelf; None when the product is sold ahead of its stock."""
        if self.product.is_preorder:
            return None
        return self.variant.stock if self.variant else self.product.stock

    def price_in(self, currency: str) -> Decimal | None:
        """Today's price of one piece."""
        return self.variant.price_in(currency) if self.variant else self.product.price_in(currency)
