"""Each KPI is what its definition says, also where there is little to count."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from revenue_intel.issues.models import Issue
from revenue_intel.issues.services import open_issue
from revenue_intel.kpis.base import mean, percentage
from revenue_intel.kpis.inventory_service import compute_inventory
from revenue_intel.kpis.registry import KPIS
from revenue_intel.kpis.service import compute, compute_daily_revenue
from revenue_intel.kpis.subscription_service import compute_subscriptions
from tests.factories_facts import at, enter, paid, person, refunded, wished

pytestmark = pytest.mark.django_db

AS_OF = date(2026, 3, 30)


def values(days=30, **question):
    report = compute(days=days, as_of=AS_OF, **question)
    return {slug: measured.value for slug, measured in report.values.items()}


def test_without_facts_counts_are_zero_and_quotients_and_cash_are_none():
    found = values()

    assert {slug for slug, value in found.items() if value is None} == {
        "aov",
        "refund_rate_orders_pct",
        "repeat_rate_pct",
        "aov_merchandise",
        "refund_rate_cohort_pct",
        "dispute_rate_pct",
        "funnel_conversion_pct",
        "payment_success_rate_pct",
        "fees",
        "net_cash",
        "time_to_pay",
    }
    assert all(value == 0 for value in found.values() if value is not None)


def test_every_kpi_of_the_registry_has_a_value():
    subscriptions = compute_subscriptions(days=30, as_of=AS_OF)

    stock = compute_inventory(days=30, as_of=AS_OF)

    assert [*values(), *subscriptions.values, *stock.values] == list(KPIS)
    assert {slug for slug, kpi in KPIS.items() if kpi.of_subscriptions} == set(subscriptions.values)


def test_revenue_is_the_sum_of_paid_totals_and_refunds_do_not_lower_it():
    refunded(paid(30_00, on="2026-03-10"), 30_00, on="2026-03-11")
    paid(10_01, on="2026-03-12")

    found = values()

    assert (found["revenue"], found["orders"], found["aov"]) == (40_01, 2, 20_01)


def test_an_order_that_was_paid_and_cannot_be_filled_counts():
    paid(10_00, on="2026-03-10", unfulfillable_at=datetime(2026, 3, 10, 12, tzinfo=UTC))

    assert values()["revenue"] == 10_00


def test_an_order_counts_when_it_was_paid_and_not_when_it_was_made():
    paid(10_00, on="2026-03-10", created_at=datetime(2025, 1, 1, tzinfo=UTC))

    assert values(days=30)["orders"] == 1


def test_the_window_before_is_compared_with():
    paid(10_00, on="2026-03-24")
    paid(30_00, on="2026-03-23")
    paid(99_00, on="2026-03-16")

    report = compute(days=7, as_of=AS_OF)

    assert (report.values["revenue"].value, report.values["revenue"].previous) == (10_00, 30_00)
    assert (report.values["aov"].value, report.values["aov"].previous) == (10_00, 30_00)


def test_a_refund_that_failed_is_given_back_on_the_day_it_failed():
    order = paid(50_00, on="2026-02-01")
    refunded(order, 50_00, on="2026-02-02", failed="2026-03-30")

    found = values()

    assert found["refunded_amount"] == -50_00
    assert found["refunded_orders"] == 0


def test_a_refund_that_failed_within_the_window_is_no_refund():
    refunded(paid(50_00, on="2026-03-01"), 50_00, on="2026-03-02", failed="2026-03-30")

    found = values()

    assert (found["refunded_amount"], found["refunded_orders"]) == (0, 0)
    assert found["refund_rate_orders_pct"] == Decimal("0.00")


def test_two_refunds_of_one_order_are_one_refunded_order():
    order = paid(50_00, on="2026-03-01")
    refunded(order, 10_00, on="2026-03-02")
    refunded(order, 10_00, on="2026-03-03")

    assert values()["refunded_orders"] == 1


def test_the_refund_rate_can_pass_a_hundred():
    for _ in range(3):
        refunded(paid(10_00, on="2026-01-01"), 5_00, on="2026-03-02")
    paid(10_00, on="2026-03-03")

    assert values()["refund_rate_orders_pct"] == Decimal("300.00")


def test_a_refund_of_no_known_order_is_money_and_no_order():
    order = paid(10_00, on="2026-01-01")
    order.reference = ""
    enter(order, "refund", "re_stray", -4_00, datetime(2026, 3, 2, tzinfo=UTC))

    found = values()

    assert (found["refunded_amount"], found["refunded_orders"]) == (4_00, 0)


def test_a_person_seen_under_two_keys_counts_once():
    ada = person("ada@example.com")
    paid(10_00, on="2026-03-01", by=ada)
    paid(10_00, on="2026-03-02", by=person(same_as=ada))

    found = values()

    assert (found["unique_customers"], found["repeat_customers"], found["purchased_users"]) == (1, 1, 1)


def test_orders_of_nobody_known_are_counted_apart():
    paid(10_00, on="2026-03-01")
    paid(10_00, on="2026-03-02")

    found = values()

    assert (found["unidentified_orders"], found["unique_customers"], found["repeat_customers"]) == (2, 0, 0)


def test_an_order_before_the_window_makes_no_repeat_customer():
    ada = person()
    paid(10_00, on="2026-01-01", by=ada)
    paid(10_00, on="2026-03-02", by=ada)

    assert values()["repeat_customers"] == 0


def test_wishing_twice_is_one_person_who_wished():
    ada = person()
    wished(ada, on="2026-03-01")
    wished(person(same_as=ada), on="2026-03-02", subject="cup")
    wished(ada, on="2026-03-02", step="carted")
    wished(person(), on="2026-01-01")

    assert values()["wishlisted_users"] == 1


@pytest.mark.parametrize("other", [{"livemode": True}, {"account": "acct_1"}, {"currency": "usd"}])
def test_money_of_another_mode_account_or_currency_is_apart(other):
    order = paid(10_00, on="2026-03-01", by=person(), **other)
    refunded(order, 1_00, on="2026-03-02")

    assert values()["revenue"] == 0
    assert values()["refunded_amount"] == 0
    assert values(**other)["revenue"] == 10_00
    assert values(**other)["refunded_amount"] == 1_00


def test_the_configured_mode_is_meant_where_none_is_named_and_live_where_none_is_configured(settings):
    settings.REVENUE_INTEL_LIVEMODE = None
    assert compute(days=7, as_of=AS_OF).scope.livemode is False  # the key's

    settings.REVENUE_INTEL_STRIPE_SECRET_KEY = ""

    assert compute(days=7, as_of=AS_OF).scope.livemode is True

    settings.REVENUE_INTEL_LIVEMODE = False

    assert compute(days=7, as_of=AS_OF).scope.livemode is False


def test_the_latest_snapshot_day_is_the_last_day_on_which_money_moved_up_to_the_window():
    refunded(paid(10_00, on="2026-03-01"), 1_00, on="2026-03-05")
    paid(10_00, on="2026-04-02")

    assert compute(days=7, as_of=AS_OF).latest_snapshot_day == date(2026, 3, 5)
    assert compute(days=7, as_of=date(2026, 3, 4)).latest_snapshot_day == date(2026, 3, 1)
    assert compute(days=7, as_of=date(2026, 2, 1)).latest_snapshot_day is None


def test_an_entry_that_was_moved_to_an_earlier_day_leaves_no_snapshot_day():
    order = paid(10_00, on="2026-03-01")
    late = enter(order, "sale", "pi_2", 5_00, datetime(2026, 3, 9, tzinfo=UTC))
    enter(order, "sale", "pi_2", -5_00, late.occurred_at, reverses=late)

    assert compute(days=7, as_of=AS_OF).latest_snapshot_day == date(2026, 3, 1)


def test_an_open_error_makes_the_numbers_doubtful_and_a_warning_does_not():
    open_issue(kind="a", subject="1", title="A warning", severity=Issue.Severity.WARNING)

    assert compute(days=7, as_of=AS_OF).completeness.complete

    open_issue(kind="b", subject="1", title="An error")
    done = compute(days=7, as_of=AS_OF).completeness

    assert (done.complete, done.open_issues) == (False, 2)


def test_days_without_a_sale_are_named():
    paid(10_00, on="2026-03-29")

    quiet = compute(days=7, as_of=AS_OF).completeness.days_without_sales

    assert [day.day for day in quiet] == [24, 25, 26, 27, 28, 30]


def test_today_is_flagged_as_partial_and_a_past_day_is_not():
    today = compute(days=7)

    assert today.completeness.partial_day == today.window.last_day
    assert [day.partial for day in today.daily] == [False] * 6 + [True]
    assert compute(days=7, as_of=AS_OF).completeness.partial_day is None


def test_revenue_by_day_has_every_day_of_the_window():
    paid(10_00, on="2026-03-29")
    paid(5_00, on="2026-03-29")

    days = compute_daily_revenue(days=7, as_of=AS_OF)

    assert [(day.day.day, day.revenue_minor, day.orders) for day in days] == [
        (24, 0, 0),
        (25, 0, 0),
        (26, 0, 0),
        (27, 0, 0),
        (28, 0, 0),
        (29, 15_00, 2),
        (30, 0, 0),
    ]


def test_the_time_to_pay_counts_whole_seconds_to_the_last_microsecond():
    created_at = at("2026-03-30T12:00:00.999999+00:00")
    paid(10_00, on="2026-03-30T12:00:02+00:00", created_at=created_at)

    assert compute(days=7, as_of=date(2026, 3, 30)).value("time_to_pay") == 2


def test_an_order_of_the_last_microsecond_of_a_day_is_of_that_day():
    paid(10_00, on="2026-03-29T23:59:59.999999+00:00")

    days = compute_daily_revenue(days=7, as_of=date(2026, 3, 29))

    assert [(day.day.day, day.orders) for day in days if day.orders] == [(29, 1)]


def test_a_window_takes_as_many_queries_whatever_its_length(django_assert_num_queries):
    paid(10_00, on="2026-03-30", by=person())

    for days in (7, 90):
        with django_assert_num_queries(16):
            compute(days=days, as_of=AS_OF)


@pytest.mark.parametrize(
    ("part", "whole", "expected"),
    [
        (1, 8, "12.50"),
        (1, 3, "33.33"),
        (2, 3, "66.67"),
        (1, 16000, "0.01"),
        (1, 20000, "0.01"),
        (1, 20001, "0.00"),
    ],
)
def test_percentages_are_rounded_half_up(part, whole, expected):
    assert str(percentage(part, whole)) == expected


@pytest.mark.parametrize(("total", "n", "expected"), [(1, 2, 1), (3, 2, 2), (1, 3, 0), (2, 3, 1)])
def test_a_mean_is_rounded_half_up_to_the_minor_unit(total, n, expected):
    assert mean(total, n) == expected
