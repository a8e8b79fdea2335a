"""A subscription that cannot be read fails with an issue and writes nothing; never a silent null."""

from __future__ import annotations

from typing import Any

import pytest

from revenue_intel.facts.models import Customer, SubscriptionFact, SubscriptionState
from revenue_intel.issues.models import Issue
from revenue_intel.testing import subscriptions
from revenue_intel.webhooks.models import EventFailure
from tests.billing import MARCH, item, subscribed
from tests.deliveries import deliver

pytestmark = pytest.mark.django_db

HUGE = 10**30


def assert_refused(event: dict[str, Any]) -> None:
    answer = deliver(event)

    assert (answer.status_code, answer.json()) == (200, {"outcome": "failed"})
    assert Issue.objects.get().kind == "event_failed"
    assert EventFailure.objects.get().error_class in {"UnsupportedShapeError", "UnknownCurrencyError"}
    assert not SubscriptionFact.objects.exists()
    assert not SubscriptionState.objects.exists()
    assert not Customer.objects.exists()


SUBSCRIPTION: dict[str, list[Any]] = {
    "id": [..., None, "", 5, {}, "x" * 256, "sub\x00"],
    "customer": [..., None, "", 5, [], {"object": "customer"}],
    "status": [..., None, "", "exploded", 5, []],
    "currency": ["", "pounds", 5],
    "items": [..., None, [], "si_1", {}, {"data": []}, {"data": None}, {"data": ["si_1"], "has_more": False}],
    "cancel_at_period_end": ["yes", 1, []],
    "cancel_at": ["soon", True, 1.5, HUGE],
    "canceled_at": ["soon", HUGE],
    "pause_collection": ["void", {"behavior": None}, {"behavior": "x" * 65}, {"resumes_at": 5}],
    "discounts": ["di_1", {}, [5], [None], [{"coupon": {"id": "X"}}], [{"source": "X"}]],
}


@pytest.mark.parametrize(
    ("key", "value"), [(key, value) for key, values in SUBSCRIPTION.items() for value in values], ids=str
)
def test_a_strange_field_of_a_subscription_is_refused(key, value):
    event = subscribed("created")
    payload = event["data"]["object"]
    payload[key] = value
    if value is ...:
        del payload[key]

    assert_refused(event)


ITEM: dict[str, list[Any]] = {
    "id": [..., None, 5],
    "price": ["price_1", {"id": "price_1"}, 5],
    "quantity": [..., None, -1, True, 1.5, "5", 10**9 + 1, HUGE],
    "current_period_end": [..., None, "soon", HUGE],
    "current_period_start": [..., None, "soon", HUGE],
    "discounts": ["di_1", [5]],
}
PRICE: dict[str, list[Any]] = {
    "id": [..., None],
    "recurring": [..., None, {}, "month"],
    "billing_scheme": [..., None, "exploded"],
    "unit_amount_decimal": ["", "a", "NaN", "Infinity", "-1", "0.1234567890123", "1e30", True, []],
    "transform_quantity": [
        "x",
        {"divide_by": 0, "round": "up"},
        {"divide_by": 5},
        {"divide_by": 5, "round": "x"},
    ],
}
RECURRING: dict[str, list[Any]] = {
    "interval": [..., None, "fortnight"],
    "interval_count": [..., None, 0, -1, True, "1", HUGE],
    "usage_type": [..., None, "free"],
}


@pytest.mark.parametrize(
    ("where", "key", "value"),
    [
        (where, key, value)
        for where, table in (("item", ITEM), ("price", PRICE), ("recurring", RECURRING))
        for key, values in table.items()
        for value in values
    ],
    ids=str,
)
def test_a_strange_field_of_an_item_is_refused(where, key, value):
    thing = item(1000)
    holder = {"item": thing, "price": thing["price"], "recurring": thing["price"]["recurring"]}[where]
    holder[key] = value
    if value is ...:
        del holder[key]

    assert_refused(subscribed("created", thing))


def test_a_price_without_any_amount_is_refused():
    assert_refused(subscribed("created", item(None)))


def test_an_item_with_neither_price_nor_plan_is_refused():
    assert_refused(subscribed("created", item(1000) | {"price": None, "plan": None}))


def test_a_product_of_amount_and_quantity_that_no_column_holds_is_refused():
    assert_refused(subscribed("created", item(10**14, 10**9)))


def test_a_list_that_does_not_say_whether_there_is_more_is_refused():
    event = subscribed("created")
    del event["data"]["object"]["items"]["has_more"]

    assert_refused(event)


def test_a_deleted_subscription_that_is_active_is_refused():
    assert_refused(subscribed("deleted", status="active"))


def test_an_old_subscription_without_its_period_is_refused():
    event = subscribed("created", is_old=True)
    del event["data"]["object"]["current_period_end"]

    assert_refused(event)


COUPON: dict[str, list[Any]] = {
    "id": [..., None],
    "percent_off": [None, 101, -1, "x", True],
    "amount_off": [5, -1, "x"],
    "duration": [..., None, "always"],
    "applies_to": ["x", {"products": "prod_1"}, {"products": [5]}],
}


@pytest.mark.parametrize(
    ("key", "value"), [(key, value) for key, values in COUPON.items() for value in values], ids=str
)
def test_a_strange_coupon_is_refused(key, value):
    coupon = subscriptions.coupon(id="HALF", percent_off=50)
    coupon[key] = value
    if value is ...:
        del coupon[key]

    assert_refused(subscribed("created", discounts=[subscriptions.discount(coupon=coupon)]))


@pytest.mark.parametrize(
    "changes",
    [{"customer": "cus_2"}, {"currency": "eur"}, {"livemode": True}, {"account": "acct_1"}],
    ids=str,
)
def test_a_subscription_reported_as_another_one_is_a_conflict_and_changes_nothing(changes):
    deliver(subscribed("created"))

    answer = deliver(subscribed("updated", at=MARCH + 1, **changes))

    assert answer.json() == {"outcome": "failed"}
    assert EventFailure.objects.get().error_class == "LedgerConflictError"
    assert SubscriptionState.objects.count() == 1
