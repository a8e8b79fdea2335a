"""Whatever the facts, the numbers equal those of a few lines of plain Python over the same facts."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from revenue_intel.kpis.service import compute
from tests.factories_facts import paid, person, refunded, wished
from tests.kpis.recount import mean, percent

AS_OF = date(2026, 4, 2)
ZONES = [
    ZoneInfo("UTC"),
    ZoneInfo("Europe/London"),
    ZoneInfo("America/New_York"),
    ZoneInfo("Pacific/Kiritimati"),
]

# Whole seconds, as Stripe's, and dense around the midnights at which mistakes are made.
instants = st.one_of(
    st.datetimes(min_value=datetime(2026, 3, 10), max_value=datetime(2026, 4, 5), timezones=st.just(UTC)),  # noqa: DTZ001
    st.builds(
        lambda days, hours, seconds: (
            datetime(2026, 3, 15, tzinfo=UTC) + timedelta(days=days, hours=hours, seconds=seconds)
        ),
        st.integers(0, 20),
        st.sampled_from([0, 4, 5, 10, 14, 23]),
        st.sampled_from([-1, 0, 1]),
    ),
).map(lambda instant: instant.replace(microsecond=0))

refunds = st.lists(st.tuples(st.integers(1, 5000), instants, st.none() | instants), max_size=2)
orders = st.lists(
    st.fixed_dictionaries(
        {
            "total": st.integers(0, 100_000),
            "on": instants,
            "who": st.none() | st.integers(0, 3),
            "currency": st.sampled_from(["gbp", "gbp", "jpy"]),
            "livemode": st.booleans(),
            "refunds": refunds,
        }
    ),
    max_size=8,
)
wishes = st.lists(st.tuples(st.integers(0, 3), instants), max_size=5, unique=True)


@pytest.mark.slow
class Oracle(TestCase):
    """A class, because Hypothesis then clears the database between examples."""

    @settings(max_examples=60)
    @given(orders=orders, wishes=wishes, zone=st.sampled_from(ZONES), joined=st.booleans())
    def test_the_numbers_equal_a_recount(self, orders, wishes, zone, joined):
        people = [person(), person(), person()]
        people.append(person(same_as=people[0] if joined else None))
        for order in orders:
            who = None if order["who"] is None else people[order["who"]]
            fact = paid(
                order["total"], on=order["on"], by=who, currency=order["currency"], livemode=order["livemode"]
            )
            for amount, created, failed in order["refunds"]:
                refunded(fact, amount, on=created, failed=failed)
        for n, instant in wishes:
            wished(people[n], on=instant)

        report = compute(days=7, as_of=AS_OF, currency="gbp", livemode=True, zone=zone)

        canonical = [one.canonical for one in people]
        for field, last_day in (("value", AS_OF), ("previous", AS_OF - timedelta(days=7))):
            found = {slug: getattr(measured, field) for slug, measured in report.values.items()}
            assert found == recount(orders, wishes, canonical, zone=zone, last_day=last_day)


def recount(orders, wishes, canonical, *, zone, last_day):
    def inside(instant):
        return last_day - timedelta(days=6) <= instant.astimezone(zone).date() <= last_day

    ours = [order for order in orders if order["currency"] == "gbp" and order["livemode"]]
    sold = [order for order in ours if inside(order["on"])]
    back: defaultdict[int, int] = defaultdict(int)
    for n, order in enumerate(ours):
        for amount, created, failed in order["refunds"]:
            back[n] += amount * inside(created)
            back[n] -= amount * (failed is not None and inside(failed))
    buyers = Counter(canonical[order["who"]] for order in sold if order["who"] is not None)
    revenue = sum(order["total"] for order in sold)
    refunded_orders = sum(amount > 0 for amount in back.values())
    standing = sum(amount for order in sold for amount, _, failed in order["refunds"] if failed is None)
    repeat = sum(n > 1 for n in buyers.values())
    before = {
        canonical[order["who"]]
        for order in orders
        if order["livemode"]
        and order["who"] is not None
        and order["on"].astimezone(zone).date() < last_day - timedelta(days=6)
    }
    return {
        "revenue": revenue,
        "orders": len(sold),
        "aov": mean(revenue, len(sold)),
        "gross_sales": revenue,
        "discounts": 0,
        "sales": revenue,
        "net_sales": revenue - sum(back.values()),
        "tax": 0,
        "shipping": 0,
        "total_collected": revenue - sum(back.values()),
        "aov_merchandise": mean(revenue, len(sold)),
        "units": 0,
        "unsplit_orders": len(sold),
        "refunded_amount": sum(back.values()),
        "refunded_orders": refunded_orders,
        "refund_rate_orders_pct": percent(refunded_orders, len(sold)),
        "refunded_of_sold": standing,
        "refund_rate_cohort_pct": percent(standing, revenue),
        "disputes_net": 0,
        "credit_notes": 0,
        "disputes_opened": 0,
        "dispute_rate_pct": None,
        "unique_customers": len(buyers),
        "new_customers": len(set(buyers) - before),
        "returning_customers": len(set(buyers) & before),
        "repeat_customers": repeat,
        "repeat_rate_pct": percent(repeat, len(buyers)),
        "unidentified_orders": sum(order["who"] is None for order in sold),
        "wishlisted_users": len({canonical[n] for n, instant in wishes if inside(instant)}),
        "purchased_users": len(buyers),
        "funnel_conversion_pct": conversion(wishes, sold, canonical, inside),
        "payments_succeeded": 0,
        "payments_failed": 0,
        "payment_success_rate_pct": None,
        "time_to_pay": 0 if sold else None,
        "fees": 0,
        "net_cash": 0,
    }


def conversion(wishes, sold, canonical, inside):
    first: dict[object, datetime] = {}
    for n, instant in sorted(wishes, key=lambda wish: wish[1]):
        if inside(instant):
            first.setdefault(canonical[n], instant)
    bought = {
        canonical[order["who"]]
        for order in sold
        if order["who"] is not None
        and first.get(canonical[order["who"]], order["on"] + timedelta(1)) <= order["on"]
    }
    return percent(len(bought), len(first))
