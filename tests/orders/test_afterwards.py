"""What a shop may wish for when money goes back: goods on the shelf again, and short orders refunded by themselves."""

from __future__ import annotations

from io import StringIO
from itertools import permutations
from typing import Any

import pytest
from django.core.management import call_command

from revenue_intel.facts.models import OrderFact
from revenue_intel.issues.models import Issue
from revenue_intel.orders import services as orders
from revenue_intel.orders.models import RefundRequest
from revenue_intel.stock import services as stock
from revenue_intel.stock.models import StockMovement
from tests.deliveries import PAID_AT, deliver, payment_succeeded, refund_event
from tests.factories import make_order
from tests.host.models import Order, Product
from tests.host.revenue import Shop

pytestmark = pytest.mark.django_db

FULL = refund_event("created", 1900)


@pytest.fixture
def policy(monkeypatch: pytest.MonkeyPatch) -> Any:
    """``policy("on_cancel")``: what this shop wants."""
    return lambda wanted: monkeypatch.setattr(Shop, "restock_policy", wanted)


def shelf() -> int:
    return Product.objects.get().stock


@pytest.mark.parametrize(
    ("wanted", "was_sent", "left"),
    [
        ("never", False, 3),
        ("on_cancel", False, 5),
        ("on_cancel", True, 3),
        ("on_full_refund", False, 5),
        ("on_full_refund", True, 5),
    ],
)
def test_goods_go_back_as_the_shop_wants(order, policy, wanted, was_sent, left):
    policy(wanted)
    deliver(payment_succeeded("R1", 1900))
    if was_sent:
        orders.fulfil(reference="R1", actor="user:1")

    deliver(FULL)
    deliver(refund_event("updated", 1900))

    assert shelf() == left


def test_a_refund_in_part_brings_nothing_back(order, policy):
    policy("on_full_refund")
    deliver(payment_succeeded("R1", 1900))

    deliver(refund_event("created", 1899))

    assert shelf() == 3


def test_what_was_never_taken_does_not_come_back(order, policy):
    policy("on_full_refund")
    Product.objects.update(stock=1)
    deliver(payment_succeeded("R1", 1900))

    deliver(FULL)

    assert shelf() == 1


@pytest.mark.parametrize("arrival", list(permutations(range(3))), ids=str)
def test_in_any_order_of_arrival_goods_go_back_once_and_for_the_same_cause(order, policy, arrival):
    policy("on_full_refund")
    history = [
        payment_succeeded("R1", 1900),
        refund_event("created", 900, refund="re_1", created=PAID_AT + 60),
        refund_event("created", 1000, refund="re_2", created=PAID_AT + 120),
    ]

    for position in arrival:
        deliver(history[position])
        deliver(history[position])

    assert list(StockMovement.objects.filter(kind="restock").values_list("cause", "pieces")) == [("re_2", 2)]
    assert shelf() == 5


def test_goods_whose_refund_comes_to_nothing_are_taken_again(order, policy):
    policy("on_full_refund")
    deliver(payment_succeeded("R1", 1900))
    deliver(FULL)
    assert shelf() == 5

    deliver(refund_event("failed", 1900, status="failed"))

    assert shelf() == 3
    assert not Issue.objects.filter(status="open").exists()
    deliver(refund_event("created", 1900, refund="re_2"))
    assert shelf() == 5


def test_what_the_host_put_back_itself_is_not_taken_again(order, policy):
    policy("on_full_refund")
    deliver(payment_succeeded("R1", 1900))
    stock.restock(order_reference="R1", key="returned", lines=[(str(order.lines.get().pk), 1)])
    deliver(FULL)
    assert shelf() == 5

    deliver(refund_event("failed", 1900, status="failed"))

    assert shelf() == 4


#: The later payment's news came first, and its refund was the order's, until the earlier one's.
TWICE = [
    payment_succeeded("R1", 1900, intent="pi_1", at=PAID_AT),
    payment_succeeded("R1", 1900, intent="pi_2", at=PAID_AT + 60),
    refund_event("created", 1900, refund="re_2", intent="pi_2", charge="ch_2"),
]


@pytest.mark.parametrize("arrival", list(permutations(range(3))), ids=str)
def test_goods_of_an_order_that_was_paid_twice_are_sold_once_in_any_order_of_arrival(order, policy, arrival):
    policy("on_full_refund")

    for position in arrival:
        deliver(TWICE[position])
        deliver(TWICE[position])

    assert shelf() == 3
    assert OrderFact.objects.get().refunded_minor == 0
    assert [issue.kind for issue in Issue.objects.filter(status="open")] == ["order_paid_twice"]
    deliver(refund_event("created", 1900, refund="re_1", created=PAID_AT + 7200))
    assert shelf() == 5


