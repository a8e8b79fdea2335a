"""The shop's models, by topic."""

from __future__ import annotations

from shop.models.carts import Cart, CartLine, WishlistItem
from shop.models.catalogue import Currency, Product, Variant
from shop.models.orders import Order, OrderLine

__all__ = ["Cart", "CartLine", "Currency", "Order", "OrderLine", "Product", "Variant", "WishlistItem"]
