"""Whatever came late, and whatever was worked out ahead, a report equals a recount of the facts.

The histories are told through the services, as the shop tells them, with rollups built at arbitrary moments
between; the recount reads the stored facts in plain Python.
"""

from __future__ import annotations

from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.test import override_settings
from hypothesis import example, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from revenue_intel.kpis.service import compute
from tests.kpis.recount import read_facts, recount
from tests.kpis.teller import BEGIN, Teller

AS_OF = date(2026, 4, 2)
ZONES = ["UTC", "Europe/London", "America/New_York", "Pacific/Kiritimati"]

instants = st.builds(
    lambda days, hours, seconds: BEGIN + timedelta(days=days, hours=hours, seconds=seconds),
    st.integers(0, 15),
    st.sampled_from([0, 4, 5, 10, 12, 14, 23]),
    st.sampled_from([-1, 0, 1]),
)
sales = st.tuples(
    st.just("sale"), instants, st.integers(0, 3), st.sampled_from(["gbp", "gbp", "jpy"]), st.integers(1, 5000)
)
refunds = st.tuples(
    st.just("refund"), instants, st.integers(0, 5), st.integers(1, 2000), st.none() | instants
)
#: Withdrawn or reinstated, the fee of it, and in which currency Stripe booked it.
bookings = st.tuples(
    st.just("booking"),
    instants,
    st.sampled_from(["dispute", "dispute_reversal", "fee", "payout", "charge", "other_adjustment"]),
    st.integers(1, 3000),
    st.integers(0, 40),
    st.sampled_from(["gbp", "gbp", "jpy"]),
)
notes = st.tuples(st.just("note"), instants, st.integers(1, 900), st.none() | instants)
disputes = st.tuples(
    st.just("dispute"),
    instants,
    st.integers(0, 2),
    st.sampled_from(["warning_closed", "needs_response", "won"]),
)
#: From when and until when Stripe's balance was read.
readings = st.tuples(
    st.just("reading"),
    st.none() | st.none() | st.integers(-14, 15).map(lambda day: BEGIN + timedelta(days=day)),
    instants,
)
joins = st.tuples(st.just("join"), st.integers(0, 3), st.integers(0, 3))
redates = st.tuples(st.just("redate"), st.integers(0, 5), instants)
failures = st.tuples(st.just("failure"), instants, st.integers(0, 5))
builds = st.tuples(st.just("build"))
zones = st.tuples(st.just("zone"), st.sampled_from(ZONES))
histories = st.lists(
    st.one_of(
        sales,
        sales,
        sales,
        refunds,
        joins,
        redates,
        failures,
        bookings,
        readings,
        notes,
        disputes,
        builds,
        builds,
        zones,
    ),
    max_size=14,
)


@pytest.mark.slow
class RollupsOracle(TestCase):
    """A class, because Hypothesis then clears the database between examples."""

    @settings(max_examples=100)
    @example(  # a mark made while days were cut elsewhere
        history=[
            ("sale", BEGIN - timedelta(seconds=1), 0, "gbp", 1),
            ("sale", BEGIN + timedelta(days=11, seconds=-1), 0, "gbp", 1),
            ("build",),
            ("zone", "Pacific/Kiritimati"),
            ("sale", BEGIN + timedelta(days=11, seconds=-1), 0, "gbp", 1),
            ("zone", "UTC"),
        ],
        asked="UTC",
        days=7,
    )
    @given(history=histories, asked=st.sampled_from(ZONES), days=st.sampled_from([3, 7]))
    def test_a_report_equals_a_recount_whatever_was_worked_out_ahead(self, history, asked, days):
        with override_settings(REVENUE_INTEL_TIME_ZONE="UTC", REVENUE_INTEL_WINDOWS_DAYS=(3, 7)):
            teller = Teller()
            for step in history:
                teller.tell(*step)

            report = compute(days=days, as_of=AS_OF, zone=ZoneInfo(asked))
            configured = compute(days=days, as_of=AS_OF)

        for answer in (report, configured):
            for window, field in ((answer.window, "value"), (answer.window.previous, "previous")):
                found = {slug: getattr(measured, field) for slug, measured in answer.values.items()}
                assert found == recount(read_facts(), window, "gbp")
                check_identity(found)


def check_identity(found):
    """K5, on every row."""
    assert found["gross_sales"] - found["discounts"] == found["sales"]
    went_back = found["refunded_amount"] + found["disputes_net"] + found["credit_notes"]
    assert found["sales"] - went_back == found["net_sales"]
    assert found["net_sales"] + found["tax"] + found["shipping"] == found["total_collected"]
    assert found["new_customers"] + found["returning_customers"] == found["unique_customers"]
