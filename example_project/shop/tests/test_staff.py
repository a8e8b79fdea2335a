"""Those who run the shop cancel and dispatch; analysts look; customers are kept out."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from revenue_intel.access.roles import Role
from revenue_intel.exceptions import IllegalTransitionError
from shop.models import Order
from shop.views import staff

pytestmark = pytest.mark.django_db
LIST = "/staff/orders/"


def test_ops_cancels_an_order_that_is_not_paid(browser: Callable[..., Client], order: Order) -> None:
    client = browser(Role.OPS)
    assert reverse("shop:cancel-order", args=[order.reference]) in client.get(LIST).content.decode()

    response = client.post(reverse("shop:cancel-order", args=[order.reference]), follow=True)

    order.refresh_from_db()
    assert order.status == "canceled"
    assert order.canceled_at is not None
    assert f"{order.reference} is canceled." in response.content.decode()


def test_an_order_that_is_not_paid_is_not_dispatched(browser: Callable[..., Client], order: Order) -> None:
    response = browser(Role.OPS).post(reverse("shop:fulfil-order", args=[order.reference]), follow=True)

    order.refresh_from_db()
    assert (order.status, order.fulfilled_at) == ("pending", None)
    assert "cannot be dispatched: it is now “awaiting payment”" in response.content.decode()


def test_an_analyst_looks_but_gets_no_buttons(browser: Callable[..., Client], order: Order) -> None:
    client = browser(Role.ANALYST)

    for url in (LIST, reverse("shop:staff-order", args=[order.reference])):
        page = client.get(url).content.decode()
        assert order.reference in page
        assert reverse("shop:cancel-order", args=[order.reference]) not in page


def test_the_list_is_filtered_by_status(browser: Callable[..., Client], order: Order) -> None:
    client = browser(Role.OPS)

    assert order.reference in client.get(LIST, {"status": "pending"}).content.decode()
    assert "No orders with this status" in client.get(LIST, {"status": "refunded"}).content.decode()


@pytest.mark.parametrize("query", ["status=lost", "page=abc", "page=7", "status=%00"])
def test_a_senseless_filter_gets_a_message_and_the_orders(
    browser: Callable[..., Client], order: Order, query: str
) -> None:
    response = browser(Role.OPS).get(f"{LIST}?{query}")

    assert response.status_code == 200
    assert list(response.context["messages"])
    assert order.reference in response.content.decode()


def test_an_order_that_is_not_there_is_not_found(browser: Callable[..., Client]) -> None:
    client = browser(Role.OPS)

    assert client.get(reverse("shop:staff-order", args=["HG-NONE"])).status_code == 404
    assert client.post(reverse("shop:cancel-order", args=["HG-NONE"])).status_code == 404


def test_the_list_asks_the_database_no_more_for_more_orders(
    browser: Callable[..., Client], order: Order, django_assert_max_num_queries: Callable[[int], object]
) -> None:
    client = browser(Role.OPS)
    Order.objects.bulk_create(
        Order(user=order.user, email="x@harbour.example", currency="GBP", subtotal=1, total=1)
        for _ in range(30)
    )

    with django_assert_max_num_queries(10):  # type: ignore[attr-defined]
        page = client.get(LIST).content.decode()

    assert "Page 1 of 2" in page


def test_an_order_that_is_being_paid_is_not_canceled_and_the_page_says_why(
    browser: Callable[..., Client], order: Order, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*, reference: str, actor: str) -> None:
        raise IllegalTransitionError(f"Order {reference} is being paid right now: cancel is not possible.")

    monkeypatch.setattr("revenue_intel.orders.services.cancel", refuse)
    monkeypatch.setattr(staff, "is_payment_on_its_way", lambda *, reference: True)

    page = browser(Role.OPS).post(reverse("shop:cancel-order", args=[order.reference]), follow=True)

    assert f"Order {order.reference} is being paid right now" in page.content.decode()
    assert "it is now “awaiting payment”" not in page.content.decode()
    assert "It is being paid, in a way that takes days." in page.content.decode()
