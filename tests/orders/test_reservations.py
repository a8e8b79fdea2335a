"""Stock is held for as long as its payment can succeed, and no longer."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from functools import partial
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from revenue_intel.exceptions import IllegalTransitionError, StockOversellError
from revenue_intel.facts.models import OrderFact
from revenue_intel.gateway import client
from revenue_intel.kit import clock
from revenue_intel.orders import checkout, expiry
from revenue_intel.orders import services as orders
from revenue_intel.stock.models import StockMovement, StockReservation
from revenue_intel.stock.selectors import sum_movements
from tests.deliveries import deliver, payment_succeeded
from tests.factories import make_order, make_product
from tests.host.models import Order, Product
from tests.threads import on_a_connection_of_its_own, postgres_only

pytestmark = pytest.mark.django_db

BACK = {"success_url": "https://shop.example/ok/", "cancel_url": "https://shop.example/no/"}
start = partial(orders.start_payment, reference="R1", **BACK)
release = partial(orders.release_overdue, reference="R1")


def shelf() -> int:
    return Product.objects.get().stock


def moved() -> Counter[str]:
    return Counter(StockMovement.objects.exclude(kind="opening").values_list("kind", flat=True))


def session(standin: Any) -> dict[str, Any]:
    return dict(standin.records()["checkout_sessions"][-1])


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch, settings: Any) -> Any:
    """``later(hours=2)``: for us it is later than it is; Stripe's clock goes on as it does."""
    settings.REVENUE_INTEL_STRIPE_WEBHOOK_TOLERANCE_SECONDS = 24 * 3600

    def move(**by: float) -> None:
        at = clock.now() + timedelta(**by)
        monkeypatch.setattr(clock, "now", lambda: at)

    return move


def test_a_started_payment_holds_its_stock_for_longer_than_its_page_is_open(standin, order):
    start()

    until = StockReservation.objects.get(order_reference="R1").expires_at
    assert (shelf(), moved()) == (3, {"reserve": 1})
    assert int(until.timestamp()) == session(standin)["expires_at"] + checkout.GRACE.total_seconds()
    assert session(standin)["expires_at"] - session(standin)["created"] >= 3600


def test_what_an_order_holds_does_not_count_against_it(standin, order):
    Product.objects.update(stock=2)

    assert start() == start()

    assert (shelf(), moved()) == (0, {"reserve": 1})


def test_two_orders_do_not_hold_the_same_piece(standin, order):
    start()
    make_order("R2", [(Product.objects.get(), 4)])

    with pytest.raises(StockOversellError):
        orders.start_payment(reference="R2", **BACK)

    assert len(standin.records()["checkout_sessions"]) == 1
    assert shelf() == 3


def test_the_customer_is_told_that_it_is_sold_out(standin, order, ada):
    Product.objects.update(stock=1)
    browser = Client()
    browser.force_login(ada)

    answer = browser.post(reverse("payments:start", args=["R1"]))

    assert answer.status_code == 409
    assert "sold out" in answer.text


def test_the_payment_takes_what_was_held_whatever_others_bought(standin, order):
    Product.objects.update(stock=2)
    start()

    deliver(payment_succeeded("R1", 1900))

    order.refresh_from_db()
    assert (order.status, shelf(), moved()) == ("paid", 0, {"reserve": 1, "commit": 1})
    assert not StockReservation.objects.exists()
    assert list(sum_movements().values()) == [0]


def test_cancel_gives_back(standin, order):
    start()

    orders.cancel(reference="R1", actor="user:1")

    assert (shelf(), moved()) == (5, {"reserve": 1, "release": 1})


def test_news_that_the_page_has_expired_gives_back_once(standin, order):
    start()
    expired = partial(orders.expire_checkout, reference="R1", session_id=session(standin)["id"])

    assert expired() == "pending"
    assert expired() == "pending"

    assert (shelf(), moved(), OrderFact.objects.get().checkout_session) == (
        5,
        {"reserve": 1, "release": 1},
        "",
    )


@pytest.mark.parametrize("other", ["cs_other", "", "cs\x00"], ids=ascii)
def test_news_of_another_page_gives_nothing_back(standin, order, other):
    start()

    orders.expire_checkout(reference="R1", session_id=other)

    assert shelf() == 3


@pytest.mark.parametrize("reference", ["R9", "", "R1\x00", "x" * 5000], ids=ascii)
def test_news_of_an_order_that_is_not_there_is_no_error(reference):
    assert orders.expire_checkout(reference=reference, session_id="cs_1") is None


def test_before_its_time_nothing_is_overdue(standin, order, later):
    start()
    later(minutes=60)

    assert expiry.find_overdue() == []
    assert shelf() == 3


