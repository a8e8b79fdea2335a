"""A voucher takes its part off the goods, spread over the lines so that they add up to the total to the penny."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from revenue_intel.access.roles import Role
from revenue_intel.shop import find_shop
from shop.models import CartLine, Order, Product, Variant
from shop.pricing import quote
from shop.tests.conftest import DELIVERY
from shop.tests.test_cart import put

CHECKOUT = "/checkout/"


@pytest.fixture
def client(browser: Callable[..., Client]) -> Client:
    """A customer's browser."""
    return browser(Role.CUSTOMER)


@given(st.lists(st.tuples(st.integers(1, 999_999), st.integers(1, 20)), min_size=1, max_size=8))
def test_lines_and_shipping_add_up_to_the_total_whatever_the_prices(wanted: list[tuple[int, int]]) -> None:
    lines = [
        CartLine(product=Product(name="Thing", price=Decimal(price) / 100, stock=50), quantity=quantity)
        for price, quantity in wanted
    ]
    full = quote(lines=lines, currency="GBP")
    priced = quote(lines=lines, currency="GBP", voucher=" harbour10 ")

    assert sum(line.amount for line in priced.lines) == priced.subtotal
    assert priced.subtotal + priced.shipping == priced.total
    assert priced.subtotal + priced.discount == full.subtotal
    assert Decimal(0) <= full.subtotal / 10 - priced.discount < Decimal("0.01")
    assert all(Decimal(0) <= line.amount <= line.unit_price * line.line.quantity for line in priced.lines)


@pytest.mark.django_db
def test_an_order_keeps_what_was_taken_off_and_our_books_say_the_same(
    client: Client, mug: Product, cap: Product
) -> None:
    Product.objects.filter(slug="cap").update(price=Decimal("21.99"))
    Variant.objects.filter(sku="MUG-CORAL").update(price=Decimal("15.49"))
    put(client, "mug", 1, "MUG-CORAL")
    put(client, "cap", 1)

    shown = client.get(CHECKOUT, {"voucher": "HARBOUR10"}).content.decode()
    client.post(CHECKOUT, {**DELIVERY, "voucher": "HARBOUR10", "seen_total": "37.69"})

    order = Order.objects.get()
    assert "£37.69" in shown
    assert [line.amount for line in order.lines.all()] == [Decimal("13.94"), Decimal("19.80")]
    assert (order.subtotal, order.discount, order.shipping, order.total) == (
        Decimal("33.74"),
        Decimal("3.74"),
        Decimal("3.95"),
        Decimal("37.69"),
    )
    shop = find_shop()
    assert shop is not None
    record = shop.describe(order)
    assert (record.total_minor, record.discount_minor) == (3769, 374)
    assert sum(line.amount_minor for line in record.lines) + record.shipping_minor == record.total_minor
    assert sum(line.discount_minor for line in record.lines) == record.discount_minor


@pytest.mark.django_db
@pytest.mark.parametrize("code", ["HARBOUR99", "100", "<b>", "\x00", "x" * 5000, "-10", "HARBOUR10 OR 1=1"])
def test_a_voucher_that_is_none_takes_nothing_off_and_is_said(
    client: Client, cap: Product, code: str
) -> None:
    put(client, "cap", 2)

    page = client.get(CHECKOUT, {"voucher": code})
    client.post(CHECKOUT, {**DELIVERY, "voucher": code, "seen_total": "44.00"})

    assert page.status_code == 200
    assert "There is no such voucher." in page.content.decode()
    assert (Order.objects.get().discount, Order.objects.get().total) == (Decimal(0), Decimal("44.00"))


@pytest.mark.django_db
def test_a_voucher_is_not_taken_unless_its_total_was_seen(client: Client, cap: Product) -> None:
    put(client, "cap", 2)

    answer = client.post(CHECKOUT, {**DELIVERY, "voucher": "HARBOUR10", "seen_total": "44.00"})

    assert answer.status_code == 400
    assert not Order.objects.exists()


@pytest.mark.django_db
def test_the_page_of_the_order_says_what_was_taken_off(client: Client, cap: Product) -> None:
    put(client, "cap", 2)
    client.post(CHECKOUT, {**DELIVERY, "voucher": "HARBOUR10", "seen_total": "43.55"})

    page = client.get(reverse("shop:order", args=[Order.objects.get().reference])).content.decode()

    assert "£4.40" in page
    assert "£43.55" in page
