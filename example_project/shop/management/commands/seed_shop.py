"""Fill the shop: goods, roles, and one user a role."""

from __future__ import annotations

import secrets
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from revenue_intel.access.policy import role_of
from revenue_intel.access.roles import Role, sync_roles
from shop.models import Product, Variant
from shop.seed_data import PRODUCTS, ProductSeed, decimal_or_none

USERS = {
    Role.ADMIN: ("admin", "Ada Mole"),
    Role.OPS: ("ops", "Otis Quay"),
    Role.ANALYST: ("analyst", "Anna Lytt"),
    Role.CUSTOMER: ("customer", "Cleo Harbour"),
}


def demo_password(username: str) -> str:
    """The password of a demo user; only ever set while ``DEBUG`` is on."""
    return f"{username}-demo"


class Command(BaseCommand):
    """Seed the example shop."""

    help = (
        "Put the goods on the shelves, make the roles and one user for each: admin, ops, analyst, customer. "
        "Safe to repeat: goods and users that exist keep their stock and password. "
        "With DEBUG on, the passwords are <user>-demo; otherwise they are random and printed once."
    )

    @transaction.atomic
    def handle(self, *args: Any, **options: Any) -> None:
        """Seed, then prove that everyone has the role they were meant to have."""
        added = sum(_put_on_shelf(seed, position) for position, seed in enumerate(PRODUCTS))
        self.stdout.write(f"{len(PRODUCTS)} products, {added} of them new.")
        groups = sync_roles()
        for role, (username, full_name) in USERS.items():
            user, password = _make_user(username, full_name, role)
            if role in groups:
                user.groups.add(groups[role])
            self.stdout.write(f"{role.value:<9} {username:<9} {password or '(exists; password unchanged)'}")
        _assert_roles()
        self.stdout.write(self.style.SUCCESS("Every user has their role."))


def _put_on_shelf(seed: ProductSeed, position: int) -> bool:
    described = {
        "name": seed.name,
        "description": seed.description,
        "category": seed.category,
        "picture": seed.picture,
        "price": Decimal(seed.price),
        "price_usd": decimal_or_none(seed.price_usd),
        "is_preorder": seed.is_preorder,
        "position": position,
    }
    product, created = Product.objects.update_or_create(
        slug=seed.slug, defaults=described, create_defaults={**described, "stock": seed.stock}
    )
    for place, option in enumerate(seed.variants):
        defaults = {
            "product": product,
            "name": option.name,
            "price": decimal_or_none(option.price),
            "price_usd": decimal_or_none(option.price_usd),
            "position": place,
        }
        Variant.objects.update_or_create(
            sku=option.sku, defaults=defaults, create_defaults={**defaults, "stock": option.stock}
        )
    return created


def _make_user(username: str, full_name: str, role: Role) -> tuple[User, str]:
    """Return the user, and their password if they are new."""
    first_name, last_name = full_name.split(" ", 1)
    is_admin = role is Role.ADMIN
    user, created = User.objects.get_or_create(
        username=username,
        defaults={
            "email": f"{username}@harbour.example",
            "first_name": first_name,
            "last_name": last_name,
            "is_staff": is_admin,
            "is_superuser": is_admin,
        },
    )
    if not created:
        return user, ""
    password = demo_password(username) if settings.DEBUG else secrets.token_urlsafe(16)
    user.set_password(password)
    user.save(update_fields=["password"])
    return user, password


def _assert_roles() -> None:
    """Ask the policy itself, about users read afresh.

    Raises:
        CommandError: somebody has another role than intended; nothing of the seeding is kept.
    """
    for role, (username, _) in USERS.items():
        actual = role_of(User.objects.get(username=username))
        if actual is not role:
            raise CommandError(
                f"User {username!r} should have the role {role.value!r} but has {actual.value!r}."
            )
