"""Coupons and discounts: terms that come apart from the subscription, before it or after, count for all of its past."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import permutations
from typing import Any

import pytest

from revenue_intel.facts.models import CouponFact, DiscountFact
from revenue_intel.kpis.mrr import DiscountPolicy
from revenue_intel.kpis.questions import Scope
from revenue_intel.kpis.subscription_history import read_changes, read_mrr
from revenue_intel.testing import subscriptions
from revenue_intel.webhooks.models import EventFailure
from tests.billing import DAY, MARCH, coupon_told, discount_told, item, subscribed
from tests.deliveries import deliver

pytestmark = pytest.mark.django_db

GBP = Scope(currency="gbp", livemode=False, account="")
APRIL = datetime(2026, 4, 1, tzinfo=UTC)


def applied(*told: dict[str, Any]) -> None:
    for event in told:
        assert deliver(event).json() == {"outcome": "applied"}


@pytest.mark.parametrize("change", ["created", "updated"])
def test_each_event_of_a_coupon_records_its_terms(change):
    applied(coupon_told(change))

    coupon = CouponFact.objects.get()
    assert (coupon.coupon_id, coupon.livemode, coupon.account) == ("HALF", False, "")
    assert (coupon.terms["percent_off"], coupon.terms["duration"]) == ("50", "forever")


@pytest.mark.parametrize("is_old", [False, True], ids=["new shape", "old shape"])
@pytest.mark.parametrize("change", ["created", "updated", "deleted"])
def test_each_event_of_a_discount_records_its_coupon_in_both_shapes(change, is_old):
    half = subscriptions.coupon(id="HALF", percent_off=50)

    applied(discount_told(change, coupon=half, end=MARCH + DAY, is_old=is_old))

    discount = DiscountFact.objects.get()
    assert (discount.discount_id, discount.coupon_id) == ("di_1", "HALF")
    assert discount.ends_at == datetime.fromtimestamp(MARCH + DAY, tz=UTC)
    assert CouponFact.objects.get().terms["percent_off"] == "50"


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_a_bare_discount_is_completed_whichever_comes_first(order):
    told = [subscribed("created", discounts=["di_1"]), discount_told(), coupon_told()]

    applied(*(told[n] for n in order))

    found = read_mrr(GBP, at=APRIL)
    assert (found.minor, found.unknown_discounts) == (500, 0)
    assert [each.minor for each in read_changes(GBP, before=APRIL)] == [500]


def test_a_bare_discount_of_an_item_is_completed_too():
    discounted = item(1000)
    discounted["discounts"] = ["di_1"]

    applied(subscribed("created", discounted), discount_told(), coupon_told())

    assert read_mrr(GBP, at=APRIL).minor == 500


def test_a_discount_that_names_its_coupon_needs_no_event_of_its_own():
    named = subscriptions.discount(id="di_1", coupon="HALF")

    applied(subscribed("created", discounts=[named]), coupon_told())

    assert read_mrr(GBP, at=APRIL).minor == 500


def test_without_the_coupon_the_discount_stays_unknown():
    applied(
        subscribed("created", discounts=["di_1"]), discount_told(), coupon_told(livemode=True, id="OTHER")
    )

    found = read_mrr(GBP, at=APRIL)
    assert (found.minor, found.unknown_discounts) == (1000, 1)


def test_a_coupon_of_another_mode_is_not_taken_for_this_one():
    live = coupon_told()
    live["livemode"] = True

    applied(subscribed("created", discounts=["di_1"]), discount_told(), live)

    assert read_mrr(GBP, at=APRIL).unknown_discounts == 1


def test_the_end_of_a_discount_ends_it():
    once = coupon_told(duration="repeating", duration_in_months=1)
    applied(subscribed("created", discounts=["di_1"]), discount_told(end=MARCH + 5 * DAY), once)

    changes = read_changes(GBP, before=APRIL, policy=DiscountPolicy.ALL_ACTIVE)

    assert [each.minor for each in changes] == [500, 500]


@pytest.mark.parametrize("backwards", [False, True])
def test_of_two_coupons_under_one_name_the_one_made_last_counts(backwards):
    told = [coupon_told(), coupon_told(percent_off=10, created=MARCH)]

    applied(*(reversed(told) if backwards else told))

    assert CouponFact.objects.get().terms["percent_off"] == "10"


@pytest.mark.parametrize("backwards", [False, True])
def test_of_two_coupons_made_in_the_same_second_one_counts_whatever_came_first(backwards):
    told = [coupon_told(percent_off=None, amount_off=5), coupon_told(percent_off=10)]

    applied(*(reversed(told) if backwards else told))

    assert CouponFact.objects.get().terms["percent_off"] == "10"


@pytest.mark.parametrize("backwards", [False, True])
def test_of_two_ends_the_earlier_one_counts(backwards):
    told = [discount_told(end=MARCH + DAY), discount_told("deleted", end=MARCH), discount_told("updated")]

    applied(*(reversed(told) if backwards else told))

    assert DiscountFact.objects.get().ends_at == datetime.fromtimestamp(MARCH, tz=UTC)


@pytest.mark.parametrize(
    "event",
    [
        coupon_told(percent_off=None),
        coupon_told(percent_off=101),
        coupon_told(duration="always"),
        coupon_told(id="x" * 256),
        coupon_told(created="soon"),
        discount_told(id=5),
        discount_told(coupon=None),
        discount_told(source="HALF"),
        discount_told(end="soon"),
        discount_told(source={"coupon": {"id": "HALF"}}),
    ],
)
def test_what_cannot_be_read_fails_with_an_issue_and_writes_nothing(event):
    assert deliver(event).json() == {"outcome": "failed"}

    assert EventFailure.objects.get().error_class == "UnsupportedShapeError"
    assert not CouponFact.objects.exists()
    assert not DiscountFact.objects.exists()
