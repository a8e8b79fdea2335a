"""A payment is started at Stripe with the order's own amount, on one page, and never under a lock."""

from __future__ import annotations

import socket
import urllib.parse
import urllib.request
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.urls import reverse

from revenue_intel.exceptions import (
    ConfigurationError,
    IllegalTransitionError,
    OrderNotFoundError,
    PaymentGatewayError,
)
from revenue_intel.facts.models import OrderFact
from revenue_intel.orders import services as orders
from revenue_intel.testing.standin import Standin
from tests.deliveries import SECRET, deliver, payment_succeeded
from tests.factories import make_order, make_product, reprice
from tests.host.models import Product
from tests.sdk import need_sdk

pytestmark = pytest.mark.django_db

BACK = {"success_url": "https://shop.example/ok/", "cancel_url": "https://shop.example/no/"}


start: Callable[..., str] = partial(orders.start_payment, reference="R1", **BACK)
cancel = partial(orders.cancel, reference="R1", actor="user:1")


def sessions(standin: Standin) -> list[dict[str, Any]]:
    return list(standin.records()["checkout_sessions"])


def press(url: str, action: str) -> int:
    """Press a button of the hosted page and return the status that it led to."""
    form = urllib.parse.urlencode({"action": action}).encode()
    with urllib.request.urlopen(url, form, timeout=10) as answer:  # noqa: S310 - the stand-in
        return int(answer.status)


def test_the_page_asks_for_what_the_order_says(standin, order):
    url = start()

    (session,) = sessions(standin)
    assert url == session["url"]
    assert url.startswith(f"{standin.url}/c/pay/")
    assert (session["amount_total"], session["currency"]) == (1900, "gbp")
    assert session["client_reference_id"] == "R1"
    assert session["metadata"] == {"order_reference": "R1"}
    assert session["customer_details"]["email"] == "ada@example.com"
    assert (session["success_url"], session["cancel_url"]) == tuple(BACK.values())
    assert OrderFact.objects.get().checkout_session == session["id"]


def test_a_currency_without_decimals_is_asked_for_in_whole_units(standin):
    make_order("R1", [(make_product("Mug", "950"), 2)], currency="JPY", email="")

    start()

    (session,) = sessions(standin)
    assert (session["amount_total"], session["currency"]) == (1900, "jpy")
    assert session["customer_details"] is None


def test_a_second_call_leads_to_the_same_page(standin, order):
    assert start() == start()
    assert len(sessions(standin)) == 1


def test_an_order_that_changed_meanwhile_gets_a_page_with_its_new_amount(standin, order):
    start()
    reprice("20.00")

    start()

    assert sorted(session["amount_total"] for session in sessions(standin)) == [1900, 2000]


def test_cancel_closes_the_page(standin, order):
    start()

    assert cancel() == "canceled"

    assert [session["status"] for session in sessions(standin)] == ["expired"]


def test_an_order_whose_page_has_expired_can_be_canceled(standin, order):
    start()
    standin.api.expire_checkout_session(sessions(standin)[0]["id"])

    assert cancel() == "canceled"


def test_an_order_that_is_being_paid_cannot_be_canceled(standin, order):
    standin.api.pay_checkout_session(
        start() and sessions(standin)[0]["id"], email="ada@example.com", payment_method="pm_card_visa"
    )

    with pytest.raises(IllegalTransitionError, match="being paid right now"):
        cancel()

    order.refresh_from_db()
    assert (order.status, OrderFact.objects.get().canceled_at) == ("pending", None)


def test_a_page_that_cannot_be_closed_leaves_the_order_as_it_is(order, settings, request):
    request.getfixturevalue("standin")
    start()
    request.getfixturevalue("dead_stripe")

    with pytest.raises(PaymentGatewayError):
        cancel()

    assert OrderFact.objects.get().canceled_at is None


@pytest.mark.usefixtures("dead_stripe")
def test_a_stripe_that_cannot_be_reached_is_said_in_words_and_remembers_no_page(order):
    with pytest.raises(PaymentGatewayError, match="could not be reached"):
        start()

    assert OrderFact.objects.get().checkout_session == ""