def test_when_its_time_has_come_the_page_is_closed_and_the_stock_given_back(standin, order, later):
    start()
    later(minutes=80)

    assert expiry.find_overdue() == ["R1"]
    assert release() is True

    assert (session(standin)["status"], shelf(), moved()) == ("expired", 5, {"reserve": 1, "expire": 1})
    assert expiry.find_overdue() == []


def test_a_payment_that_is_on_its_way_keeps_its_stock(standin, order, later):
    start()
    standin.api.pay_checkout_session(session(standin)["id"], email="ada@example.com")
    later(minutes=80)

    assert release() is False
    assert shelf() == 3

    deliver(payment_succeeded("R1", 1900))
    order.refresh_from_db()
    assert (order.status, shelf()) == ("paid", 3)


def test_a_page_opened_while_the_old_one_is_closed_keeps_its_stock(standin, order, later, monkeypatch):
    start()
    later(minutes=80)
    close = client.close_checkout_session

    def close_and_start_again(**arguments: Any) -> str:
        status = close(**arguments)
        monkeypatch.setattr(client, "close_checkout_session", close)
        start()
        return status

    monkeypatch.setattr(client, "close_checkout_session", close_and_start_again)

    assert release() is False

    assert (session(standin)["status"], shelf()) == ("open", 3)
    assert OrderFact.objects.get().checkout_session == session(standin)["id"]


def test_what_was_given_back_is_gone_when_it_is_paid_all_the_same(standin, order, later):
    start()
    later(minutes=80)
    release()
    Product.objects.update(stock=1)

    deliver(payment_succeeded("R1", 1900))

    order.refresh_from_db()
    assert (order.status, shelf()) == ("paid_unfulfillable", 1)


def test_a_short_payment_gives_back_what_its_order_held_in_part(standin, order):
    start()
    order.lines.update(quantity=9)

    deliver(payment_succeeded("R1", 1900))

    order.refresh_from_db()
    assert (order.status, shelf()) == ("paid_unfulfillable", 5)
    assert not StockReservation.objects.exists()


def test_an_order_that_its_host_has_deleted_gives_back(standin, order, later):
    start()
    Order.objects.all().delete()
    later(minutes=80)

    assert release() is True
    assert shelf() == 5


def test_the_command_releases_what_is_overdue_and_only_lists_it_when_asked(standin, order, later):
    start()
    later(minutes=80)
    listed, said, again = StringIO(), StringIO(), StringIO()

    call_command("revenue_release_expired", "--dry-run", stdout=listed)
    assert shelf() == 3
    call_command("revenue_release_expired", stdout=said)
    call_command("revenue_release_expired", stdout=again)

    assert listed.getvalue() == "R1\n1 orders overdue.\n"
    assert said.getvalue() == "R1  released\n1 orders overdue.\n"
    assert again.getvalue() == "0 orders overdue.\n"
    assert shelf() == 5


def test_while_stripe_cannot_be_asked_the_stock_stays_held(standin, order, later, request):
    start()
    later(minutes=80)
    request.getfixturevalue("dead_stripe")
    complaints = StringIO()

    with pytest.raises(CommandError, match="1 of 1"):
        call_command("revenue_release_expired", stdout=StringIO(), stderr=complaints)

    assert "R1  Stripe could not be reached" in complaints.getvalue()
    assert shelf() == 3


@postgres_only
@pytest.mark.django_db(transaction=True)
def test_expiry_beside_a_payment_ends_with_each_piece_where_its_order_is(standin, later):
    mug = make_product("Mug", "9.50", stock=100)
    rounds = 8
    for number in range(rounds):
        make_order(f"R{number}", [(mug, 2)])
        orders.start_payment(reference=f"R{number}", **BACK)
    later(minutes=80)
    for number in range(rounds):
        on_a_connection_of_its_own(
            partial(orders.release_overdue, reference=f"R{number}"),
            partial(deliver, payment_succeeded(f"R{number}", 1900, intent=f"pi_{number}")),
        )

    assert set(Order.objects.values_list("status", flat=True)) == {"paid"}
    assert Product.objects.get(pk=mug.pk).stock == 100 - 2 * rounds
    assert StockMovement.objects.filter(kind="commit").count() == rounds
    assert not StockReservation.objects.exists()


@postgres_only
@pytest.mark.django_db(transaction=True)
def test_cancel_beside_a_start_never_leaves_a_page_or_stock_behind(standin):
    mug = make_product("Mug", "9.50", stock=100)
    for number in range(8):
        make_order(f"R{number}", [(mug, 2)])
        _, canceled = on_a_connection_of_its_own(
            partial(orders.start_payment, reference=f"R{number}", **BACK),
            partial(orders.cancel, reference=f"R{number}", actor="user:1"),
        )
        assert canceled == "canceled"

    assert {each["status"] for each in standin.records()["checkout_sessions"]} <= {"expired"}
    assert Product.objects.get(pk=mug.pk).stock == 100
    with pytest.raises(IllegalTransitionError):
        orders.start_payment(reference="R0", **BACK)
