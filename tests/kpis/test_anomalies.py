"""Days that stand out are found with their evidence; flat, short and empty histories give none."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from io import StringIO
from zoneinfo import ZoneInfo

import pytest
from django.core.management import call_command
from hypothesis import given
from hypothesis import strategies as st

from revenue_intel.facts.models import PaymentFact
from revenue_intel.issues.models import Issue
from revenue_intel.kit import clock
from revenue_intel.kit.periods import Window
from revenue_intel.kpis.anomalies import (
    LEAST_CASES,
    LEAST_HISTORY,
    METRICS,
    WEEKS,
    band_of,
    find_anomalies,
    judge,
)
from revenue_intel.kpis.questions import Question, Scope
from revenue_intel.kpis.totals import Totals
from tests.factories_facts import at, paid, refunded
from tests.factories_users import client_of

DAY = date(2026, 3, 30)
GBP = Scope(currency="gbp", livemode=False, account="")
REVENUE, ORDERS, REFUNDS, FAILURES = METRICS


def history(values, *, of=lambda value: Totals(orders=value, revenue_minor=value * 10_00)):
    """Return days, the last of which is ``DAY``."""
    return {DAY - timedelta(days=n): of(value) for n, value in enumerate(reversed(values))}


def found(values, **options):
    days = history(values, **options)
    return [one for metric in METRICS if (one := judge(metric, day=DAY, days=days))]


def test_a_planted_spike_is_found_with_its_evidence():
    orders, revenue = reversed(found([10] * 90 + [60]))

    assert (revenue.metric.slug, orders.metric.slug) == ("revenue", "orders")
    assert (orders.observed, orders.expected, orders.low, orders.high) == (60, 10, 0, Decimal("25.81"))
    assert orders.days_used == tuple(DAY - timedelta(weeks=n) for n in range(WEEKS, 0, -1))


def test_a_planted_hole_is_found():
    assert [one.metric.slug for one in found([50] * 90 + [0])] == ["revenue", "orders"]


@given(st.lists(st.integers(0, 3), min_size=91, max_size=91))
def test_a_few_orders_more_or_less_are_chance(values):
    assert found(values) == []


@pytest.mark.parametrize("value", [0, 1, 7, 1000])
def test_a_flat_history_gives_none(value):
    assert found([value] * 91) == []


def test_a_weekday_is_compared_with_its_own_kind():
    week = [10, 10, 10, 10, 10, 100, 10]

    assert found(week * 13 + [10] * 5 + [100]) == []
    assert [one.metric.slug for one in found(week * 13 + [10] * 4 + [100])] == ["revenue", "orders"]


@pytest.mark.parametrize("weeks", range(LEAST_HISTORY))
def test_a_short_history_gives_none(weeks):
    assert found([10] * weeks * 7 + [500]) == []


def test_the_shortest_history_is_enough():
    assert found([10] * LEAST_HISTORY * 7 + [500])


def test_a_first_sale_after_nothing_is_no_anomaly_of_revenue():
    assert [one.metric.slug for one in found([0] * 90 + [3])] == []


@pytest.mark.parametrize(
    ("metric", "of"),
    [
        (REFUNDS, lambda value: Totals(orders=100, refunded_orders=value)),
        (FAILURES, lambda value: Totals(payments_succeeded=100 - value, payments_failed=value)),
    ],
)
def test_a_rate_stands_out_by_points(metric, of):
    assert [one.metric for one in found([2] * 90 + [12], of=of)] == []
    (anomaly,) = found([2] * 90 + [13], of=of)
    assert (anomaly.metric, anomaly.observed, anomaly.high) == (metric, Decimal("13.00"), Decimal("12.00"))


def test_a_rate_of_few_cases_says_nothing():
    few = lambda value: Totals(orders=LEAST_CASES - 1, refunded_orders=value)  # noqa: E731

    assert found([0] * 90 + [LEAST_CASES - 1], of=few) == []


@given(st.lists(st.integers(0, 10**12).map(Decimal), min_size=LEAST_HISTORY, max_size=WEEKS))
def test_the_band_holds_what_is_expected_and_most_of_the_history(values):
    expected, low, high = band_of(values, least_spread=Decimal(1))

    assert 0 <= low <= expected <= high
    assert sum(low <= value <= high for value in values) * 2 >= len(values)


@given(st.lists(st.integers(0, 10**6).map(Decimal), min_size=LEAST_HISTORY, max_size=WEEKS), st.randoms())
def test_the_band_does_not_depend_on_the_order_of_the_history(values, random):
    shuffled = random.sample(values, len(values))

    assert band_of(values, least_spread=Decimal(1)) == band_of(shuffled, least_spread=Decimal(1))


def sell(day, orders):
    for _ in range(orders):
        paid(10_00, on=day.isoformat())


def ask(days=7, *, today=DAY + timedelta(days=1)):
    window = Window(days=days, last_day=DAY, zone=ZoneInfo("UTC"))
    return find_anomalies(Question(window=window, scope=GBP, today=today))


@pytest.mark.django_db
def test_the_days_of_a_window_are_judged_and_today_is_not():
    for n in range(1, WEEKS + 1):
        sell(DAY - timedelta(weeks=n), 2)
    sell(DAY, 30)

    assert [(one.day, one.metric.slug) for one in ask()] == [(DAY, "revenue"), (DAY, "orders")]
    assert ask(today=DAY) == []


@pytest.mark.django_db
def test_without_facts_nothing_stands_out():
    assert ask(90) == []


@pytest.mark.django_db
def test_rates_are_read_from_refunds_and_payments():
    for n in range(WEEKS + 1):
        sell(DAY - timedelta(weeks=n), LEAST_CASES)
    for order in [paid(1_00, on=DAY.isoformat()) for _ in range(20)]:
        refunded(order, 1_00, on=DAY.isoformat())
    for n in range(WEEKS + 1):
        for number in range(LEAST_CASES):
            when = at((DAY - timedelta(weeks=n)).isoformat())
            PaymentFact.objects.create(
                payment_intent=f"pi_{n}_{number}",
                status="failed" if n == 0 else "succeeded",
                amount_minor=1,
                failed_at=when if n == 0 else None,
                succeeded_at=None if n == 0 else when,
                currency="gbp",
                livemode=False,
                account="",
            )

    assert [one.metric.slug for one in ask()] == ["refund_rate_pct", "failure_rate_pct"]


@pytest.mark.django_db(transaction=True)  # a check reads where no transaction is open
def test_the_check_opens_a_warning_resolves_it_and_fails_no_command(monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: datetime(2026, 3, 31, 9, tzinfo=UTC))
    for n in range(1, WEEKS + 1):
        sell(DAY - timedelta(weeks=n), 2)
    sell(DAY, 30)

    printed = StringIO()
    call_command("run_checks", "days-stand-out", "--fail-on-issues", stdout=printed)

    issues = Issue.objects.filter(kind="check:days-stand-out")
    assert {(issue.subject, issue.severity, issue.status) for issue in issues} == {
        ("orders:gbp:2026-03-30", "warning", "open"),
        ("revenue:gbp:2026-03-30", "warning", "open"),
    }
    assert issues.get(subject="orders:gbp:2026-03-30").detail["expected"] == "2.00"
    assert "Orders of 2026-03-30 (gbp) is 30, expected between 0 and 9.07" in printed.getvalue()

    sell(DAY + timedelta(weeks=1), 2)
    monkeypatch.setattr(clock, "now", lambda: datetime(2026, 4, 7, 9, tzinfo=UTC))
    call_command("run_checks", "days-stand-out", stdout=StringIO())

    assert not issues.filter(status="open").exists()


@pytest.mark.django_db
def test_the_route_and_the_page_show_the_evidence():
    for n in range(1, WEEKS + 1):
        sell(DAY - timedelta(weeks=n), 2)
    sell(DAY, 30)
    client = client_of("analyst")

    data = client.get("/api/v1/anomalies/", {"days": "7", "as_of": "2026-03-30"}).json()["data"]
    page = client.get("/analytics/reports/", {"days": "7", "as_of": "2026-03-30"}).content.decode()

    assert data["anomalies"][1] == {
        "day": "2026-03-30",
        "metric": "orders",
        "unit": "count",
        "observed": "30",
        "expected": "2.00",
        "low": "0.00",
        "high": "9.07",
        "days_used": [(DAY - timedelta(weeks=n)).isoformat() for n in range(WEEKS, 0, -1)],
    }
    assert "<td>£0.00 – £90.71</td>" in page