def test_without_a_key_no_payment_can_be_started(order, settings):
    settings.REVENUE_INTEL_STRIPE_SECRET_KEY = ""

    with pytest.raises(ConfigurationError, match="STRIPE_SECRET_KEY"):
        start()


def test_an_order_that_is_not_there_has_no_page(standin):
    with pytest.raises(OrderNotFoundError):
        start()

    assert sessions(standin) == []


@pytest.mark.django_db(transaction=True)
def test_no_transaction_is_open_while_stripe_is_asked(standin, order, monkeypatch):
    seen: list[bool] = []
    connect = socket.socket.connect

    def looked_at(self: socket.socket, address: Any) -> None:
        seen.append(connection.in_atomic_block)
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", looked_at)
    start()
    cancel()

    assert len(seen) >= 2
    assert not any(seen)


def post_start(user: User | None, reference: str = "R1", *, method: str = "post") -> Any:
    client = Client()
    if user:
        client.force_login(user)
    return getattr(client, method)(reverse("payments:start", args=[reference]))


def test_the_owner_is_sent_to_the_page_and_back_to_the_shop(standin, order, ada):
    answer = post_start(ada)

    (session,) = sessions(standin)
    assert (answer.status_code, answer["Location"]) == (303, session["url"])
    assert session["success_url"] == "http://testserver/payments/return/R1/?payment=success"
    assert session["cancel_url"] == "http://testserver/payments/return/R1/?payment=canceled"


@pytest.mark.parametrize("reference", ["R1", "R2", "%00", "..", "'; --"])
def test_somebody_elses_order_does_not_exist(standin, order, reference):
    answer = post_start(User.objects.create_user("eve"), reference)

    assert answer.status_code == 404
    assert sessions(standin) == []


def test_staff_cannot_pay_for_somebody_else_either(standin, order):
    assert post_start(User.objects.create_superuser("root")).status_code == 404


def test_a_visitor_is_asked_to_log_in(standin, order):
    answer = post_start(None)

    assert (answer.status_code, answer["Location"]) == (302, "/accounts/login/?next=/payments/return/R1/")
    assert sessions(standin) == []


@pytest.mark.parametrize("method", ["get", "head", "put", "delete", "patch"])
def test_only_a_post_starts_a_payment(standin, order, ada, method):
    answer = post_start(ada, method=method)

    assert (answer.status_code, answer["Allow"]) == (405, "POST")
    assert sessions(standin) == []


def test_a_form_of_another_site_starts_nothing(standin, order, ada):
    client = Client(enforce_csrf_checks=True)
    client.force_login(ada)

    assert client.post(reverse("payments:start", args=["R1"])).status_code == 403
    assert sessions(standin) == []


def test_a_paid_order_is_not_paid_again(standin, order, ada):
    deliver(payment_succeeded("R1", 1900))

    assert post_start(ada).status_code == 409
    assert sessions(standin) == []


@pytest.mark.django_db(transaction=True)
def test_from_the_first_press_to_a_paid_order(settings, live_server):
    need_sdk()
    product = make_product("Mug", "9.50", stock=5)
    order = make_order("R1", [(product, 1)])
    hook = live_server.url + reverse("payments:webhook")
    with Standin(secret=SECRET, webhook_url=hook) as standin:
        settings.REVENUE_INTEL_STRIPE_API_BASE = standin.url
        back = live_server.url + reverse("monitoring:livez")
        page = orders.start_payment(reference="R1", success_url=back, cancel_url=back)

        assert press(page, "pay") == 200
        assert standin.drain()
        answers = {(delivery.event_type, delivery.status) for delivery in standin.deliveries}

    order.refresh_from_db()
    assert ("payment_intent.succeeded", 200) in answers
    assert {status for _, status in answers} == {200}
    assert (order.status, order.paid_at is not None) == ("paid", True)
    assert Product.objects.get().stock == 4
