"""A payment on a form of the host's own: a PaymentIntent under the rules of the page."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from revenue_intel.exceptions import IllegalTransitionError, StockOversellError
from revenue_intel.facts.models import OrderFact
from revenue_intel.gateway import client as gateway
from revenue_intel.orders import expiry, links
from revenue_intel.orders import services as orders
from revenue_intel.stock.models import StockMovement
from revenue_intel.testing.standin import Standin
from tests.deliveries import deliver, payment_succeeded
from tests.factories import make_order, reprice
from tests.handlers.samples import intent
from tests.host.models import Product

pytestmark = pytest.mark.django_db

start = partial(orders.start_payment, reference="R1", mode="payment_intent")
cancel = partial(orders.cancel, reference="R1", actor="user:1")


def shelf() -> int:
    return Product.objects.get().stock


def intents(standin: Standin) -> list[dict[str, Any]]:
    return list(standin.records()["payment_intents"])


def post(user: User | None, reference: str = "R1", query: str = "", **options: Any) -> Any:
    browser = Client(**options)
    if user is not None:
        browser.force_login(user)
    return browser.post(reverse("payments:intent", args=[reference]) + query)


def test_it_asks_for_what_the_order_says_and_holds_its_stock(standin, order):
    secret = start()

    (made,) = intents(standin)
    assert secret == made["client_secret"]
    assert (made["amount"], made["currency"]) == (1900, "gbp")
    assert made["metadata"] == {"order_reference": "R1"}
    assert OrderFact.objects.get().checkout_session == made["id"]
    assert shelf() == 3


def test_called_again_it_is_the_same_one(standin, order):
    assert start() == start()
    assert len(intents(standin)) == 1


def test_an_order_that_changed_gets_another_and_the_first_is_canceled(standin, order):
    start()
    reprice("20.00")

    start()

    assert sorted((made["amount"], made["status"]) for made in intents(standin)) == [
        (1900, "canceled"),
        (2000, "requires_payment_method"),
    ]


def test_after_a_canceled_one_there_is_another_not_the_same_again(standin, order):
    start()
    (first,) = intents(standin)
    standin.api.cancel(first["id"])
    deliver(intent("canceled", id=first["id"]))
    assert shelf() == 5

    start()

    assert [made["status"] for made in intents(standin)] == ["canceled", "requires_payment_method"]
    assert shelf() == 3


@pytest.mark.parametrize("modes", [("checkout", "payment_intent"), ("payment_intent", "checkout")])
def test_only_one_of_the_two_ways_is_ever_open(modes, standin, order):
    for mode in modes:
        orders.start_payment(
            reference="R1", success_url="https://a.example/", cancel_url="https://a.example/", mode=mode
        )

    open_pages = [page for page in standin.records()["checkout_sessions"] if page["status"] == "open"]
    open_intents = [made for made in intents(standin) if made["status"] == "requires_payment_method"]
    assert len(open_pages) + len(open_intents) == 1
    assert bool(open_intents) is (modes[1] == "payment_intent")
    assert shelf() == 3


def test_cancel_cancels_it_first(standin, order):
    start()

    assert cancel() == "canceled"

    assert [made["status"] for made in intents(standin)] == ["canceled"]
    assert shelf() == 5


@pytest.mark.parametrize(
    "card",
    [
        pytest.param("pm_card_visa", id="paid, and the news is not here"),
        pytest.param("pm_usBankAccount_success", id="on its way"),
    ],
)
def test_one_that_is_being_paid_is_neither_canceled_nor_paid_again_nor_given_back(
    card, standin, order, later
):
    start()
    standin.api.confirm(intents(standin)[0]["id"], payment_method=card)

    with pytest.raises(IllegalTransitionError, match="being paid right now"):
        cancel()
    with pytest.raises(IllegalTransitionError, match="being paid right now"):
        start()
    later(minutes=80)
    assert expiry.release_overdue(reference="R1") is False

    assert (len(intents(standin)), shelf()) == (1, 3)


def test_a_declined_card_leaves_it_open(standin, order):
    secret = start()
    deliver(intent("payment_failed", id=intents(standin)[0]["id"]))

    assert start() == secret
    assert shelf() == 3


def test_when_its_time_has_come_it_is_canceled_and_the_stock_given_back(standin, order, later):
    start()
    later(minutes=80)

    assert expiry.release_overdue(reference="R1") is True

    assert [made["status"] for made in intents(standin)] == ["canceled"]
    assert shelf() == 5
    deliver(intent("canceled", id=intents(standin)[0]["id"]))
    assert StockMovement.objects.filter(kind__in=["expire", "release"]).count() == 1


def test_one_that_is_paid_while_it_is_canceled_stays_paid(standin, order, monkeypatch):
    start()
    look = gateway.get_payment_intent

    def look_and_pay(**asked: Any) -> dict[str, Any]:
        found = look(**asked)
        if found["status"] == "open":
            standin.api.confirm(found["id"], payment_method="pm_card_visa")
        return found

    monkeypatch.setattr(gateway, "get_payment_intent", look_and_pay)

    with pytest.raises(IllegalTransitionError, match="being paid right now"):
        cancel()

    assert shelf() == 3


def test_news_of_another_intent_frees_nothing(standin, order):
    start()

    deliver(intent("canceled", id="pi_other"))

    assert shelf() == 3


def test_its_payment_settles_the_order(standin, order):
    start()

    deliver(payment_succeeded("R1", 1900, intent=intents(standin)[0]["id"]))

    order.refresh_from_db()
    assert (order.status, shelf()) == ("paid", 3)


def test_what_is_sold_out_has_none(standin, order):
    Product.objects.update(stock=1)

    with pytest.raises(StockOversellError):
        start()

    assert intents(standin) == []


def test_the_owner_and_a_guest_with_a_link_get_the_secret(standin, order, ada):
    query = "?" + links.guest_path("R1").partition("?")[2]

    own, guest = post(ada), post(None, query=query)

    (made,) = intents(standin)
    assert own.json() == guest.json() == {"client_secret": made["client_secret"]}
    assert "no-store" in own["Cache-Control"]


def test_an_order_that_costs_nothing_has_no_secret_and_is_paid(order, ada):
    reprice("0.00")

    assert post(ada).json() == {"client_secret": None}

    order.refresh_from_db()
    assert order.status == "paid"


def test_nobody_else_gets_one(standin, order):
    make_order("R2", user=User.objects.create_user("bob"))
    other = "?" + links.guest_path("R2").partition("?")[2]

    assert post(User.objects.create_user("eve")).status_code == 404
    assert post(User.objects.create_superuser("root")).status_code == 404
    assert post(None).status_code == 302
    assert post(None, query=other).status_code == 302
    assert intents(standin) == []


def test_a_form_of_another_site_gets_none(standin, order, ada):
    assert post(ada, enforce_csrf_checks=True).status_code == 403
    assert intents(standin) == []


@pytest.mark.parametrize("method", ["get", "head", "put", "patch", "delete"])
def test_only_a_post_starts_one(method, standin, order, ada):
    browser = Client()
    browser.force_login(ada)

    assert getattr(browser, method)(reverse("payments:intent", args=["R1"])).status_code == 405
    assert (intents(standin), shelf()) == ([], 5)


def test_what_goes_wrong_is_said_in_json_without_secrets(order, ada, settings):
    settings.REVENUE_INTEL_STRIPE_SECRET_KEY = ""
    off = post(ada)
    deliver(payment_succeeded("R1", 1900))
    paid = post(ada)

    assert (off.status_code, off.json()["code"]) == (503, "configuration")
    assert "SECRET" not in off.text
    assert (paid.status_code, paid.json()["code"]) == (409, "illegal_transition")
