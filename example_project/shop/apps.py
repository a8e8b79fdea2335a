"""App configuration of the shop."""

from __future__ import annotations

from django.apps import AppConfig


class ShopConfig(AppConfig):
    """The shop; a cart filled before logging in follows its owner."""

    name = "shop"
    verbose_name = "Harbour Goods"

    def ready(self) -> None:
        """Connect the log-in signal."""
        from shop import signals  # noqa: F401
