"""What the shop sells: products and their variants, each with a stock of its own."""

from __future__ import annotations

from decimal import Decimal

from django.core.validators import MinValueValidator
from django.db import models
from django.urls import reverse

PRICE_MINIMUM = Decimal("0.01")


class Currency(models.TextChoices):
    """The currencies a customer can pay in."""

    GBP = "GBP", "£ GBP"
    USD = "USD", "$ USD"


def price_field(verbose_name: str, *, optional: bool = False) -> models.DecimalField:  # type: ignore[type-arg]
    """Declare a price: two decimals, at least a penny."""
    return models.DecimalField(
        verbose_name,
        max_digits=8,
        decimal_places=2,
        null=optional,
        blank=optional,
        validators=[MinValueValidator(PRICE_MINIMUM)],
    )


class ProductQuerySet(models.QuerySet["Product"]):
    """Ways to look at the catalogue."""

    def on_sale(self) -> ProductQuerySet:
        """Only what customers may see."""
        return self.filter(is_active=True)

    def matching(self, words: str) -> ProductQuerySet:
        """Products that have every word in their name or description."""
        found = self
        for word in words.split():
            found = found.filter(models.Q(name__icontains=word) | models.Q(description__icontains=word))
        return found


class Product(models.Model):
    """One article of the catalogue."""

    class Category(models.TextChoices):
        KITCHEN = "kitchen", "Kitchen"
        WALL = "wall", "Wall"
        WEAR = "wear", "Wear"
        DESK = "desk", "Desk & shelf"
        HOME = "home", "Home"

    slug = models.SlugField(unique=True, max_length=60)
    name = models.CharField(max_length=120)
    description = models.TextField(blank=True)
    category = models.CharField(max_length=20, choices=Category)
    picture = models.SlugField(
        max_length=40, default="parcel", help_text="Name of a drawing in static/shop/img, without .svg."
    )
    price = price_field("price in GBP")
    price_usd = price_field("price in USD", optional=True)
    stock = models.PositiveIntegerField(
        default=0, help_text="Pieces on the shelf, for products without variants."
    )
    is_preorder = models.BooleanField(
        "pre-order", default=False, help_text="Sold before it exists: no stock is taken."
    )
    is_active = models.BooleanField("on sale", default=True)
    position = models.PositiveSmallIntegerField(
        default=100, help_text="Place in the shop window; the smallest is first."
    )

    objects = ProductQuerySet.as_manager()

    class Meta:
        ordering = ["position", "name", "pk"]
        indexes = [models.Index(fields=["is_active", "position", "name"], name="shop_product_on_sale")]
        constraints = [
            models.CheckConstraint(condition=models.Q(stock__gte=0), name="shop_product_stock_not_negative"),
            models.CheckConstraint(condition=models.Q(price__gt=0), name="shop_product_price_positive"),
            models.CheckConstraint(
                condition=models.Q(price_usd__isnull=True) | models.Q(price_usd__gt=0),
                name="shop_product_price_usd_positive",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        """The product's page."""
        return reverse("shop:product", args=[self.slug])

    def price_in(self, currency: str) -> Decimal | None:
        """The price in a currency, or None where the product is not sold in it."""
        price: Decimal | None = self.price_usd if currency == Currency.USD else self.price
        return price


class Variant(models.Model):
    """A size or colour of a product: own code, own stock, and a price of its own where it differs."""

    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="variants")
    name = models.CharField(max_length=60)
    sku = models.SlugField("SKU", unique=True, max_length=40)
    price = price_field("price in GBP, if it differs", optional=True)
    price_usd = price_field("price in USD, if it differs", optional=True)
    stock = models.PositiveIntegerField(default=0)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["product", "name"], name="shop_variant_name_once_a_product"),
            models.CheckConstraint(condition=models.Q(stock__gte=0), name="shop_variant_stock_not_negative"),
            models.CheckConstraint(
                condition=models.Q(price__isnull=True) | models.Q(price__gt=0),
                name="shop_variant_price_positive",
            ),
            models.CheckConstraint(
                condition=models.Q(price_usd__isnull=True) | models.Q(price_usd__gt=0),
                name="shop_variant_price_usd_positive",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.sku})"

    def price_in(self, currency: str) -> Decimal | None:
        """The price in a currency: the variant's own, else the product's."""
        own = self.price_usd if currency == Currency.USD else self.price
        return own if own is not None else self.product.price_in(currency)
