"""The adapter: six questions that a host answers about its orders, and a seventh where it has old ones."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable
from datetime import datetime
from typing import Any, ClassVar, Literal

from django.utils.module_loading import import_string

from revenue_intel.conf import settings as conf
from revenue_intel.exceptions import ConfigurationError
from revenue_intel.shop.records import OrderRecord, OrderState, PaidOrder, StockLine


class ShopAdapter(ABC):
    """Answers for one shop. Subclass :class:`~revenue_intel.shop.ModelShop` for ordinary models."""

    #: True: stock is written by your model's ``save()``, so that its signals are sent. False: past both, quicker.
    stock_uses_save: ClassVar[bool] = False
    #: Whether goods go back to the shelf: never, when an order is refunded in full before it was sent, or at any time.
    restock_policy: ClassVar[Literal["never", "on_cancel", "on_full_refund"]] = "never"

    @abstractmethod
    def find_order(self, reference: str, *, lock: bool = False) -> Any | None:
        """Return the order with that reference, or None; ``lock`` holds its row until the transaction ends."""

    @abstractmethod
    def describe(self, order: Any) -> OrderRecord:
        """Describe the order and its lines."""

    @abstractmethod
    def stock_lines(self, order: Any) -> list[StockLine]:
        """Say which stock rows the order's lines take from; a line without stock has none."""

    @abstractmethod
    def write_state(self, order: Any, state: OrderState, *, at: datetime) -> None:
        """Write a new state to the order; ``at`` is the instant at which it came about."""

    @abstractmethod
    def may_view(self, user: Any, order: Any) -> bool:
        """Say whether this user owns the order."""

    @abstractmethod
    def orders_changed_since(self, since: datetime | None) -> Iterable[Any]:
        """Return the orders changed since an instant (None: all), oldest change first."""

    def paid_orders(self, *, since: datetime | None, until: datetime) -> Iterable[PaidOrder]:
        """Return every order ever paid, whatever became of it, oldest payment first: only ``revenue_backfill`` asks.

        Args:
            since: paid then or later; None: all.
            until: paid before then.

        Raises:
            ConfigurationError: the adapter cannot say.
        """
        raise ConfigurationError(
            f"{type(self).__name__} does not say which orders are paid: give it the method paid_orders."
        )


def find_shop() -> ShopAdapter | None:
    """Return the host's adapter, or None where none is configured.

    Raises:
        ConfigurationError: ``REVENUE_INTEL_SHOP`` names nothing that can be imported, or no adapter.
    """
    path = conf.SHOP
    if not path:
        return None
    try:
        adapter = import_string(path)
    except ImportError as error:
        raise ConfigurationError(f"REVENUE_INTEL_SHOP: cannot import {path!r}: {error}") from error
    if not (isinstance(adapter, type) and issubclass(adapter, ShopAdapter)):
        raise ConfigurationError(f"REVENUE_INTEL_SHOP: {path!r} is not a subclass of ShopAdapter.")
    return adapter()
