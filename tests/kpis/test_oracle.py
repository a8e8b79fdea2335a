"""Whatever the facts, the numbers equal those of a few lines of plain Python over the same facts."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from revenue_intel.kpis.service import compute
from tests.factories_facts import paid, person, refunded, wished
from tests.kpis.recount import read_facts, recount

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

        facts = read_facts(livemode=True)
        for window, field in ((report.window, "value"), (report.window.previous, "previous")):
            found = {slug: getattr(measured, field) for slug, measured in report.values.items()}
            assert found == recount(facts, window, "gbp")
