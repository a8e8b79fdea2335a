"""What a customer is told when a payment cannot be started, and which page stays open when two things happen at once."""

from __future__ import annotations

import logging
from functools import partial
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from revenue_intel.exceptions import IllegalTransitionError
from revenue_intel.facts.models import OrderFact
from revenue_intel.gateway import client as gateway
from revenue_intel.orders import services as orders
from tests.deliveries import deliver, payment_succeeded

pytestmark = pytest.mark.django_db

start = partial(
    orders.start_payment,
    reference="R1",
    success_url="https://shop.example/ok/",
    cancel_url="https://shop.example/no/",
)
cancel = partial(orders.cancel, reference="R1", actor="user:1")


def press_pay(user: User) -> Any:
    client = Client(raise_request_exception=False)
    client.force_login(user)
    return client.post(reverse("payments:start", args=["R1"]))


def statuses(standin: Any) -> list[str]:
    return sorted(session["status"] for session in standin.records()["checkout_sessions"])


def meanwhile(monkeypatch: pytest.MonkeyPatch, name: str, deed: Any) -> None:
    """Let ``deed`` happen once, right after the next call of that name to Stripe was answered."""
    asked = getattr(gateway, name)
    deeds = [deed]

    def answered(**arguments: Any) -> Any:
        answer = asked(**arguments)
        if deeds:
            deeds.pop()()
        return answer

    monkeypatch.setattr(gateway, name, answered)


@pytest.mark.usefixtures("order")
def test_a_shop_without_a_key_says_so_and_no_more(ada, settings, caplog):
    settings.REVENUE_INTEL_STRIPE_SECRET_KEY = ""

    with caplog.at_level(logging.ERROR):
        answer = press_pay(ada)

    assert answer.status_code == 503
    assert "Payments are switched off" in answer.text
    assert "SECRET_KEY" not in answer.text
    assert "REVENUE_INTEL_STRIPE_SECRET_KEY is empty" in caplog.text  # whoever runs the shop learns why


@pytest.mark.usefixtures("order", "dead_stripe")
def test_a_stripe_that_is_down_is_said_kindly(ada):
    answer = press_pay(ada)

    assert answer.status_code == 502
    assert "cannot be reached just now. Please try again: nothing is done twice." in answer.text


@pytest.mark.usefixtures("standin", "order")
def test_a_problem_is_a_small_page_with_a_way_back(ada):
    deliver(payment_succeeded("R1", 1900))

    answer = press_pay(ada)

    assert (answer.status_code, answer["Content-Type"]) == (409, "text/html; charset=utf-8")
    assert "Order R1 is paid: start payment is not possible." in answer.text
    assert '<a href="/payments/return/R1/">' in answer.text


@pytest.mark.usefixtures("standin", "order")
def test_a_host_may_have_a_page_of_its_own(ada, settings, tmp_path):
    (tmp_path / "revenue_intel").mkdir()
    (tmp_path / "revenue_intel" / "payment_problem.html").write_text("Oh no: {{ message }} ({{ back }})")
    settings.TEMPLATES = [{**settings.TEMPLATES[0], "DIRS": [tmp_path]}]
    deliver(payment_succeeded("R1", 1900))

    assert (
        press_pay(ada).text
        == "Oh no: Order R1 is paid: start payment is not possible. (/payments/return/R1/)"
    )


@pytest.mark.usefixtures("standin")
def test_what_is_said_is_escaped(ada, order, monkeypatch):
    def refuse(**_arguments: Any) -> None:
        raise IllegalTransitionError("Order <script>alert(1)</script> is paid.")

    monkeypatch.setattr("revenue_intel.orders.checkout.start_payment", refuse)

    assert "<script>" not in press_pay(ada).text


@pytest.mark.usefixtures("order")
def test_an_order_canceled_while_its_page_is_made_leaves_no_open_page(standin, monkeypatch):
    meanwhile(monkeypatch, "create_checkout_session", cancel)

    with pytest.raises(IllegalTransitionError, match="is canceled"):
        start()

    assert statuses(standin) == ["expired"]
    assert OrderFact.objects.get().checkout_session == ""


@pytest.mark.usefixtures("order")
def test_an_order_paid_while_its_page_is_made_leaves_no_open_page(standin, monkeypatch):
    meanwhile(
        monkeypatch, "create_checkout_session", partial(deliver, payment_succeeded("R1", 1900, intent="pi_9"))
    )

    with pytest.raises(IllegalTransitionError, match="is paid"):
        start()

    assert statuses(standin) == ["expired"]


@pytest.mark.usefixtures("order")
def test_a_page_opened_while_another_is_closed_for_a_cancel_is_closed_too(standin, monkeypatch):
    start()
    meanwhile(monkeypatch, "close_checkout_session", start)

    assert cancel() == "canceled"

    assert statuses(standin) == ["expired", "expired"]


@pytest.mark.usefixtures("order")
def test_two_pages_made_at_once_leave_one_open(standin, monkeypatch):
    other = partial(start, success_url="https://www.shop.example/ok/")
    meanwhile(monkeypatch, "create_checkout_session", other)

    start()

    assert statuses(standin) == ["expired", "open"]
    remembered = OrderFact.objects.get().checkout_session
    assert gateway.get_checkout_session(session_id=remembered)["status"] == "open"