def test_goods_that_somebody_bought_meanwhile_are_an_issue(order, policy):
    policy("on_full_refund")
    deliver(TWICE[1])
    deliver(TWICE[2])
    Product.objects.update(stock=1)

    assert deliver(TWICE[0]).json() == {"outcome": "applied"}

    assert shelf() == 1
    assert {issue.kind for issue in Issue.objects.filter(status="open")} == {
        "order_paid_twice",
        "restocked_and_not_refunded",
    }


def test_goods_that_are_back_by_the_next_news_are_taken_then(order, policy):
    policy("on_full_refund")
    deliver(payment_succeeded("R1", 1900))
    deliver(FULL)
    Product.objects.update(stock=1)
    deliver(refund_event("failed", 1900, status="failed"))
    assert Issue.objects.get(status="open").kind == "restocked_and_not_refunded"
    Product.objects.update(stock=2)

    deliver(refund_event("created", 500, refund="re_2"))

    assert not Issue.objects.filter(status="open").exists()
    assert shelf() == 0


def pay_short(standin: Any) -> None:
    """Pay order R1 at the stand-in, while one piece of its two is there."""
    Product.objects.update(stock=1)
    paid = standin.api.create_payment_intent(
        amount=1900, currency="gbp", payment_method="pm_card_visa", confirm=True
    )
    assert deliver(payment_succeeded("R1", 1900, intent=paid["id"])).status_code == 200


@pytest.mark.django_db(transaction=True)
def test_a_short_order_waits_for_a_person_unless_the_shop_says_otherwise(standin, order):
    pay_short(standin)

    assert standin.records()["refunds"] == []
    assert not RefundRequest.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_short_order_is_refunded_by_itself_once_where_the_shop_wants_that(standin, order, settings):
    settings.REVENUE_INTEL_REFUND_UNFULFILLABLE = True

    pay_short(standin)
    intent = standin.records()["payment_intents"][0]["id"]
    deliver(payment_succeeded("R1", 1900, intent=intent))

    assert [refund["amount"] for refund in standin.records()["refunds"]] == [1900]
    assert Order.objects.get().status == "refunded"
    assert RefundRequest.objects.get().actor == "revenue_intel"
    assert Issue.objects.get(kind="paid_unfulfillable").status == "open"


@pytest.mark.django_db(transaction=True)
def test_a_refund_by_itself_that_failed_keeps_the_payment_and_is_made_by_the_command(
    standin, order, settings, request
):
    settings.REVENUE_INTEL_REFUND_UNFULFILLABLE = True
    alive = settings.REVENUE_INTEL_STRIPE_API_BASE
    request.getfixturevalue("dead_stripe")

    pay_short(standin)

    assert OrderFact.objects.get().paid_at is not None
    kinds = set(Issue.objects.filter(status="open").values_list("kind", flat=True))
    assert kinds == {"paid_unfulfillable", "refund_unanswered"}
    settings.REVENUE_INTEL_STRIPE_API_BASE = alive
    call_command("revenue_retry_refunds", stdout=StringIO())
    assert Order.objects.get().status == "refunded"


def test_every_short_order_has_a_refund_of_its_own(
    standin, order, settings, django_capture_on_commit_callbacks
):
    settings.REVENUE_INTEL_REFUND_UNFULFILLABLE = True
    Product.objects.update(stock=0)
    make_order("R2", [(Product.objects.get(), 2)])

    for number in (1, 2):
        deliver(payment_succeeded(f"R{number}", 1900, intent=f"pi_{number}"))

    assert set(RefundRequest.objects.values_list("order_reference", "payment_intent")) == {
        ("R1", "pi_1"),
        ("R2", "pi_2"),
    }


def test_a_short_order_that_is_refunded_already_is_not_refunded_again(order, settings):
    settings.REVENUE_INTEL_REFUND_UNFULFILLABLE = True
    Product.objects.update(stock=0)
    order.delete()
    deliver(payment_succeeded("R1", 1900))
    deliver(FULL)
    make_order("R1", [(Product.objects.get(), 2)])

    assert deliver(payment_succeeded("R1", 1900)).json() == {"outcome": "applied"}

    assert (Order.objects.get().status, RefundRequest.objects.count()) == ("refunded", 0)


def test_goods_of_an_order_that_was_refunded_before_it_came_stay_on_the_shelf(order, policy):
    policy("on_full_refund")
    order.delete()
    deliver(payment_succeeded("R1", 1900))
    deliver(FULL)
    make_order("R1", [(Product.objects.get(), 2)])

    assert deliver(payment_succeeded("R1", 1900)).json() == {"outcome": "applied"}

    assert (Order.objects.get().status, shelf()) == ("refunded", 5)


def test_a_payment_that_fits_after_all_closes_the_issue_that_it_did_not(order):
    Order.objects.update(total="20.00")
    deliver(payment_succeeded("R1", 1900))
    assert Issue.objects.get(kind="payment_mismatch").status == "open"

    Order.objects.update(total="19.00")
    deliver(payment_succeeded("R1", 1900))

    assert (Order.objects.get().status, Issue.objects.get(kind="payment_mismatch").status) == (
        "paid",
        "resolved",
    )
