"""Who reaches an order over HTTP, and what they can do to it: owners, guests by link, and staff by right."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core import signing
from django.test import Client
from django.urls import reverse

from revenue_intel.audit.models import AuditEvent
from revenue_intel.orders import links
from revenue_intel.orders.models import RefundRequest
from revenue_intel.shop import OrderState
from tests.deliveries import deliver, payment_succeeded
from tests.factories import make_order, make_product
from tests.factories_users import client_of
from tests.host.models import Order
from tests.order_states import make_order_in

pytestmark = pytest.mark.django_db

COMMANDS = ("start", "cancel", "fulfil", "refund")


def at(name: str, reference: str = "R1") -> str:
    return reverse(f"payments:{name}", args=[reference])


def with_key(path: str, key: str) -> str:
    return f"{path}?{links.PARAMETER}={key}"


@pytest.fixture
def owner(ada: Any, order: Order) -> Client:
    browser = Client()
    browser.force_login(ada)
    return browser


@pytest.fixture
def key(order: Order) -> str:
    return links.guest_path("R1").partition("=")[2]


def actors() -> list[str]:
    return list(AuditEvent.objects.order_by("id").values_list("actor", flat=True))


@pytest.mark.parametrize("state", OrderState)
def test_the_page_says_how_an_order_stands(state):
    make_order_in(state)

    page = client_of("ops").get(at("return")).text

    assert f'<code id="state">{state}</code>' in page


def test_the_page_asks_again_by_itself_until_the_payment_is_here(owner):
    waiting = owner.get(at("return"), {"payment": "success"}).text
    left = owner.get(at("return"), {"payment": "canceled"}).text
    deliver(payment_succeeded("R1", 1900))
    paid = owner.get(at("return"), {"payment": "success"})

    assert ['http-equiv="refresh"' in page for page in (waiting, left, paid.text)] == [True, False, False]
    assert "no-store" in paid["Cache-Control"]


def test_an_owner_cancels_and_is_led_back(owner, order):
    answer = owner.post(at("cancel"))

    order.refresh_from_db()
    assert (answer.status_code, answer["Location"], order.status) == (303, at("return"), "canceled")


@pytest.mark.parametrize("name", ["fulfil", "refund"])
def test_an_owner_does_not_do_what_is_the_shops(owner, name):
    deliver(payment_succeeded("R1", 1900))

    assert owner.post(at(name), {"key": "k1"}).status_code == 404
    assert Order.objects.get().status == "paid"


def test_a_guest_with_the_link_sees_pays_and_cancels(standin, order, key):
    guest = Client()

    assert guest.get(links.guest_path("R1")).status_code == 200
    paying = guest.post(with_key(at("start"), key))
    (session,) = standin.records()["checkout_sessions"]
    canceling = guest.post(with_key(at("cancel"), key))

    assert (paying.status_code, paying["Location"]) == (303, session["url"])
    assert session["success_url"] == f"http://testserver{with_key(at('return'), key)}&payment=success"
    assert (canceling.status_code, canceling["Location"]) == (303, with_key(at("return"), key))
    assert actors() == ["guest", "guest"]


@pytest.mark.parametrize("name", ["fulfil", "refund"])
def test_a_guest_with_the_link_does_not_do_what_is_the_shops(order, key, name):
    deliver(payment_succeeded("R1", 1900))

    assert Client().post(with_key(at(name), key), {"key": "k1"}).status_code == 302
    assert Order.objects.get().status == "paid"


def wrong_keys() -> dict[str, str]:
    right = links.guest_path("R1").partition("=")[2]
    return {
        "none": "",
        "junk": "x",
        "nul": "%00",
        "long": "x" * 5000,
        "cut": right[:-1],
        "of another order": links.guest_path("R2").partition("=")[2],
        "of another purpose": signing.dumps("R1", salt="something else"),
        "of another shape": signing.dumps(["R1"], salt=links.SALT),
    }


@pytest.mark.parametrize("wrong", list(wrong_keys()))
@pytest.mark.parametrize("name", ["return", "start", "cancel"])
def test_a_wrong_link_opens_nothing(standin, order, name, wrong):
    path = with_key(at(name), wrong_keys()[wrong])
    method = "get" if name == "return" else "post"

    assert getattr(Client(), method)(path).status_code == 302
    assert getattr(client_of("customer"), method)(path).status_code == 404
    assert (standin.records()["checkout_sessions"], actors()) == ([], [])


def test_a_link_is_good_for_its_time(order, key, monkeypatch):
    monkeypatch.setattr(links, "AGE", timedelta(seconds=-1))

    assert Client().get(links.guest_path("R1")).status_code == 302


def test_ops_sends_and_refunds(standin, order):
    paid = standin.api.create_payment_intent(
        amount=1900, currency="gbp", payment_method="pm_card_visa", confirm=True
    )
    deliver(payment_succeeded("R1", 1900, intent=paid["id"]))
    ops = client_of("ops")

    assert ops.post(at("fulfil")).status_code == 303
    form = {"amount": "5.00", "reason": "duplicate", "key": "form-1"}
    assert [ops.post(at("refund"), form).status_code for _ in range(2)] == [303, 303]
    assert ops.post(at("refund"), {"key": "form-2"}).status_code == 303

    assert [refund["amount"] for refund in standin.records()["refunds"]] == [500, 1400]
    assert {actor.partition(":")[0] for actor in actors()} == {"stripe", "user"}


@pytest.mark.parametrize("name", COMMANDS)
@pytest.mark.parametrize("role", ["customer", "analyst"])
def test_who_has_no_right_cannot_tell_an_order_from_none(order, name, role):
    browser = client_of(role)

    answers = [browser.post(at(name, reference)) for reference in ("R1", "R2")]

    assert [answer.status_code for answer in answers] == [404, 404]


@pytest.mark.parametrize("name", COMMANDS)
@pytest.mark.parametrize("method", ["get", "head", "put", "patch", "delete"])
def test_only_a_post_does_something(owner, name, method):
    answer = getattr(owner, method)(at(name))

    assert (answer.status_code, answer["Allow"]) == (405, "POST")


@pytest.mark.parametrize("name", COMMANDS)
def test_a_form_of_another_site_does_nothing(ada, order, name):
    ada.is_superuser = True
    ada.save()
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(ada)

    assert browser.post(at(name)).status_code == 403
    assert actors() == []


@pytest.mark.parametrize(
    "form",
    [
        {},
        {"key": ""},
        {"key": "x" * 201},
        {"key": "k\x00"},
        {"key": "k", "amount": "abc"},
        {"key": "k", "amount": "-1"},
        {"key": "k", "amount": "NaN"},
        {"key": "k", "amount": "Infinity"},
        {"key": "k", "amount": "1e999999"},
        {"key": "k", "amount": "0.001"},
        {"key": "k", "amount": "9" * 40},
        {"key": "k", "reason": "because"},
    ],
    ids=str,
)
def test_a_senseless_refund_form_is_said_in_words(standin, order, form):
    deliver(payment_succeeded("R1", 1900))

    answer = client_of("admin").post(at("refund"), form)

    assert (answer.status_code, "This did not work" in answer.text) == (400, True)
    assert not RefundRequest.objects.exists()


@pytest.mark.parametrize("amount", ["0", "19.01", "1000000"])
def test_an_amount_that_is_not_there_is_not_given_back(standin, order, amount):
    deliver(payment_succeeded("R1", 1900))

    answer = client_of("admin").post(at("refund"), {"key": "k", "amount": amount})

    assert (answer.status_code, "£19.00 can be refunded" in answer.text) == (409, True)


def test_a_refund_that_stripe_refuses_is_not_called_an_outage(standin, order):
    deliver(payment_succeeded("R1", 1900, intent="pi_unknown_there"))

    answer = client_of("admin").post(at("refund"), {"key": "k"})

    assert (answer.status_code, "refused this. Nothing was done" in answer.text) == (502, True)


@pytest.mark.parametrize("name", ["return", *COMMANDS])
@pytest.mark.parametrize("reference", ["%00", "..", "'; --", "<script>", "x" * 3000], ids=ascii)
def test_a_hostile_reference_is_no_order(name, reference):
    browser = client_of("admin")

    answer = browser.get(at(name, reference)) if name == "return" else browser.post(at(name, reference))

    assert answer.status_code == 404


def test_a_reference_is_escaped():
    make_order("<b>R1", [(make_product(), 1)])

    page = client_of("admin").get(at("return", "<b>R1"))

    assert (page.status_code, "<b>" in page.text) == (200, False)
