"""Subscriptions: each event adds a state to the history, the subscription stands as its history says."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from itertools import permutations

import pytest
from django.db import DatabaseError, connection, transaction

from revenue_intel.facts.models import SubscriptionFact, SubscriptionState
from revenue_intel.facts.terms import ItemTerms
from revenue_intel.issues.models import Issue
from revenue_intel.testing import subscriptions
from revenue_intel.testing.payloads import CREATED
from revenue_intel.webhooks.models import StripeEvent
from tests.billing import DAY, HOUR, MARCH, item, subscribed
from tests.deliveries import deliver

pytestmark = pytest.mark.django_db

both_shapes = pytest.mark.parametrize("is_old", [False, True], ids=["new shape", "old shape"])


def moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, tz=UTC)


def applied(*told) -> None:
    for event in told:
        assert deliver(event).json() == {"outcome": "applied"}


def statuses() -> list[tuple[datetime, str]]:
    return list(SubscriptionState.objects.order_by("effective_at").values_list("effective_at", "status"))


@both_shapes
@pytest.mark.parametrize("change", ["created", "updated", "deleted", "paused", "resumed"])
def test_each_event_adds_a_state_in_both_shapes(change, is_old):
    applied(subscribed(change, item(1000, 5, is_old=is_old), is_old=is_old))

    fact, state = SubscriptionFact.objects.get(), SubscriptionState.objects.get()
    assert (fact.currency, fact.livemode, fact.account) == ("gbp", False, "")
    assert fact.customer.links.get().value == "cus_1"
    assert fact.status == state.status == ("canceled" if change == "deleted" else "active")
    assert state.effective_at == moment(MARCH)
    assert state.current_period_end == moment(CREATED + subscriptions.MONTH)
    terms = ItemTerms.from_json(state.items[0])
    assert (terms.item, terms.price, terms.product) == ("si_1000", "price_1000", "prod_1")
    assert (terms.unit_amount, terms.quantity) == (Decimal(1000), 5)
    assert (terms.interval, terms.interval_count) == ("month", 1)
    assert (terms.usage_type, terms.billing_scheme) == ("licensed", "per_unit")


def test_both_shapes_of_one_state_have_the_same_terms():
    applied(subscribed("created", item(1000, 5)))
    applied(subscribed("updated", item(1000, 5, is_old=True), is_old=True, at=MARCH + 1))

    first, second = SubscriptionState.objects.order_by("effective_at")
    assert first.items == second.items
    assert first.digest == second.digest


def test_an_item_of_the_time_before_prices_is_read_from_its_plan():
    event = subscribed("created", item(1000, 5, is_old=True), is_old=True)
    del event["data"]["object"]["items"]["data"][0]["price"]

    applied(event)

    terms = ItemTerms.from_json(SubscriptionState.objects.get().items[0])
    assert (terms.price, terms.unit_amount, terms.quantity, terms.interval) == (
        "price_1000",
        Decimal(1000),
        5,
        "month",
    )


def test_a_subscription_of_the_time_before_items_is_its_own_item():
    event = subscribed("created", item(1000, 5, is_old=True), is_old=True)
    del event["data"]["object"]["items"]

    applied(event)

    terms = ItemTerms.from_json(SubscriptionState.objects.get().items[0])
    assert (terms.item, terms.unit_amount, terms.quantity) == ("sub_1", Decimal(1000), 5)


def test_an_old_version_tells_the_currency_with_the_price_only():
    event = subscribed("created", item(1000, currency="eur", is_old=True), is_old=True)
    del event["data"]["object"]["currency"]

    applied(event)

    assert SubscriptionFact.objects.get().currency == "eur"


def test_of_items_with_different_intervals_the_period_that_ends_first_is_the_running_one():
    monthly, yearly = item(1000), item(9000, interval="year")
    yearly["current_period_end"] = CREATED + 365 * DAY

    applied(subscribed("created", yearly, monthly))

    assert SubscriptionFact.objects.get().current_period_end == moment(CREATED + subscriptions.MONTH)


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_an_older_event_never_overwrites_a_newer_one(order):
    told = [
        subscribed("created", item(1000, 1), at=MARCH),
        subscribed("updated", item(1000, 2), at=MARCH + HOUR),
        subscribed("updated", item(1000, 3), at=MARCH + DAY, cancel_at_period_end=True),
    ]

    applied(*(told[n] for n in order))

    fact = SubscriptionFact.objects.get()
    assert (fact.state_at, fact.cancel_at_period_end) == (moment(MARCH + DAY), True)
    assert [state.items[0]["quantity"] for state in SubscriptionState.objects.order_by("effective_at")] == [
        1,
        2,
        3,
    ]


@pytest.mark.parametrize(
    "late", [MARCH, MARCH + DAY, MARCH + 9 * DAY], ids=["before", "same second", "after"]
)
@pytest.mark.parametrize("ended_first", [False, True])
def test_what_is_canceled_stays_canceled(late, ended_first):
    told = [subscribed("deleted", at=MARCH + DAY), subscribed("updated", at=late)]

    applied(*(told if ended_first else reversed(told)))

    fact = SubscriptionFact.objects.get()
    assert (fact.status, fact.ended_at, fact.canceled_at) == (
        "canceled",
        moment(MARCH + DAY),
        moment(MARCH + DAY),
    )


def test_an_end_is_dated_by_its_own_instant_not_by_the_event():
    applied(subscribed("deleted", at=MARCH + 90, ended_at=MARCH, canceled_at=MARCH - 9 * DAY))

    fact = SubscriptionFact.objects.get()
    assert (fact.ended_at, fact.canceled_at) == (moment(MARCH), moment(MARCH - 9 * DAY))
    assert statuses() == [(moment(MARCH), "canceled")]


@pytest.mark.parametrize("backwards", [False, True])
def test_of_two_states_in_the_same_second_the_further_one_stands(backwards):
    told = [subscribed("created", status="incomplete"), subscribed("updated", status="active")]

    applied(*(reversed(told) if backwards else told))

    assert SubscriptionFact.objects.get().status == "active"
    assert not Issue.objects.exists()


@pytest.mark.parametrize("backwards", [False, True])
def test_two_terms_in_the_same_second_are_told_as_a_doubt_until_a_later_state_settles_it(backwards):
    told = [subscribed("updated", item(1000, 2)), subscribed("updated", item(1000, 3))]
    applied(*(reversed(told) if backwards else told))
    issue = Issue.objects.get()
    assert (issue.kind, issue.subject, issue.severity) == ("subscription_states_tied", "sub_1", "warning")
    assert issue.status == "open"

    applied(subscribed("updated", item(1000, 3), at=MARCH + 1))

    assert Issue.objects.get().status == "resolved"


def test_the_same_state_told_twice_is_one_row():
    event = subscribed("created")
    applied(event, subscribed("created", event_id="evt_twin"))

    assert deliver(event).json() == {"outcome": "duplicate"}
    assert SubscriptionState.objects.count() == 1


def test_a_pause_of_collection_is_told_and_leaves_the_status():
    applied(subscribed("updated", pause_collection={"behavior": "void", "resumes_at": None}))

    fact = SubscriptionFact.objects.get()
    assert (fact.status, fact.pause_collection) == ("active", "void")


@both_shapes
def test_a_truncated_list_of_items_is_an_open_issue_until_a_whole_one_comes(is_old):
    applied(subscribed("created", has_more=True, is_old=is_old))
    issue = Issue.objects.get()
    assert (issue.kind, issue.subject, issue.severity) == ("subscription_items_truncated", "sub_1", "error")
    assert SubscriptionState.objects.get().are_items_truncated

    applied(subscribed("updated", at=MARCH + 1))

    assert Issue.objects.get().status == "resolved"


def test_discounts_are_kept_as_they_are_told():
    half = subscriptions.coupon(id="HALF", percent_off=50, products=["prod_1"])
    told = subscriptions.discount(id="di_2", coupon=half, end=MARCH + DAY)
    bare_coupon = subscriptions.discount(id="di_3", coupon="TEN")
    applied(subscribed("created", discounts=["di_1", told, bare_coupon]))

    bare, full, named = SubscriptionState.objects.get().discounts
    assert (bare["discount"], bare["coupon"], bare["duration"]) == ("di_1", "", "")
    assert (full["coupon"], full["duration"], full["percent_off"]) == ("HALF", "forever", "50")
    assert (full["ends_at"], full["products"]) == (moment(MARCH + DAY).isoformat(), ["prod_1"])
    assert (named["discount"], named["coupon"], named["duration"]) == ("di_3", "TEN", "")


def test_the_one_discount_of_an_old_version_is_read_like_the_first_of_a_list():
    half = subscriptions.coupon(id="HALF", percent_off=12.5, duration="once")
    old = subscriptions.discount(id="di_1", coupon=half, is_old=True)

    applied(subscribed("created", discounts=[old], is_old=True))

    (discount,) = SubscriptionState.objects.get().discounts
    assert (discount["discount"], discount["coupon"]) == ("di_1", "HALF")
    assert (discount["duration"], discount["percent_off"]) == ("once", "12.5")


def test_items_may_have_discounts_of_their_own():
    discounted = item(1000)
    discounted["discounts"] = ["di_1"]

    applied(subscribed("created", discounted))

    assert SubscriptionState.objects.get().items[0]["discounts"][0]["discount"] == "di_1"


def test_metered_and_tiered_items_have_no_quantity_or_no_amount():
    applied(subscribed("created", item(1000, usage_type="metered"), item(2000, 7, billing_scheme="tiered")))

    metered, tiered = map(ItemTerms.from_json, SubscriptionState.objects.get().items)
    assert (metered.usage_type, metered.quantity, metered.unit_amount) == ("metered", None, Decimal(1000))
    assert (tiered.billing_scheme, tiered.quantity, tiered.unit_amount) == ("tiered", 7, None)


def test_a_price_finer_than_the_minor_unit_is_kept_exactly():
    applied(subscribed("created", item(None, 100, unit_amount_decimal="0.125")))

    assert ItemTerms.from_json(SubscriptionState.objects.get().items[0]).to_json()["unit_amount"] == "0.125"


def test_a_subscription_in_simulated_time_is_ignored_with_its_reason():
    answer = deliver(subscribed("created", test_clock="clock_1"))

    assert answer.json() == {"outcome": "ignored"}
    assert StripeEvent.objects.get().reason == "test_clock"
    assert not SubscriptionFact.objects.exists()


def test_the_database_refuses_to_change_the_history():
    applied(subscribed("created"))

    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE revenue_intel_subscriptionstate SET status = 'canceled'")
    with pytest.raises(TypeError):
        SubscriptionState.objects.update(status="canceled")
