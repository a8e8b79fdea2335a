"""One payment is open at a time: what is asked for, who is told, and how long its stock is held."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from revenue_intel.audit.models import AuditEvent
from revenue_intel.gateway import client as gateway
from revenue_intel.kit import clock
from revenue_intel.orders import services as orders
from revenue_intel.signals import payment_started
from revenue_intel.stock.models import StockReservation
from revenue_intel.testing.standin import Standin
from tests.host.models import Order, Product

pytestmark = pytest.mark.django_db

BACK = {"success_url": "https://shop.example/ok/", "cancel_url": "https://shop.example/no/"}
start = partial(orders.start_payment, reference="R1", **BACK)
release = partial(orders.release_overdue, reference="R1")


def sessions(standin: Standin) -> list[dict[str, Any]]:
    return list(standin.records()["checkout_sessions"])


def shelf() -> int:
    return Product.objects.get().stock


def test_a_started_payment_is_in_the_audit_log_and_told_once(
    standin, order, django_capture_on_commit_callbacks
):
    told: list[tuple[str, str]] = []

    def listen(*, reference: str, payment: str, **_rest: Any) -> None:
        told.append((reference, payment))

    payment_started.connect(listen)
    try:
        with django_capture_on_commit_callbacks(execute=True):
            start()
            start()
    finally:
        payment_started.disconnect(listen)

    (session,) = sessions(standin)
    assert told == [("R1", session["id"])]
    written = AuditEvent.objects.get(action="order.payment_started")
    assert (written.subject, written.detail) == (
        "R1",
        {"payment": session["id"], "amount_minor": 1900, "currency": "gbp"},
    )


@pytest.mark.parametrize("way", ["start", "intent"])
def test_what_a_client_says_of_the_amount_is_not_listened_to(standin, order, ada, way):
    client = Client()
    client.force_login(ada)
    claims = {"amount": "1", "amount_minor": "1", "total": "0.01", "currency": "jpy", "reference": "R2"}

    client.post(f"{reverse(f'payments:{way}', args=['R1'])}?amount=1&currency=jpy", claims)

    records = standin.records()
    asked = [(each["amount_total"], each["currency"]) for each in records["checkout_sessions"]]
    asked += [(each["amount"], each["currency"]) for each in records["payment_intents"] if way == "intent"]
    assert asked == [(1900, "gbp")]


def test_an_order_whose_currency_changed_gets_a_page_in_its_new_one(standin, order):
    start()
    Order.objects.update(currency="usd")

    start()

    assert sorted(session["currency"] for session in sessions(standin)) == ["gbp", "usd"]
    assert sorted(session["status"] for session in sessions(standin)) == ["expired", "open"]


def test_two_clicks_within_a_minute_are_one_page_and_it_stays_open(standin, order, monkeypatch):
    create, at = gateway.create_checkout_session, clock.now().replace(second=10)
    seconds = iter(range(40))
    monkeypatch.setattr(clock, "now", lambda: at + timedelta(seconds=next(seconds)))
    other: list[str] = []

    def create_beside_another(**asked: Any) -> Any:
        monkeypatch.setattr(gateway, "create_checkout_session", create)
        other.append(start())
        return create(**asked)

    monkeypatch.setattr(gateway, "create_checkout_session", create_beside_another)

    assert [start()] == other
    assert [session["status"] for session in sessions(standin)] == ["open"]


def test_a_page_opened_while_a_slow_worker_closed_the_old_one_is_closed_before_its_stock_is_given_back(
    standin, order, later, monkeypatch
):
    start()
    later(minutes=80)
    close = gateway.close_checkout_session

    def close_and_start_again_and_dawdle(**arguments: Any) -> str:
        status = close(**arguments)
        monkeypatch.setattr(gateway, "close_checkout_session", close)
        start()
        later(minutes=80)
        return status

    monkeypatch.setattr(gateway, "close_checkout_session", close_and_start_again_and_dawdle)

    assert release() is False
    assert (sessions(standin)[-1]["status"], shelf()) == ("open", 3)

    assert release() is True
    assert (sessions(standin)[-1]["status"], shelf()) == ("expired", 5)


def test_stock_is_held_ten_minutes_longer_than_its_page_is_open(standin, order):
    start()

    held_until = StockReservation.objects.get().expires_at.timestamp()
    assert held_until - sessions(standin)[-1]["expires_at"] == 10 * 60
