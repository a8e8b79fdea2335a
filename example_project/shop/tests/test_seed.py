"""Seeding fills the shop once, gives every user their role, and leaves no known password outside the demo."""

from __future__ import annotations

from io import StringIO
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.contrib.staticfiles.finders import find
from django.core.management import CommandError, call_command

from revenue_intel.access.policy import role_of
from revenue_intel.access.roles import Role, sync_roles
from shop.management.commands import seed_shop
from shop.models import Product, Variant
from shop.seed_data import PRODUCTS

pytestmark = pytest.mark.django_db


def seed() -> str:
    """Run the command and return what it prints."""
    output = StringIO()
    call_command("seed_shop", stdout=output)
    return output.getvalue()


def test_every_user_has_their_role() -> None:
    seed()

    assert {user.username: role_of(user).value for user in User.objects.all()} == {
        name: name for name in ("admin", "ops", "analyst", "customer")
    }


def test_a_second_run_changes_nothing() -> None:
    seed()
    Variant.objects.filter(sku="MUG-NAVY").update(stock=7)
    before = [list(model.objects.order_by("pk").values()) for model in (Product, Variant, User)]

    printed = seed()

    assert [list(model.objects.order_by("pk").values()) for model in (Product, Variant, User)] == before
    assert f"{len(PRODUCTS)} products, 0 of them new." in printed


def test_the_demo_has_fixed_passwords(settings: Any) -> None:
    settings.DEBUG = True

    seed()

    assert User.objects.get(username="ops").check_password("ops-demo")


def test_outside_the_demo_passwords_are_random_and_printed_once() -> None:
    printed = seed()

    user = User.objects.get(username="admin")
    assert not user.check_password("admin-demo")
    line = next(line for line in printed.splitlines() if line.startswith("admin"))
    assert user.check_password(line.split()[-1])
    assert line.split()[-1] not in seed()


def test_a_user_with_another_role_fails_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    groups = sync_roles()
    monkeypatch.setattr(seed_shop, "sync_roles", lambda: {**groups, Role.OPS: groups[Role.ANALYST]})

    with pytest.raises(CommandError, match="'ops' should have the role 'ops' but has 'analyst'"):
        seed()


def test_every_picture_is_drawn() -> None:
    assert all(find(f"shop/img/{product.picture}.svg") for product in PRODUCTS)
