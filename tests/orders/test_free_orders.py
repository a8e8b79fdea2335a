"""An order that costs nothing is settled without a payment: stock is taken, nothing is posted, Stripe is not asked."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from revenue_intel.exceptions import IllegalTransitionError, RefundNotPossibleError, StockOversellError
from revenue_intel.facts.models import LedgerEntry, OrderFact, PaymentFact
from revenue_intel.issues.models import Issue
from revenue_intel.kit import clock
from revenue_intel.orders import services as orders
from revenue_intel.stock.models import StockMovement
from tests.deliveries import PAID_AT, deliver, payment_succeeded
from tests.factories import make_order, make_product, reprice
from tests.handlers.samples import session
from tests.host.models import Order, Product

pytestmark = pytest.mark.django_db

start = partial(
    orders.start_payment,
    reference="R1",
    success_url="https://shop.example/ok/",
    cancel_url="https://shop.example/no/",
)
NOTHING: dict[str, Any] = {
    "payment_status": "no_payment_required",
    "amount_total": 0,
    "payment_intent": None,
    "mode": "payment",
}


def free_page(**fields: Any) -> dict[str, Any]:
    return session("completed", **{**NOTHING, **fields})


@pytest.fixture
def free() -> Order:
    order = make_order("R1", [(make_product("Mug", "9.50", stock=5), 2)])
    reprice("0.00")
    return order


def shelf() -> int:
    return Product.objects.get().stock


def assert_settled(order: Order) -> None:
    order.refresh_from_db()
    assert (order.status, shelf()) == ("paid", 3)
    assert StockMovement.objects.filter(kind="commit").count() == 1
    assert not LedgerEntry.objects.exists()
    assert not PaymentFact.objects.exists()
    assert not Issue.objects.filter(status="open").exists()


def test_starting_its_payment_settles_it_and_asks_nobody(free, settings):
    settings.REVENUE_INTEL_STRIPE_SECRET_KEY = ""  # whoever asks fails

    assert start() == "https://shop.example/ok/"

    assert_settled(free)
    with pytest.raises(IllegalTransitionError, match="is paid"):
        start()


def test_its_owner_is_led_straight_back(free, ada):
    Order.objects.update(user=ada)
    browser = Client()
    browser.force_login(ada)

    answer = browser.post(reverse("payments:start", args=["R1"]))

    assert (answer.status_code, answer["Location"]) == (
        303,
        "http://testserver/payments/return/R1/?payment=success",
    )
    assert_settled(free)


def test_sold_out_it_is_not_settled(free):
    Product.objects.update(stock=1)

    with pytest.raises(StockOversellError):
        start()

    free.refresh_from_db()
    assert (free.status, shelf()) == ("pending", 1)


def test_an_open_page_over_its_old_amount_is_closed_first(standin, free):
    reprice("19.00")
    start()
    reprice("0.00")

    start()

    assert [each["status"] for each in standin.records()["checkout_sessions"]] == ["expired"]
    assert_settled(free)


def test_a_page_that_needed_no_payment_settles_it_when_it_is_complete(free):
    event = free_page(at=PAID_AT + 7)

    deliver(event)
    deliver(event)

    assert_settled(free)
    assert OrderFact.objects.get().paid_at == clock.from_timestamp(PAID_AT + 7)


@pytest.mark.parametrize("order_of_arrival", [(0, 60), (60, 0)], ids=["in order", "reversed"])
def test_of_two_such_pages_the_earlier_one_dates_it(order_of_arrival, free):
    for later in order_of_arrival:
        deliver(free_page(id=f"cs_{later}", at=PAID_AT + later))

    assert_settled(free)
    assert OrderFact.objects.get().paid_at == clock.from_timestamp(PAID_AT)


def test_a_page_that_comes_before_its_order_waits_for_it(process_events):
    assert deliver(free_page()).json() == {"outcome": "parked"}

    order = make_order("R1", [(make_product("Mug", "9.50", stock=5), 2)], total="0.00")
    process_events()

    assert_settled(order)


@pytest.mark.parametrize("total", ["0.00", "19.00"])
def test_a_page_whose_payment_comes_later_settles_nothing(free, total):
    reprice(total)

    assert deliver(free_page(amount_total=1900)).json() == {"outcome": "applied"}

    free.refresh_from_db()
    assert (free.status, shelf()) == ("pending", 5)


def test_a_page_that_does_not_fit_settles_nothing_and_says_so(free):
    deliver(free_page(currency="jpy"))

    free.refresh_from_db()
    assert (free.status, shelf()) == ("pending", 5)
    assert Issue.objects.get(status="open").kind == "payment_mismatch"


def test_an_order_that_costs_something_is_not_settled_by_a_page_without_a_payment(order):
    deliver(free_page())

    order.refresh_from_db()
    assert (order.status, shelf()) == ("pending", 5)
    assert Issue.objects.get(status="open").kind == "payment_mismatch"


def test_a_subscription_that_begins_with_a_trial_is_no_order(order):
    assert deliver(free_page(mode="subscription")).json() == {"outcome": "applied"}

    order.refresh_from_db()
    assert order.status == "pending"
    assert not Issue.objects.exists()


def test_a_canceled_one_stays_canceled(free):
    orders.cancel(reference="R1", actor="user:1")

    deliver(free_page())

    free.refresh_from_db()
    assert (free.status, shelf()) == ("canceled", 5)


def test_short_it_is_unfulfillable_and_no_refund_is_asked_for(free, settings):
    settings.REVENUE_INTEL_REFUND_UNFULFILLABLE = True
    Product.objects.update(stock=1)

    assert deliver(free_page()).json() == {"outcome": "applied"}

    free.refresh_from_db()
    assert (free.status, shelf()) == ("paid_unfulfillable", 1)
    assert Issue.objects.get(status="open").kind == "paid_unfulfillable"


def test_there_is_nothing_to_give_back(free):
    start()

    with pytest.raises(RefundNotPossibleError):
        orders.refund(reference="R1", actor="user:1", key="k1")


def test_money_that_comes_for_it_all_the_same_is_kept_apart(free):
    start()

    deliver(payment_succeeded("R1", 1900))

    assert Issue.objects.get(status="open").kind == "payment_mismatch"
    assert LedgerEntry.objects.get().order_reference == ""
