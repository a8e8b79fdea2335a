"""The one class by which the host tells the package about its orders."""

from __future__ import annotations

from revenue_intel.shop import ModelShop


class Shop(ModelShop):
    order_model = "host.Order"
