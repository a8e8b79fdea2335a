"""A Checkout Session links an order to its payment: it posts no money, and neither doubles nor loses any."""

from __future__ import annotations

from io import StringIO
from itertools import permutations

import pytest
from django.core.management import call_command

from revenue_intel.facts.models import CheckoutSessionFact, LedgerEntry, PaymentFact
from revenue_intel.issues.models import Issue
from revenue_intel.webhooks.models import StripeEvent
from tests.deliveries import PAID_AT, deliver, payment_succeeded
from tests.factories import make_order, make_product
from tests.handlers.samples import session
from tests.history import outcome, rolled_back
from tests.host.models import Order, Product

pytestmark = pytest.mark.django_db


@pytest.fixture
def order():
    return make_order("R1", [(make_product("Mug", "9.50", stock=3), 2)])


def sales() -> list[tuple[str, int, str]]:
    standing = LedgerEntry.objects.filter(reverses=None, reversed_by=None)
    return list(standing.values_list("object_id", "amount_minor", "order_reference"))


def outcomes() -> dict[str, str]:
    return dict(StripeEvent.objects.values_list("type", "outcome"))


def test_a_paid_session_posts_nothing_and_waits_for_its_payment(order):
    deliver(session("completed"))

    assert outcomes() == {"checkout.session.completed": "parked"}
    assert not LedgerEntry.objects.exists()
    assert Order.objects.get().status == "pending"


@pytest.mark.parametrize("names", [True, False], ids=["payment names the order", "only the session does"])
def test_session_and_payment_are_one_sale_in_any_order(order, names):
    told = [
        payment_succeeded("R1" if names else "", 1900, event_id="evt_paid"),
        {**session("completed"), "id": "evt_session"},
        {**session("async_payment_succeeded", at=PAID_AT + 9), "id": "evt_async"},
    ]
    ends = []
    for arrival in permutations(told):
        with rolled_back():
            for event in [*arrival, arrival[0]]:
                deliver(event)
            ends.append(outcome())
            assert sales() == [("pi_1", 1900, "R1")]
            assert (Order.objects.get().status, Product.objects.get().stock) == ("paid", 1)
            assert set(outcomes().values()) == {"applied"}
            assert not Issue.objects.filter(status="open").exists()

    assert all(end == ends[0] for end in ends)


@pytest.mark.parametrize("is_order_here", [True, False])
def test_earlier_news_of_a_session_links_payment_and_order_whoever_comes_first(is_order_here):
    product = make_product("Mug", "9.50", stock=3)
    if is_order_here:
        make_order("R1", [(product, 2)])
    told = [
        payment_succeeded("", 1900, event_id="evt_paid"),
        {**session("completed", payment_status="unpaid"), "id": "evt_session"},
    ]
    ends = []
    for arrival in permutations(told):
        with rolled_back():
            for event in arrival:
                deliver(event)
            ends.append(outcome())
            assert sales() == [("pi_1", 1900, "R1" if is_order_here else "")]

    assert ends[0] == ends[1]


def test_the_order_of_a_session_may_come_last():
    deliver(payment_succeeded("", 1900))
    deliver(session("completed"))
    assert outcomes()["checkout.session.completed"] == "parked"

    order = make_order("R1", [(make_product("Mug", "9.50", stock=3), 2)])
    call_command("revenue_process_events", verbosity=0, stdout=StringIO())

    order.refresh_from_db()
    assert order.status == "paid"
    assert sales() == [("pi_1", 1900, "R1")]


def test_without_its_order_both_end_the_same_whoever_comes_first():
    told = [payment_succeeded("", 1900, event_id="evt_paid"), {**session("completed"), "id": "evt_session"}]
    ends = []
    for arrival in permutations(told):
        with rolled_back():
            for event in arrival:
                deliver(event)
            ends.append(outcome())

    assert ends[0] == ends[1]
    assert ends[0]["events"] == [("evt_paid", "applied"), ("evt_session", "parked")]
    assert ends[0]["issues"] == ["payment_without_order:pi_1"]


