"""The steps towards a purchase, told to revenue-intel.

A step belongs to a person, so a visitor’s steps are told once they have logged in. Products go by the key
that their order lines have too.
"""

from __future__ import annotations

from datetime import datetime

from django.contrib.auth.models import User

from revenue_intel.facts.services import record_step
from shop.models import CartLine, Order, WishlistItem


def wishlisted(item: WishlistItem) -> None:
    """Somebody put a product on their wishlist."""
    _record("wishlisted", at=item.added_at, subject=str(item.product_id), user=item.user)


def carted(line: CartLine, *, user: User) -> None:
    """Somebody put a product into their cart."""
    _record("carted", at=line.added_at, subject=str(line.product_id), user=user)


def checkout_started(order: Order) -> None:
    """Somebody went to the till."""
    _record("checkout_started", at=order.created_at, subject=order.reference, user=order.user)


def _record(step: str, *, at: datetime, subject: str, user: User) -> None:
    record_step(step=step, at=at, subject=subject, user_id=str(user.pk), email=user.email)
