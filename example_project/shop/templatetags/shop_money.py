"""Money on the page."""

from __future__ import annotations

from decimal import Decimal

from django import template

register = template.Library()

SYMBOLS = {"GBP": "£", "USD": "$"}


@register.filter
def money(amount: Decimal, currency: str) -> str:
    """Write an amount with its currency: ``14.5|money:"GBP"`` is ``£14.50``."""
    return f"{SYMBOLS[currency]}{amount:,.2f}"


@register.filter
def price_in(article: object, currency: str) -> Decimal | None:
    """Ask a product or variant for its price in a currency."""
    price: Decimal | None = article.price_in(currency)  # type: ignore[attr-defined]
    return price
