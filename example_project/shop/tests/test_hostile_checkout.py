"""What a form says of prices, quantities, currencies and other people's things is never believed."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from revenue_intel.access.roles import Role
from shop.models import Cart, CartLine, Order, OrderLine, Product
from shop.tests.conftest import DELIVERY
from shop.tests.test_cart import contents, put

pytestmark = pytest.mark.django_db
CHECKOUT = "/checkout/"
STAFF = "/staff/orders/"


@pytest.fixture
def client(browser: Callable[..., Client]) -> Client:
    """A customer's browser."""
    return browser(Role.CUSTOMER)


@pytest.mark.parametrize(
    "lie",
    [
        {"price": "0.01", "unit_price": "0.01", "amount": "0.01", "subtotal": "0.01", "total": "0.01"},
        {"quantity": "-2", "lines-0-quantity": "1"},
        {"discount": "44.00", "shipping": "-44.00"},
        {"currency": "JPY"},
        {"user": "1", "email": "eve@harbour.example", "status": "paid", "paid_at": "2026-01-01"},
        {"reference": "HG-AAAAA-AAAAA", "cart": "1", "id": "1"},
    ],
    ids=lambda lie: next(iter(lie)),
)
def test_a_form_that_lies_makes_the_order_of_the_database(
    client: Client, cap: Product, lie: dict[str, str]
) -> None:
    put(client, "cap", 2)

    client.post(CHECKOUT, {**DELIVERY, "seen_total": "44.00", **lie})

    order = Order.objects.get()
    assert (order.currency, order.total, order.discount, order.shipping) == (
        "GBP",
        Decimal("44.00"),
        Decimal(0),
        Decimal(0),
    )
    assert (order.status, order.paid_at, order.email) == ("pending", None, "customer@harbour.example")
    assert order.reference != "HG-AAAAA-AAAAA"
    assert list(order.lines.values_list("quantity", "amount")) == [(2, Decimal("44.00"))]


@pytest.mark.parametrize("currency", ["JPY", "gbp", "", "GBPGBP", "\x00", "1"])
def test_a_currency_that_the_shop_does_not_take_changes_nothing(
    client: Client, cap: Product, currency: str
) -> None:
    client.post(reverse("shop:currency"), {"currency": currency})
    put(client, "cap", 2)

    client.post(CHECKOUT, {**DELIVERY, "seen_total": "44.00"})

    assert (Order.objects.get().currency, Order.objects.get().total) == ("GBP", Decimal("44.00"))


def test_the_currency_cannot_change_between_the_page_and_the_button(client: Client, cap: Product) -> None:
    put(client, "cap", 2)
    client.get(CHECKOUT)
    client.post(reverse("shop:currency"), {"currency": "USD"})

    assert client.post(CHECKOUT, {**DELIVERY, "seen_total": "44.00"}).status_code == 400
    assert not Order.objects.exists()


@pytest.mark.parametrize("quantity", ["-1", "0", "21", "999999999999999999999", "1e3", "NaN", "٣٣", " "])
def test_a_line_is_not_changed_to_a_senseless_quantity(client: Client, cap: Product, quantity: str) -> None:
    put(client, "cap", 2)
    line = CartLine.objects.get()

    answer = client.post(reverse("shop:change-line", args=[line.pk]), {"quantity": quantity})

    assert answer.status_code < 500
    assert contents() == [("Cap", 2)]


@pytest.mark.parametrize("seen", ["-44.00", "NaN", "Infinity", "1e400", "9" * 60, "44.001", "44,00", "\x00"])
def test_a_senseless_total_is_not_the_one_that_was_shown(client: Client, cap: Product, seen: str) -> None:
    put(client, "cap", 2)

    assert client.post(CHECKOUT, {**DELIVERY, "seen_total": seen}).status_code == 400
    assert not Order.objects.exists()


def test_a_line_of_somebody_elses_cart_is_out_of_reach(
    client: Client, person: Callable[..., User], cap: Product
) -> None:
    theirs = Cart.objects.create(user=person(Role.CUSTOMER, "other"))
    line = CartLine.objects.create(cart=theirs, product=cap, quantity=1)
    put(client, "cap", 2)

    changed = client.post(reverse("shop:change-line", args=[line.pk]), {"quantity": "5"})
    removed = client.post(reverse("shop:remove-line", args=[line.pk]))
    client.post(CHECKOUT, {**DELIVERY, "seen_total": "44.00", "cart": str(theirs.pk)})

    line.refresh_from_db()
    assert (changed.status_code, removed.status_code, line.quantity) == (404, 404, 1)
    assert list(OrderLine.objects.values_list("quantity", flat=True)) == [2]


def test_somebody_elses_order_is_out_of_reach(client: Client, order: Order) -> None:
    for name in ("shop:order", "shop:order-status"):
        assert client.get(reverse(name, args=[order.reference])).status_code == 404
    for name in ("payments:start", "payments:intent", "payments:cancel", "payments:refund"):
        assert client.post(reverse(name, args=[order.reference])).status_code == 404

    order.refresh_from_db()
    assert order.status == "pending"


def test_an_analyst_only_reads(browser: Callable[..., Client], order: Order) -> None:
    analyst = browser(Role.ANALYST)

    assert analyst.get(STAFF).status_code == 200
    for name in ("shop:cancel-order", "shop:fulfil-order", "shop:refund-order"):
        address = reverse(name, args=[order.reference])
        assert address not in analyst.get(STAFF).content.decode()
        assert analyst.post(address, {"key": "k", "amount": "1.00"}).status_code == 403
    for method in ("post", "put", "patch", "delete"):
        assert getattr(analyst, method)(STAFF).status_code == 405
    for name in ("payments:cancel", "payments:fulfil", "payments:refund"):
        assert analyst.post(reverse(name, args=[order.reference])).status_code == 404

    order.refresh_from_db()
    assert order.status == "pending"
