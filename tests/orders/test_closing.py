"""A page or a PaymentIntent that ends between our look at it and our wish to close it: what it is now decides."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from revenue_intel.exceptions import IllegalTransitionError, PaymentRefusedError
from revenue_intel.gateway import client as gateway
from revenue_intel.orders import services as orders
from revenue_intel.orders.expiry import expire_checkout, release_overdue
from revenue_intel.testing.standin import Standin
from tests.deliveries import deliver, payment_succeeded
from tests.host.models import Product

pytestmark = pytest.mark.django_db

start = {
    "checkout": partial(orders.start_payment, reference="R1", success_url="https://a.example/"),
    "payment_intent": partial(orders.start_payment, reference="R1", mode="payment_intent"),
}
cancel = partial(orders.cancel, reference="R1", actor="user:1")
ENDS: dict[str, Callable[[Standin, str], object]] = {
    "checkout": lambda standin, page: standin.api.expire_checkout_session(page),
    "payment_intent": lambda standin, page: standin.api.cancel(page),
}


def before_closing(monkeypatch: pytest.MonkeyPatch, act: Callable[[str], object]) -> None:
    """Let somebody else act on the payment just before Stripe is asked to close it."""
    call = gateway._call

    def act_and_call(resource: str, verb: str, *args: Any, **options: Any) -> Any:
        if verb in ("expire", "cancel"):
            act(args[0])
        return call(resource, verb, *args, **options)

    monkeypatch.setattr(gateway, "_call", act_and_call)


@pytest.mark.parametrize("mode", start)
def test_two_who_cancel_at_once_both_hear_that_it_is_canceled(standin, order, monkeypatch, mode):
    start[mode]()
    before_closing(monkeypatch, partial(ENDS[mode], standin))

    assert cancel() == "canceled"
    assert Product.objects.get().stock == 5


def test_a_page_that_is_paid_just_before_it_is_closed_is_being_paid(standin, order, monkeypatch):
    start["checkout"]()
    before_closing(monkeypatch, lambda page: standin.api.pay_checkout_session(page, email="ada@example.com"))

    with pytest.raises(IllegalTransitionError, match="being paid right now"):
        cancel()
    assert release_overdue(reference="R1") is False
    assert Product.objects.get().stock == 3


@pytest.mark.parametrize("mode", start)
def test_what_stripe_does_not_close_stays_open(standin, order, monkeypatch, mode):
    start[mode]()

    def refuse(_payment: str) -> None:
        raise PaymentRefusedError("no")

    before_closing(monkeypatch, refuse)

    with pytest.raises(PaymentRefusedError):
        cancel()
    assert Product.objects.get().stock == 3


def test_what_the_news_of_the_closing_gave_back_first_is_released(standin, order, monkeypatch):
    start["checkout"]()
    close = gateway.close_payment

    def close_and_hear_of_it(*, payment_id: str) -> str:
        status = close(payment_id=payment_id)
        expire_checkout(reference="R1", session_id=payment_id)
        return status

    monkeypatch.setattr(gateway, "close_payment", close_and_hear_of_it)

    assert release_overdue(reference="R1") is True
    assert Product.objects.get().stock == 5


def test_what_was_paid_while_its_page_was_closed_is_not_released(standin, order, monkeypatch):
    start["checkout"]()
    close = gateway.close_payment

    def close_and_hear_of_money(*, payment_id: str) -> str:
        status = close(payment_id=payment_id)
        deliver(payment_succeeded("R1", 1900))
        return status

    monkeypatch.setattr(gateway, "close_payment", close_and_hear_of_money)

    assert release_overdue(reference="R1") is False
    assert Product.objects.get().stock == 3
