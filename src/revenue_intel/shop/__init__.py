"""The seam: what a host tells us about its shop, through one adapter class."""

from __future__ import annotations

from revenue_intel.shop.adapter import ShopAdapter, find_shop
from revenue_intel.shop.model_shop import ModelShop
from revenue_intel.shop.records import (
    LineRecord,
    OrderRecord,
    OrderState,
    PaidOrder,
    StockLine,
    StockRow,
)

__all__ = [
    "LineRecord",
    "ModelShop",
    "OrderRecord",
    "OrderState",
    "PaidOrder",
    "ShopAdapter",
    "StockLine",
    "StockRow",
    "find_shop",
]
