"""A shop with a few goods, and people."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from revenue_intel.access.roles import Role, sync_roles
from shop.models import Order, OrderLine, Product, Variant

DELIVERY = {
    "name": "Cleo Harbour",
    "address": "1 Quay Street",
    "city": "Hythe",
    "postcode": "CT21 1AA",
    "country": "United Kingdom",
}


@pytest.fixture(autouse=True)
def quick_and_plain(settings: Any) -> None:
    """Hash passwords quickly; answer errors with the shop's own pages."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.DEBUG = False


@pytest.fixture
def mug(db: None) -> Product:
    """Two colours; the coral one is nearly gone."""
    product = Product.objects.create(
        slug="mug", name="Mug", category="kitchen", price=Decimal("14.00"), price_usd=Decimal("18.00")
    )
    Variant.objects.create(product=product, name="Navy", sku="MUG-NAVY", stock=30)
    Variant.objects.create(product=product, name="Coral", sku="MUG-CORAL", stock=2, price=Decimal("15.50"))
    return product


@pytest.fixture
def cap(db: None) -> Product:
    """No options."""
    return Product.objects.create(
        slug="cap", name="Cap", category="wear", price=Decimal("22.00"), price_usd=Decimal("29.00"), stock=5
    )


@pytest.fixture
def chart(db: None) -> Product:
    """Sold in pounds only."""
    return Product.objects.create(
        slug="chart", name="Chart", category="wall", price=Decimal("45.00"), stock=9
    )


@pytest.fixture
def almanac(db: None) -> Product:
    """A pre-order: sold with nothing on the shelf."""
    return Product.objects.create(
        slug="almanac",
        name="Almanac",
        category="desk",
        price=Decimal("32.00"),
        price_usd=Decimal("42.00"),
        is_preorder=True,
    )


@pytest.fixture
def person(db: None) -> Callable[[Role], User]:
    """Make a user with a role."""

    def make(role: Role = Role.CUSTOMER, name: str = "") -> User:
        groups = sync_roles()
        name = name or role.value
        user = User.objects.create_user(name, email=f"{name}@harbour.example", password="ropeladder9")
        if role in groups:
            user.groups.add(groups[role])
        return user

    return make


@pytest.fixture
def browser(person: Callable[..., User]) -> Callable[..., Client]:
    """Make a client that is logged in with a role."""

    def make(role: Role = Role.CUSTOMER, name: str = "") -> Client:
        client = Client()
        if role is not Role.ANONYMOUS:
            client.force_login(person(role, name))
        return client

    return make


@pytest.fixture
def order(person: Callable[..., User], cap: Product) -> Order:
    """A pending order of somebody else's: two caps."""
    owner = person(Role.CUSTOMER, "owner")
    made = Order.objects.create(
        user=owner,
        email=owner.email,
        currency="GBP",
        subtotal=Decimal("44.00"),
        total=Decimal("44.00"),
        **DELIVERY,
    )
    OrderLine.objects.create(
        order=made, product=cap, name="Cap", quantity=2, unit_price=Decimal("22.00"), amount=Decimal("44.00")
    )
    return made
