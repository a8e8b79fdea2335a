"""Money on the page."""

from __future__ import annotations

from decimal import Decimal
from uuid import uuid4

from django import template

register = template.Library()

SYMBOLS = {"GBP": "£", "USD": "$"}


@register.filter
def money(amount: Decimal, currency: str) -> str:
    """Write an amount with its currency: ``14.5|money:"GBP"`` is ``£14.50``."""
    return f"{SYMBOLS[currency]}{amount:,.2f}"


@register.simple_tag
def refund_key() -> str:
    """A new name for a refund: the same form sent twice is one refund."""
    return uuid4().hex


@register.filter
def price_in(article: object, currency: str) -> Decimal | None:
    """Ask a product or variant for its price in a currency."""
    price: Decimal | None = article.price_in(currency)  # type: ignore[attr-defined]
    return price
