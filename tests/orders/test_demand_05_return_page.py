"""Demand 5: the return page came before the webhook and stock never moved; a GET paid an order.

Now: one ``settle_payment``, whoever comes first, and no GET changes a state.
"""

from __future__ import annotations

from functools import partial

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from revenue_intel.facts.models import LedgerEntry, OrderFact
from revenue_intel.issues.models import Issue
from revenue_intel.stock.models import StockMovement
from tests.deliveries import deliver, payment_succeeded
from tests.factories import make_order, make_product
from tests.host.models import Order, Product
from tests.threads import on_a_connection_of_its_own, postgres_only

pytestmark = pytest.mark.django_db

ROUTES = (
    "payments:start",
    "payments:intent",
    "payments:return",
    "payments:cancel",
    "payments:fulfil",
    "payments:refund",
)


def everything() -> tuple[int, ...]:
    return tuple(model.objects.count() for model in (LedgerEntry, StockMovement, OrderFact, Issue))


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize("query", ["", "?payment=success", "?paid=1&status=paid"])
def test_5_no_get_changes_a_state_whatever_it_claims(route, query):
    ada = User.objects.create_superuser("ada")
    order = make_order("R1", [(make_product("Mug", "9.50", stock=3), 2)], user=ada)
    browser = Client()
    browser.force_login(ada)

    for method in ("get", "head", "options"):
        getattr(browser, method)(reverse(route, args=["R1"]) + query)

    order.refresh_from_db()
    assert (order.status, order.paid_at, Product.objects.get().stock) == ("pending", None, 3)
    assert everything() == (0, 0, 0, 0)


def test_5_coming_back_before_the_webhook_moves_stock_when_it_comes_and_once():
    ada = User.objects.create_user("ada")
    make_order("R1", [(make_product("Mug", "9.50", stock=3), 2)], user=ada)
    browser = Client()
    browser.force_login(ada)
    address = reverse("payments:return", args=["R1"])

    before = browser.get(address)
    deliver(payment_succeeded("R1", 1900))
    after = browser.get(address)
    deliver(payment_succeeded("R1", 1900))

    assert ("pending" in before.text, "paid" in after.text) == (True, True)
    assert Product.objects.get().stock == 1
    assert StockMovement.objects.filter(kind="commit").count() == 1


@postgres_only
@pytest.mark.django_db(transaction=True)
def test_5_the_return_page_beside_the_webhook_takes_stock_once():
    ada = User.objects.create_user("ada")
    mug = make_product("Mug", "9.50", stock=100)
    browser = Client()
    browser.force_login(ada)
    for number in range(10):
        make_order(f"R{number}", [(mug, 2)], user=ada)
        page = partial(browser.get, reverse("payments:return", args=[f"R{number}"]))
        event = payment_succeeded(f"R{number}", 1900, intent=f"pi_{number}")

        assert {
            answer.status_code for answer in on_a_connection_of_its_own(page, partial(deliver, event))
        } == {200}

    assert Product.objects.get().stock == 80
    assert set(Order.objects.values_list("status", flat=True)) == {"paid"}
