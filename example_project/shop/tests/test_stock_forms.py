"""Stock that is corrected in the admin is on the ledger, and no sale that goes on meanwhile is lost."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from revenue_intel.access.roles import Role
from revenue_intel.shop import StockLine
from revenue_intel.stock import services as stock
from revenue_intel.stock.drift import find_drift
from revenue_intel.stock.models import StockMovement
from shop.models import Product, Variant

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin(browser: Callable[..., Client], person: Callable[..., Any]) -> Client:
    """Whoever may do everything."""
    user = person(Role.ADMIN)
    user.is_staff = user.is_superuser = True
    user.save()
    client = Client()
    client.force_login(user)
    return client


def sell(row: Product | Variant, pieces: int) -> None:
    """Let an order hold some pieces."""
    line = StockLine(line_key="1", model=type(row), pk=row.pk, field="stock", quantity=pieces)
    stock.reserve(
        order_reference=f"{row.pk}-{pieces}", lines=[line], expires_at=timezone.now() + timedelta(hours=1)
    )


def open_page(client: Client, product: Product) -> dict[str, Any]:
    """Return what the page of a product would send if nothing were changed on it."""
    page = client.get(reverse("admin:shop_product_change", args=[product.pk]))
    assert 'name="initial-stock"' in page.content.decode()
    [formset] = [each.formset for each in page.context["inline_admin_formsets"]]
    sent: dict[str, Any] = {}
    for form in (page.context["adminform"].form, formset.management_form, *formset.initial_forms):
        for field in form:
            value = "" if field.value() is None else field.value()
            if value is not False:
                sent |= {field.html_name: value, field.html_initial_name: value}
    return sent


def send(client: Client, product: Product, fields: dict[str, Any]) -> Any:
    return client.post(reverse("admin:shop_product_change", args=[product.pk]), fields)


def test_a_correction_is_written_to_the_ledger_with_who_made_it(admin: Client, cap: Product) -> None:
    sell(cap, 2)

    answer = send(admin, cap, {**open_page(admin, cap), "stock": "13"})

    cap.refresh_from_db()
    assert (answer.status_code, cap.stock) == (302, 13)
    correction = StockMovement.objects.get(kind="adjust")
    assert (correction.quantity, correction.cause.split(":")[0]) == (10, "corrected by user")
    assert list(find_drift()) == []


def test_a_variant_is_corrected_beside_its_product(admin: Client, mug: Product) -> None:
    navy, coral = mug.variants.all()
    for variant in (navy, coral):
        sell(variant, 1)

    answer = send(admin, mug, {**open_page(admin, mug), "variants-1-stock": "9", "name": "Big mug"})

    assert (answer.status_code, Product.objects.get().name) == (302, "Big mug")
    assert [each.stock for each in mug.variants.all()] == [29, 9]
    assert list(find_drift()) == []


def test_a_page_whose_number_nobody_touched_keeps_the_sales_made_since(admin: Client, cap: Product) -> None:
    page = open_page(admin, cap)
    sell(cap, 2)

    send(admin, cap, {**page, "name": "Warm cap"})

    cap.refresh_from_db()
    assert (cap.name, cap.stock) == ("Warm cap", 3)
    assert list(find_drift()) == []


@pytest.mark.parametrize("lie", [{}, {"initial-stock": "abc"}, {"initial-stock": "\x00"}])
def test_a_correction_of_a_number_that_has_changed_is_refused_with_the_new_one(
    admin: Client, cap: Product, lie: dict[str, str]
) -> None:
    page = open_page(admin, cap)
    sell(cap, 2)

    answer = send(admin, cap, {**page, "name": "Warm cap", "stock": "12", **lie})

    cap.refresh_from_db()
    assert "There are 3 now." in answer.content.decode()
    assert (cap.name, cap.stock) == ("Cap", 3)
    assert list(find_drift()) == []


@pytest.mark.parametrize("number", ["-1", "abc", "", "99999999999999999999", "\x00"])
def test_a_senseless_number_gets_a_message(admin: Client, cap: Product, number: str) -> None:
    answer = send(admin, cap, {**open_page(admin, cap), "stock": number})

    cap.refresh_from_db()
    assert answer.status_code == 200
    assert answer.context["adminform"].form.errors["stock"]
    assert cap.stock == 5


def test_a_new_product_begins_with_the_stock_that_was_typed_in(admin: Client, db: None) -> None:
    fields = {
        "slug": "lamp",
        "name": "Lamp",
        "category": "home",
        "picture": "lamp",
        "price": "9.00",
        "stock": "7",
        "position": "1",
        "variants-TOTAL_FORMS": "0",
        "variants-INITIAL_FORMS": "0",
    }

    answer = admin.post(reverse("admin:shop_product_add"), fields)

    assert (answer.status_code, Product.objects.get().stock) == (302, 7)