def test_without_an_adapter_the_payment_bears_the_sessions_order_whoever_comes_first(settings):
    settings.REVENUE_INTEL_SHOP = ""
    told = [payment_succeeded("", 1900, event_id="evt_paid"), {**session("completed"), "id": "evt_session"}]
    ends = []
    for arrival in permutations(told):
        with rolled_back():
            for event in [*arrival, arrival[0]]:
                deliver(event)
            ends.append(outcome())
            assert PaymentFact.objects.get().claimed_reference == "R1"
            assert sales() == [("pi_1", 1900, "pi_1")]

    assert ends[0] == ends[1]


def test_a_session_may_name_its_order_in_its_metadata(order):
    deliver(payment_succeeded("", 1900))
    deliver(session("completed", client_reference_id=None, metadata={"order_reference": "R1"}))

    assert sales() == [("pi_1", 1900, "R1")]


def test_a_payment_that_names_another_order_is_that_ones(order):
    make_order("R2", [(Product.objects.get(), 2)])
    deliver(payment_succeeded("R2", 1900))

    deliver(session("completed"))

    assert sales() == [("pi_1", 1900, "R2")]
    assert Order.objects.get(reference="R1").status == "pending"


def test_a_session_of_no_order_changes_nothing():
    deliver(payment_succeeded("", 1900))
    deliver(session("completed", client_reference_id=None))

    assert outcomes()["checkout.session.completed"] == "applied"
    assert sales() == [("pi_1", 1900, "")]


@pytest.mark.parametrize("payment_status", ["unpaid", "no_payment_required"])
def test_a_complete_session_that_is_not_paid_waits_for_nothing(order, payment_status):
    deliver(session("completed", payment_status=payment_status))

    assert outcomes() == {"checkout.session.completed": "applied"}
    assert CheckoutSessionFact.objects.get().payment_status == payment_status
    assert Order.objects.get().status == "pending"


@pytest.mark.parametrize("last", ["async_payment_failed", "async_payment_succeeded"])
def test_a_delayed_payment_ends_as_it_ends_whoever_comes_first(order, last):
    told = [
        {**session("completed", payment_status="unpaid"), "id": "evt_1"},
        {**session(last, at=PAID_AT + 9), "id": "evt_2"},
    ]
    ends = []
    for arrival in permutations(told):
        with rolled_back():
            for event in arrival:
                deliver(event)
            ends.append(CheckoutSessionFact.objects.get().payment_status)

    assert ends == [{"async_payment_failed": "failed", "async_payment_succeeded": "paid"}[last]] * 2


def test_an_expired_session_can_no_longer_be_paid_on_and_touches_nothing_else(order):
    deliver(session("expired"))

    known = CheckoutSessionFact.objects.get()
    assert (known.status, known.payment_status, known.order_reference) == ("expired", "unpaid", "R1")
    assert Order.objects.get().status == "pending"


def test_a_session_that_takes_no_payment_is_ignored():
    deliver(session("completed", mode="setup", payment_status="no_payment_required"))

    assert StripeEvent.objects.get().reason == "setup_session"
    assert not CheckoutSessionFact.objects.exists()


def test_a_session_of_a_subscription_is_recorded(order):
    deliver(session("completed", mode="subscription", payment_intent=None))

    assert CheckoutSessionFact.objects.get().payment_status == "paid"
    assert not LedgerEntry.objects.exists()


@pytest.mark.parametrize(
    "changes",
    [
        {"payment_status": "melted"},
        {"status": "melted"},
        {"client_reference_id": 7},
        {"payment_intent": {}},
        {"metadata": []},
        {"mode": []},
    ],
    ids=str,
)
def test_a_session_that_makes_no_sense_fails_and_writes_nothing(order, changes):
    event = session("completed", client_reference_id=None)
    event["data"]["object"].update(changes)

    assert deliver(event).json() == {"outcome": "failed"}
    assert not CheckoutSessionFact.objects.exists()
