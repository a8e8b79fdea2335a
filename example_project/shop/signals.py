"""What the shop does when somebody logs in."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import User
from django.contrib.auth.signals import user_logged_in
from django.dispatch import receiver
from django.http import HttpRequest

from shop import carts


@receiver(user_logged_in, dispatch_uid="shop.claim_cart")
def claim_cart(sender: type[User], request: HttpRequest, user: User, **kwargs: Any) -> None:
    """Bring what the visitor put in the basket before logging in into their own basket."""
    carts.claim(request=request, user=user)
