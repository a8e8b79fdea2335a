"""A page that ends frees its stock, in whatever order that is told; a payment that is on its way keeps both."""

from __future__ import annotations

from functools import partial
from itertools import permutations
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from revenue_intel.exceptions import IllegalTransitionError
from revenue_intel.facts.models import OrderFact
from revenue_intel.facts.selectors import is_payment_on_its_way
from revenue_intel.gateway import client as gateway
from revenue_intel.orders import services as orders
from revenue_intel.stock.models import StockMovement, StockReservation
from revenue_intel.testing.standin import Standin
from tests.deliveries import deliver, payment_succeeded
from tests.factories import make_order, reprice
from tests.handlers.samples import session
from tests.host.models import Order, Product

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("order")]

start = partial(
    orders.start_payment,
    reference="R1",
    success_url="https://shop.example/ok/",
    cancel_url="https://shop.example/no/",
)
DEBIT = "pm_usBankAccount_success"
UNPAID = {"payment_status": "unpaid"}


def shelf() -> int:
    return Product.objects.get().stock


def last(standin: Standin) -> dict[str, Any]:
    return dict(standin.records()["checkout_sessions"][-1])


def tell(kind: str, standin: Standin, **fields: Any) -> None:
    """Tell of the newest session, as Stripe would."""
    assert deliver(session(kind, id=last(standin)["id"], **fields)).json() == {"outcome": "applied"}


@pytest.fixture
def debited(standin: Standin) -> Standin:
    """The order's page is complete, and the bank has not answered."""
    start()
    paid = standin.api.pay_checkout_session(
        last(standin)["id"], email="ada@example.com", payment_method=DEBIT
    )
    assert (paid["status"], paid["payment_status"]) == ("complete", "unpaid")
    return standin


@pytest.mark.parametrize("kind", ["expired", "async_payment_failed"])
def test_a_page_that_ended_frees_its_stock_once(kind, standin):
    start()
    assert shelf() == 3

    tell(kind, standin)
    tell(kind, standin)

    assert shelf() == 5
    assert StockMovement.objects.filter(kind="release").count() == 1
    assert not StockReservation.objects.exists()


@pytest.mark.parametrize("kinds", list(permutations(["completed", "async_payment_failed"])))
def test_a_delayed_payment_that_fails_frees_its_stock_in_any_order(kinds, standin):
    start()

    for kind in kinds:
        tell(kind, standin, **UNPAID)

    assert shelf() == 5
    assert (
        orders.cancel(reference="R1", actor="user:1") == "canceled"
    )  # Stripe says complete, news says failed


def test_a_page_that_is_complete_and_unpaid_frees_nothing(debited):
    tell("completed", debited, **UNPAID)

    assert shelf() == 3


@pytest.mark.parametrize("ending", ["async_payment_failed", "async_payment_succeeded"])
def test_a_payment_is_on_its_way_from_the_complete_page_until_the_bank_has_answered(ending, debited):
    said = [is_payment_on_its_way(reference="R1")]
    tell("completed", debited, **UNPAID)
    said.append(is_payment_on_its_way(reference="R1"))
    if ending == "async_payment_succeeded":
        deliver(payment_succeeded("R1", 1900))
        said.append(is_payment_on_its_way(reference="R1"))
        tell(ending, debited)
    else:
        tell(ending, debited, **UNPAID)
        said.append(is_payment_on_its_way(reference="R1"))

    assert said == [False, True, False]
    assert [is_payment_on_its_way(reference=odd) for odd in ("R2", "", "\x00")] == [False] * 3


@pytest.mark.parametrize("kind", ["expired", "async_payment_failed"])
def test_news_of_an_earlier_page_frees_nothing(kind, standin):
    start()
    earlier = last(standin)["id"]
    reprice("20.00")
    start()

    deliver(session(kind, id=earlier))

    assert shelf() == 3


@pytest.mark.parametrize("kind", ["expired", "async_payment_failed"])
def test_a_page_that_is_known_to_be_paid_frees_nothing(kind, standin):
    start()
    deliver(session("completed", id=last(standin)["id"]))  # its payment is not here yet

    tell(kind, standin)
    assert shelf() == 3

    deliver(payment_succeeded("R1", 1900))
    assert (Order.objects.get().status, shelf()) == ("paid", 3)


@pytest.mark.parametrize("kind", ["expired", "async_payment_failed"])
def test_a_paid_order_keeps_its_stock_whatever_its_page_says(kind, standin):
    start()
    deliver(payment_succeeded("R1", 1900))

    tell(kind, standin)

    assert (Order.objects.get().status, shelf()) == ("paid", 3)


@pytest.mark.parametrize("reference", ["R9", "", "R1", "x" * 5000], ids=lambda each: each[:5])
def test_the_page_of_somebody_else_frees_nothing(reference, standin):
    start()
    make_order("R2", [(Product.objects.get(), 1)])

    deliver(session("expired", id="cs_evil", client_reference_id=reference))

    assert shelf() == 3


def test_a_page_that_expires_while_the_next_one_is_made_leaves_the_next_ones_stock_held(standin, monkeypatch):
    start()
    reprice("20.00")
    close = gateway.close_checkout_session

    def close_and_tell(*, session_id: str) -> str:
        status = close(session_id=session_id)
        tell("expired", standin)
        return status

    monkeypatch.setattr(gateway, "close_checkout_session", close_and_tell)
    start()

    assert (last(standin)["status"], shelf()) == ("open", 3)


def test_no_second_page_is_made_while_the_bank_has_not_answered(debited, ada):
    browser = Client()
    browser.force_login(ada)

    answer = browser.post(reverse("payments:start", args=["R1"]))

    assert answer.status_code == 409
    assert "is being paid right now" in answer.text
    assert len(debited.records()["checkout_sessions"]) == 1
    assert shelf() == 3


def test_an_amount_that_changed_makes_no_second_page_either(debited):
    reprice("20.00")

    with pytest.raises(IllegalTransitionError, match="being paid right now"):
        start()

    assert len(debited.records()["checkout_sessions"]) == 1


def test_a_page_paid_while_it_is_closed_makes_no_second_page(standin, monkeypatch):
    start()
    reprice("20.00")
    close = gateway.close_checkout_session

    def pay_and_close(*, session_id: str) -> str:
        standin.api.pay_checkout_session(session_id, email="ada@example.com")
        return close(session_id=session_id)

    monkeypatch.setattr(gateway, "close_checkout_session", pay_and_close)

    with pytest.raises(IllegalTransitionError, match="being paid right now"):
        start()
    assert len(standin.records()["checkout_sessions"]) == 1


def test_once_the_bank_has_said_no_there_is_another_page(debited):
    first = last(debited)["id"]
    tell("async_payment_failed", debited, **UNPAID)

    start()

    assert (last(debited)["status"], shelf()) == ("open", 3)
    assert OrderFact.objects.get().checkout_session == last(debited)["id"] != first


def test_once_the_bank_has_said_yes_the_order_is_paid(debited):
    tell("completed", debited, **UNPAID)
    deliver(payment_succeeded("R1", 1900))
    tell("async_payment_succeeded", debited)

    assert (Order.objects.get().status, shelf()) == ("paid", 3)
    with pytest.raises(IllegalTransitionError, match="is paid"):
        start()


def test_a_page_that_expired_at_once_is_not_given_out_again(standin):
    start()
    first = last(standin)["id"]
    standin.api.expire_checkout_session(first)
    tell("expired", standin)

    start()  # in the same minute, for the same amount

    assert last(standin)["id"] != first
    assert (last(standin)["status"], shelf()) == ("open", 3)
