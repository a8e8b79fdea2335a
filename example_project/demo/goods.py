"""What there is to buy, read from the shop's shelves."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from shop.models import Product, Variant


@dataclass(frozen=True, kw_only=True)
class Article:
    """A product, or one variant of it."""

    product_id: int
    variant_id: int | None
    name: str
    variant_name: str
    prices: dict[str, Decimal | None]
    is_preorder: bool
    popularity: float


def read_articles() -> list[Article]:
    """Return everything on sale; cheap things sell more often than dear ones."""
    articles = []
    for product in Product.objects.on_sale().prefetch_related("variants").order_by("pk"):
        variants: list[Variant | None] = list(product.variants.order_by("pk")) or [None]
        for variant in variants:
            priced = variant or product
            articles.append(
                Article(
                    product_id=product.pk,
                    variant_id=variant.pk if variant else None,
                    name=product.name,
                    variant_name=variant.name if variant else "",
                    prices={currency: priced.price_in(currency) for currency in ("GBP", "USD")},
                    is_preorder=product.is_preorder,
                    popularity=float(product.price) ** -0.7 / len(variants),
                )
            )
    return articles
