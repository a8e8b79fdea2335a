"""Whatever came late, and whatever was worked out ahead, a report equals a recount of the facts.

The histories are told through the services, as the shop tells them, with rollups built at arbitrary moments
between; the recount reads the stored facts in plain Python.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.test import override_settings
from hypothesis import example, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from revenue_intel.facts.balance import MOVED_ONLY
from revenue_intel.facts.models import (
    BalanceTransactionFact,
    DisputeFact,
    LedgerEntry,
    OrderFact,
    PaymentFact,
)
from revenue_intel.kpis.service import compute
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
            zone = answer.window.zone
            for window, field in ((answer.window, "value"), (answer.window.previous, "previous")):
                expected = recount(window.first_day, window.last_day, zone)
                found = {slug: getattr(answer.values[slug], field) for slug in expected}
                assert found == expected
                check_identity({slug: getattr(measured, field) for slug, measured in answer.values.items()})


def check_identity(found):
    """K5, on every row."""
    assert found["gross_sales"] - found["discounts"] == found["sales"]
    went_back = found["refunded_amount"] + found["disputes_net"] + found["credit_notes"]
    assert found["sales"] - went_back == found["net_sales"]
    assert found["net_sales"] + found["tax"] + found["shipping"] == found["total_collected"]
    assert found["new_customers"] + found["returning_customers"] == found["unique_customers"]


def recount(first, last, zone):
    def day(instant):
        return instant.astimezone(zone).date()

    def inside(instant):
        return instant is not None and first <= day(instant) <= last

    paid = list(OrderFact.objects.filter(paid_at__isnull=False).select_related("customer"))
    ours = [order for order in paid if order.currency == "gbp"]
    sold = [order for order in ours if inside(order.paid_at)]
    lines = [line for order in sold for line in order.lines.all()]
    net: defaultdict[str, int] = defaultdict(int)
    other: Counter[str] = Counter()
    for entry in LedgerEntry.objects.filter(currency="gbp").exclude(kind="sale"):
        if inside(entry.occurred_at):
            if entry.kind.startswith("refund"):
                net[entry.order_reference] -= entry.amount_minor
            else:
                other[entry.kind.removesuffix("_reversal")] -= entry.amount_minor
    booked = [row for row in BalanceTransactionFact.objects.filter(currency="gbp") if inside(row.created_at)]
    buyers = Counter(order.customer.canonical for order in sold if order.customer)
    old = {order.customer.canonical for order in paid if order.customer and day(order.paid_at) < first}
    payments = PaymentFact.objects.filter(currency="gbp")
    sales = sum(order.total_minor - order.tax_minor - order.shipping_minor for order in sold)
    return {
        "revenue": sum(order.total_minor for order in sold),
        "orders": len(sold),
        "units": sum(line.quantity for line in lines),
        "unsplit_orders": sum(not order.lines.exists() for order in sold),
        "discounts": sum(line.discount_minor for line in lines),
        "gross_sales": sales + sum(line.discount_minor for line in lines),
        "net_sales": sales - sum(net.values()) - other["dispute"] - other["credit_note"],
        "disputes_net": other["dispute"],
        "credit_notes": other["credit_note"],
        "disputes_opened": sum(
            inside(one.created_at) for one in DisputeFact.objects.exclude(status__startswith="warning")
        ),
        "fees": other["fee"],
        "net_cash": sum(
            -row.fee_minor if row.reporting_category in MOVED_ONLY else row.net_minor for row in booked
        ),
        "refunded_amount": sum(net.values()),
        "refunded_orders": sum(amount > 0 for amount in net.values()),
        "refunded_of_sold": sum(order.refunded_minor for order in sold),
        "unique_customers": len(buyers),
        "new_customers": len(set(buyers) - old),
        "returning_customers": len(set(buyers) & old),
        "repeat_customers": sum(n > 1 for n in buyers.values()),
        "unidentified_orders": sum(order.customer is None for order in sold),
        "payments_succeeded": sum(inside(one.succeeded_at) for one in payments),
        "payments_failed": sum(inside(one.failed_at) for one in payments if one.succeeded_at is None),
    }
