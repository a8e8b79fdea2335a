"""The few orders that are looked up of a customer's past tell all that the whole of it tells, of any days."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from hypothesis import example, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from revenue_intel.facts.models import Customer, OrderFact
from revenue_intel.kit.periods import Window
from revenue_intel.kpis.counting import read_people
from revenue_intel.kpis.fact_queries import FactQueries
from revenue_intel.kpis.lags import LONGEST_WINDOW
from revenue_intel.kpis.local_days import number_of
from revenue_intel.kpis.questions import Scope

BEGIN = datetime(2025, 1, 1, tzinfo=UTC)
FIRST = date(2024, 12, 31)
ALL_DAYS = 1000
#: Two keys of one person, one person under another's key, and somebody else.
CANONICAL = {1: 1, 2: 1, 3: 3, 4: 3, 5: 5}
SCOPES = [Scope(currency=code, livemode=True, account="") for code in ("gbp", "jpy")]

orders = st.tuples(
    st.sampled_from([None, *CANONICAL]),
    st.sampled_from(["gbp", "gbp", "jpy", "eur"]),
    st.sampled_from([0, 1, 2, 3, 30, 364, 365, 366, 367, 400, 401, 500, None]),
    st.sampled_from([0, 12, 23]),
    st.sampled_from([True, True, True, False]),
)


def key_of(number):
    return UUID(int=number)


def make(told):
    Customer.objects.bulk_create(
        Customer(key=key_of(key), canonical=key_of(canonical)) for key, canonical in CANONICAL.items()
    )
    OrderFact.objects.bulk_create(
        OrderFact(
            reference=f"R{number}",
            customer_id=who and key_of(who),
            total_minor=100,
            currency=currency,
            livemode=livemode,
            account="",
            created_at=BEGIN,
            paid_at=None if day is None else BEGIN + timedelta(days=day, hours=hour),
        )
        for number, (who, currency, day, hour, livemode) in enumerate(told)
    )


def steps(first, days, zone, scopes):
    """Return how the counts of people change by lag, by name, currency and day."""
    window = Window(days=days, last_day=first + timedelta(days=days - 1), zone=zone)
    found = read_people(FactQueries(scopes, window, longest=LONGEST_WINDOW, using="default"))
    return {(name, *day): dict(lags) for name, of_days in found.items() for day, lags in of_days.items()}


class Pasts(TestCase):
    """A class, because Hypothesis then clears the database between examples."""

    @settings(max_examples=60)
    @example(  # a newcomer to a currency who bought in another one within the days that are asked for
        told=[(1, "eur", 400, 0, True), (2, "gbp", 401, 0, True)], days=2, zone="UTC", only=1
    )
    @example(  # the last two are under two keys, at one instant
        told=[(1, "gbp", 3, 0, True), (2, "gbp", 3, 0, True), (1, "gbp", 30, 0, True)],
        days=1,
        zone="UTC",
        only=2,
    )
    @given(
        told=st.lists(orders, max_size=14),
        days=st.sampled_from([1, 2, 3, 40, LONGEST_WINDOW]),
        zone=st.sampled_from(["UTC", "Europe/London", "Pacific/Kiritimati"]),
        only=st.sampled_from([1, 2]),
    )
    def test_few_days_count_people_as_all_days_together_do(self, told, days, zone, only):
        make(told)
        zone, scopes = ZoneInfo(zone), SCOPES[:only]
        whole = steps(FIRST, ALL_DAYS, zone, scopes)

        for _, _, day, *_ in told:
            first = FIRST + timedelta(days=max((day or 0) - 1, 0))
            numbers = range(number_of(first), number_of(first) + days)
            assert steps(first, days, zone, scopes) == {
                key: lags for key, lags in whole.items() if key[2] in numbers
            }
