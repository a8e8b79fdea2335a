"""Closed days are worked out ahead; a late fact marks its day, and working it out again leaves a restatement."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import partial
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction

from revenue_intel.facts import services as facts
from revenue_intel.facts.models import DirtyDay
from revenue_intel.kit import clock
from revenue_intel.kpis import rollups
from revenue_intel.kpis.models import DayRollup, Restatement
from revenue_intel.kpis.service import compute
from tests.deliveries import deliver, payment_succeeded, refund_event
from tests.factories import make_order as order
from tests.factories import make_product as product
from tests.factories_facts import paid, person
from tests.threads import on_a_connection_of_its_own, postgres_only

pytestmark = pytest.mark.django_db

PAID_ON = date(2026, 3, 1)
AS_OF = date(2026, 3, 7)


def rollup(*arguments):
    out = StringIO()
    call_command("revenue_rollup", *arguments, stdout=out)
    return out.getvalue()


def restated():
    return {(row.metric, row.day, row.currency, row.old, row.new) for row in Restatement.objects.all()}


@pytest.fixture
def at_noon(monkeypatch):
    def set_clock(when):
        monkeypatch.setattr(clock, "now", lambda: when)

    set_clock(datetime(2026, 3, 10, 12, tzinfo=UTC))
    return set_clock


def test_every_closed_day_from_the_first_fact_on_is_worked_out(at_noon):
    paid(10_00, on="2026-03-05", by=person())

    assert "5 days worked out; 0 numbers restated." in rollup()

    assert list(DayRollup.objects.order_by("day").values_list("day", "orders", "revenue_minor")) == [
        (date(2026, 3, 5), 1, 10_00),
        (date(2026, 3, 6), 0, 0),
        (date(2026, 3, 7), 0, 0),
        (date(2026, 3, 8), 0, 0),
        (date(2026, 3, 9), 0, 0),
    ]


def test_a_second_run_finds_nothing_to_do(at_noon):
    paid(10_00, on="2026-03-05")
    rollup()

    assert rollup() == "0 days worked out; 0 numbers restated.\n"
    assert "5 days worked out; 0 numbers restated." in rollup("--all")


def test_a_dry_run_changes_nothing(at_noon):
    paid(10_00, on="2026-03-05")

    assert rollup("--dry-run") == (
        "gbp test: 2026-03-05 to 2026-03-09\n5 days would be worked out. Nothing was changed.\n"
    )
    assert not DayRollup.objects.exists()


def test_the_currencies_of_a_day_are_worked_out_together_and_kept_apart(at_noon):
    ada = person()
    paid(10_00, on="2026-03-02", by=ada)
    paid(900, on="2026-03-07", by=ada, currency="jpy")

    assert rollup() == (
        "[5 of 11] gbp test: 2026-03-02 to 2026-03-06\n"
        "[11 of 11] gbp, jpy test: 2026-03-07 to 2026-03-09\n"
        "11 days worked out; 0 numbers restated.\n"
    )

    pounds = compute(days=7, as_of=date(2026, 3, 8))
    yen = compute(days=7, as_of=date(2026, 3, 9), currency="jpy")
    assert (pounds.value("revenue"), pounds.value("new_customers")) == (10_00, 1)
    assert (yen.value("revenue"), yen.value("new_customers"), yen.value("returning_customers")) == (900, 0, 1)
    assert not yen.completeness.missing_days[4:]


def test_a_part_of_the_days_is_worked_out(at_noon):
    paid(10_00, on="2026-03-05")

    rollup("--from", "2026-03-06", "--to", "2026-03-07")

    assert list(DayRollup.objects.order_by("day").values_list("day", flat=True)) == [
        date(2026, 3, 6),
        date(2026, 3, 7),
    ]


@pytest.mark.parametrize("text", ["abc", "2026-02-30", "20260301", "\x00"])
def test_a_day_that_is_none_is_refused(text):
    with pytest.raises(CommandError, match="must be days"):
        rollup("--from", text)


def test_a_stretch_that_ends_before_it_begins_is_refused():
    with pytest.raises(CommandError, match="--to must not be before --from"):
        rollup("--from", "2026-05-01", "--to", "2026-04-01")


def test_without_facts_there_is_nothing_to_do():
    assert rollup() == "0 days worked out; 0 numbers restated.\n"


@pytest.mark.parametrize(("minutes", "last"), [(59, 8), (60, 9)])
def test_yesterday_is_worked_out_an_hour_after_it_ended(at_noon, minutes, last):
    at_noon(datetime(2026, 3, 10, tzinfo=UTC) + timedelta(minutes=minutes))
    paid(10_00, on="2026-03-05")

    rollup()

    assert DayRollup.objects.latest("day").day == date(2026, 3, last)


def test_a_payment_that_arrives_after_its_day_was_closed_restates_the_day():
    mug = product()
    deliver(payment_succeeded(order("E-1", lines=[(mug, 1)]).reference, 10_00, intent="pi_1"))
    rollup("--to", "2026-03-07")

    late = order("E-2", lines=[(mug, 2)], email="eve@example.com")
    deliver(payment_succeeded(late.reference, 20_00, intent="pi_2"))

    assert compute(days=7, as_of=AS_OF).completeness.dirty_days == (PAID_ON,)
    assert compute(days=7, as_of=AS_OF).value("revenue") == 30_00
    assert not Restatement.objects.exists()

    rollup("--to", "2026-03-07")

    assert {("revenue_minor", PAID_ON, "gbp", 10_00, 30_00), ("orders", PAID_ON, "gbp", 1, 2)} <= restated()
    assert Restatement.objects.filter(metric="revenue_minor").count() == 1
    assert "order" in Restatement.objects.get(metric="revenue_minor").cause
    assert compute(days=7, as_of=AS_OF).completeness.dirty_days == ()
    assert compute(days=7, as_of=AS_OF).value("revenue") == 30_00
    assert not DirtyDay.objects.exists()


def test_a_late_refund_restates_its_own_day_and_the_day_of_its_order():
    deliver(payment_succeeded(order("E-1", lines=[(product(), 1)]).reference, 10_00))
    rollup("--to", "2026-03-07")
    refund_at = int(datetime(2026, 3, 4, 12, tzinfo=UTC).timestamp())

    deliver(refund_event("created", 4_00, created=refund_at))
    rollup("--to", "2026-03-07")

    assert restated() == {
        ("refunds_minor", date(2026, 3, 4), "gbp", 0, 4_00),
        ("refunded_orders", date(2026, 3, 4), "gbp", 0, 1),
        ("cohort_refunds_minor", PAID_ON, "gbp", 0, 4_00),
    }


def test_a_fact_of_today_marks_nothing(at_noon):
    at_noon(datetime(2026, 3, 1, 23, tzinfo=UTC))

    tell(1)

    assert not DirtyDay.objects.exists()
    assert compute(days=7).value("payments_failed") == 1


def test_a_day_that_was_never_worked_out_is_missing_and_right_all_the_same(at_noon):
    paid(10_00, on="2026-03-05")
    rollup("--to", "2026-03-06")

    report = compute(days=7, as_of=date(2026, 3, 8))

    assert report.completeness.missing_days == (
        *(date(2026, 3, day) for day in (2, 3, 4)),
        date(2026, 3, 7),
        date(2026, 3, 8),
    )
    assert report.value("revenue") == 10_00


def test_what_is_worked_out_is_read_and_not_the_orders(at_noon):
    paid(10_00, on="2026-03-05")
    rollup()
    DayRollup.objects.filter(day=date(2026, 3, 5)).update(revenue_minor=77)

    assert compute(days=7, as_of=date(2026, 3, 9)).value("revenue") == 77


@pytest.mark.parametrize("days", [7, 30])
def test_what_is_worked_out_takes_six_statements_whatever_the_days(at_noon, django_assert_num_queries, days):
    for day in range(60):
        paid(10_00, on=f"{date(2026, 1, 9) + timedelta(days=day)}")
    rollup()

    with django_assert_num_queries(6):
        report = compute(days=days, as_of=date(2026, 3, 9))

    assert report.value("orders") == days
    assert not report.completeness.missing_days


def test_complete_days_end_with_yesterday(at_noon):
    paid(10_00, on="2026-03-10")
    paid(5_00, on="2026-03-03")

    today, complete = compute(days=7), compute(days=7, complete_days=True)

    assert (today.value("revenue"), today.completeness.partial_day) == (10_00, date(2026, 3, 10))
    assert (complete.value("revenue"), complete.completeness.partial_day) == (5_00, None)
    assert compute(days=7, as_of=date(2026, 3, 4), complete_days=True).window.last_day == date(2026, 3, 4)


def test_windows_of_more_than_a_year_are_read_from_the_facts(at_noon, settings):
    settings.REVENUE_INTEL_WINDOWS_DAYS = (400,)
    ada = person()
    paid(10_00, on="2025-02-05", by=ada)
    paid(10_00, on="2026-03-05", by=ada)
    rollup()

    report = compute(days=400, as_of=date(2026, 3, 9))

    assert (report.value("unique_customers"), report.value("repeat_customers")) == (1, 1)


def test_a_late_failure_marks_its_day_and_the_same_news_again_does_not():
    tell(1)
    rollup("--to", "2026-03-07")
    assert not DirtyDay.objects.exists()

    tell(2)
    tell(2)

    assert DirtyDay.objects.count() == 1
    assert compute(days=7, as_of=AS_OF).value("payments_failed") == 2


@postgres_only
@pytest.mark.django_db(transaction=True)
def test_a_fact_that_comes_while_its_day_is_worked_out_leaves_its_mark(monkeypatch):
    tell(1)
    rollup("--to", "2026-03-07")
    tell(2)
    count_days = rollups.count_days

    def count_while_another_is_told(*arguments, **named):
        assert on_a_connection_of_its_own(partial(tell, 3)) == [None]
        return count_days(*arguments, **named)

    monkeypatch.setattr(rollups, "count_days", count_while_another_is_told)
    rollup("--to", "2026-03-07")

    assert compute(days=7, as_of=AS_OF).completeness.dirty_days == (PAID_ON,)
    assert compute(days=7, as_of=AS_OF).value("payments_failed") == 3


def tell(number):
    """Record a payment that failed."""
    with transaction.atomic():
        facts.record_payment(
            facts.PaymentNews(
                payment_intent=f"pi_{number}",
                status="failed",
                amount_minor=1,
                currency="gbp",
                livemode=False,
                at=datetime(2026, 3, 1, 12, tzinfo=UTC),
                event_id="evt",
            )
        )
