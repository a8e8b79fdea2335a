"""What can go wrong for a customer; the message is written for them."""

from __future__ import annotations


class ShopError(Exception):
    """A wish the shop cannot grant; ``str(error)`` is shown to the customer."""
