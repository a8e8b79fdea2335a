"""Monthly recurring revenue of one state: the golden table of the KPI contract, and what it leaves open."""

from __future__ import annotations

import decimal
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from math import floor
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from revenue_intel.facts.models import SubscriptionStatus
from revenue_intel.facts.terms import DiscountTerms, ItemTerms
from revenue_intel.kpis.mrr import DiscountPolicy, StateMrr, measure

AT = datetime(2026, 3, 1, tzinfo=UTC)
FOREVER, ALL = DiscountPolicy.FOREVER_ONLY, DiscountPolicy.ALL_ACTIVE


def item(unit_amount: int | str | None, quantity: int | None = 1, **terms: Any) -> ItemTerms:
    defaults: dict[str, Any] = {
        "item": "si_1",
        "price": "price_1",
        "product": "prod_1",
        "interval": "month",
        "interval_count": 1,
        "usage_type": "licensed",
        "billing_scheme": "per_unit",
    }
    amount = None if unit_amount is None else Decimal(unit_amount)
    return ItemTerms(unit_amount=amount, quantity=quantity, **(defaults | terms))


def percent(off: int | str, duration: str = "forever", **terms: Any) -> DiscountTerms:
    return DiscountTerms(discount="di_1", coupon="X", duration=duration, percent_off=Decimal(off), **terms)


def amount(off: int, duration: str = "forever", **terms: Any) -> DiscountTerms:
    return DiscountTerms(discount="di_1", coupon="X", duration=duration, amount_off_minor=off, **terms)


def mrr(
    *items: ItemTerms,
    status: str = "active",
    discounts: tuple[DiscountTerms, ...] = (),
    policy: DiscountPolicy = FOREVER,
) -> int:
    return measure(status=status, items=items, discounts=discounts, at=AT, policy=policy).minor


def test_quantity_and_every_item_count():
    assert mrr(item(10_00, 5), item(50_00)) == 10_000


@pytest.mark.parametrize(
    ("unit_amount", "interval", "count", "expected"),
    [
        (119_99, "year", 1, 1000),
        (10_00, "week", 1, 4333),
        (1_00, "day", 1, 3042),
        (10_00, "day", 30, 1014),
        (10_00, "week", 2, 2167),
        (30_00, "month", 3, 1000),
        (10_00, "month", 1, 1000),
        (240_00, "year", 2, 1000),
    ],
)
def test_an_interval_is_brought_to_a_month(unit_amount, interval, count, expected):
    assert mrr(item(unit_amount, interval=interval, interval_count=count)) == expected


@pytest.mark.parametrize(
    ("discount", "policy", "expected"),
    [
        (percent(50), FOREVER, 5000),
        (percent(50, "once"), FOREVER, 10_000),
        (percent(50, "once"), ALL, 5000),
        (percent(50, "repeating", ends_at=AT + timedelta(days=1)), FOREVER, 10_000),
        (percent(50, "repeating", ends_at=AT + timedelta(days=1)), ALL, 5000),
        (percent(50, "repeating", ends_at=AT), ALL, 10_000),
        (percent(100), FOREVER, 0),
        (amount(30_00), FOREVER, 7000),
        (amount(999_00), FOREVER, 0),
        (DiscountTerms(discount="di_1"), ALL, 10_000),
    ],
)
def test_discounts_lower_it_as_the_policy_says(discount, policy, expected):
    assert mrr(item(100_00), discounts=(discount,), policy=policy) == expected
    assert mrr(item(100_00, discounts=(discount,)), policy=policy) == expected


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("trialing", 0),
        ("past_due", 10_000),
        ("unpaid", 0),
        ("active", 10_000),
        ("canceled", 0),
        ("incomplete", 0),
        ("incomplete_expired", 0),
        ("paused", 0),
    ],
)
def test_only_active_and_past_due_count(status, expected):
    assert mrr(item(100_00), status=status) == expected


def test_every_status_has_been_thought_of():
    assert len(SubscriptionStatus) == 8


def test_metered_and_tiered_items_are_left_out_and_counted():
    metered, tiered = item(10_00, None, usage_type="metered"), item(None, 7, billing_scheme="tiered")

    worth = measure(status="active", items=[item(10_00), metered, tiered], at=AT)

    assert worth == StateMrr(minor=1000, excluded_items=2)


def test_discounts_without_terms_are_counted_wherever_they_stand():
    bare = DiscountTerms(discount="di_1")

    worth = measure(
        status="active", items=[item(10_00, discounts=(bare,))], discounts=[bare, percent(50)], at=AT
    )

    assert worth == StateMrr(minor=500, unknown_discounts=2)


def test_discounts_apply_one_after_the_other_those_of_the_item_first():
    assert mrr(item(100_00), discounts=(percent(50), amount(10_00))) == 4000
    assert mrr(item(100_00), discounts=(amount(10_00), percent(50))) == 4500
    assert mrr(item(100_00, discounts=(amount(10_00),)), discounts=(percent(50),)) == 4500


def test_one_amount_off_a_bill_is_spread_over_its_items():
    assert mrr(item(60_00), item(30_00), discounts=(amount(9_00),)) == 8100


def test_an_amount_off_a_yearly_bill_is_a_twelfth_of_it_a_month():
    assert mrr(item(240_00, interval="year"), discounts=(amount(120_00),)) == 1000


def test_a_discount_may_be_limited_to_products():
    books, music = item(10_00, product="books"), item(10_00, product="music")

    assert mrr(books, music, discounts=(percent(50, products=("books",)),)) == 1500
    assert mrr(books, music, discounts=(amount(4_00, products=("books",)),)) == 1600
    assert mrr(books, discounts=(amount(4_00, products=("music",)),)) == 1000


@pytest.mark.parametrize(("rounding", "expected"), [("up", 3000), ("down", 2000)])
def test_a_quantity_may_be_divided_before_it_is_priced(rounding, expected):
    assert mrr(item(10_00, 25, divide_by=10, round_quantity=rounding)) == expected


def test_a_half_is_rounded_up_and_each_item_for_itself():
    half = item("0.5")

    assert (mrr(half), mrr(half, half), mrr(item("0.5", 2))) == (1, 2, 1)


def test_the_decimal_context_of_the_host_is_none_of_our_business():
    with decimal.localcontext(decimal.Context(prec=3, rounding=decimal.ROUND_DOWN)):
        assert mrr(item(119_99, interval="year")) == 1000
        assert mrr(item(123_456_78)) == 12_345_678


FACTORS = {"year": Fraction(1, 12), "month": Fraction(1), "week": Fraction(52, 12), "day": Fraction(365, 12)}


@given(
    unit=st.integers(0, 10**12),
    quantity=st.integers(0, 1000),
    interval=st.sampled_from(sorted(FACTORS)),
    count=st.integers(1, 400),
    off=st.integers(0, 100),
)
def test_it_is_the_exact_amount_rounded_half_up(unit, quantity, interval, count, off):
    exact = Fraction(unit) * quantity * FACTORS[interval] / count * (100 - off) / 100

    found = mrr(item(unit, quantity, interval=interval, interval_count=count), discounts=(percent(off),))

    assert found == floor(exact + Fraction(1, 2))
