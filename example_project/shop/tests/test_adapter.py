"""The shop's adapter keeps to what the package relies on, by the package's own tests for adapters."""

from __future__ import annotations

from decimal import Decimal
from itertools import count

from django.contrib.auth.models import User
from django.test import TestCase

from revenue_intel.testing.conformance import ShopConformance
from shop.models import Order, OrderLine, Product

NUMBERS = count(1)


class TestHarbourShop(ShopConformance, TestCase):
    def make_order(self) -> Order:
        """Two caps, and what it costs to send them."""
        owner, _ = User.objects.get_or_create(username="owner")
        cap = Product.objects.create(
            slug=f"cap-{next(NUMBERS)}", name="Cap", category="wear", price=Decimal("9.00"), stock=5
        )
        order = Order.objects.create(
            user=owner,
            email="owner@harbour.example",
            currency="GBP",
            subtotal=Decimal("18.00"),
            shipping=Decimal("3.95"),
            total=Decimal("21.95"),
        )
        OrderLine.objects.create(
            order=order,
            product=cap,
            name="Cap",
            quantity=2,
            unit_price=Decimal("9.00"),
            amount=Decimal("18.00"),
        )
        return order

    def owner_of(self, order: Order) -> User:
        """Who ordered."""
        return order.user

    def make_stranger(self) -> User:
        """Somebody else."""
        return User.objects.create(username="stranger")
