"""What the header and footer of every page need."""

from __future__ import annotations

from functools import cache
from typing import Any

from django.http import HttpRequest

from revenue_intel.access.policy import may
from shop import carts
from shop.access import OPERATE_ORDERS, SEE_ISSUES, SEE_ORDERS
from shop.currency import current_currency
from shop.models import Currency


def shop(request: HttpRequest) -> dict[str, Any]:
    """Currency, size of the basket, and which staff links to show."""
    user = request.user
    return {
        "currency": current_currency(request),
        "currencies": Currency.choices,
        "cart_pieces": cache(
            lambda: carts.count_pieces(carts.find_cart(request))
        ),  # counted when first asked
        "may_see_orders": may(user, SEE_ORDERS),
        "may_operate_orders": may(user, OPERATE_ORDERS),
        "may_see_issues": may(user, SEE_ISSUES),
    }
