"""Staff give money back, a part or all of it, once a form, and never more than is there."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from revenue_intel.access.roles import Role
from revenue_intel.conf import settings as conf
from revenue_intel.testing.signing import signed_event
from revenue_intel.testing.standin import Standin
from shop.models import Order

pytestmark = pytest.mark.django_db


@pytest.fixture
def standin(settings: Any) -> Iterator[Standin]:
    """A local Stripe at which the order is paid."""
    with Standin(secret=conf.STRIPE_WEBHOOK_SECRETS[0]) as running:
        settings.REVENUE_INTEL_STRIPE_API_BASE = running.url
        settings.REVENUE_INTEL_STRIPE_SECRET_KEY = running.api_key
        yield running


@pytest.fixture
def paid(standin: Standin, order: Order) -> Order:
    """An order over 44.00 pounds, paid."""
    standin.api.create_payment_intent(
        amount=4400,
        currency="gbp",
        payment_method="pm_card_visa",
        confirm=True,
        metadata={"order_reference": order.reference},
    )
    for event in standin.records()["events"]:
        signed = signed_event(event, secret=conf.STRIPE_WEBHOOK_SECRETS[0])
        Client().post(
            reverse("payments:webhook"),
            data=signed.body,
            content_type="application/json",
            headers={"Stripe-Signature": signed.headers["Stripe-Signature"]},
        )
    order.refresh_from_db()
    assert order.status == "paid"
    return order


def refunds(standin: Standin) -> list[int]:
    return [refund["amount"] for refund in standin.records()["refunds"]]


def test_a_part_and_then_the_rest(browser: Callable[..., Client], standin: Standin, paid: Order) -> None:
    client = browser(Role.OPS)
    address = reverse("shop:refund-order", args=[paid.reference])
    states, said = [], []

    for amount in ("4.40", ""):
        page = client.get("/staff/orders/").content.decode()
        key = re.findall(r'name="key" value="(\w+)"', page)[0]
        for _ in range(2):  # the button is pressed twice
            answer = client.post(address, {"amount": amount, "key": key}, follow=True)
        said += [str(message).removeprefix(f"{paid} ") for message in answer.context["messages"]]
        paid.refresh_from_db()
        states.append(paid.status)

    assert refunds(standin) == [440, 3960]
    assert said == ["is partly refunded.", "is refunded."]
    assert states == ["partially_refunded", "refunded"]
    assert address not in client.get("/staff/orders/").content.decode()


@pytest.mark.parametrize(
    "amount", ["44.01", "-1", "abc", "0", "1e9", "0.001", "9" * 40, "1e1", "\uff11", "٣", "1_0", "NaN", "+1"]
)
def test_an_amount_that_is_not_there_gets_a_message(
    browser: Callable[..., Client], standin: Standin, paid: Order, amount: str
) -> None:
    address = reverse("shop:refund-order", args=[paid.reference])

    response = browser(Role.OPS).post(address, {"amount": amount, "key": "k"}, follow=True)

    assert response.status_code == 200
    assert [message.level_tag for message in response.context["messages"]] == ["error"]
    assert refunds(standin) == []
