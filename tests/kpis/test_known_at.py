"""``known_at``: a report is made again as it was known, byte for byte, whatever came in since."""

from __future__ import annotations

import io
import json
from datetime import UTC, date, datetime, timedelta
from unittest.mock import patch

import pytest
from django.core.management import CommandError, call_command
from hypothesis import example, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from revenue_intel.exceptions import InvalidWindowError
from revenue_intel.facts import services as facts
from revenue_intel.facts.models import CustomerVersion, DisputeVersion, OrderVersion, PaymentVersion
from revenue_intel.issues.models import Issue
from revenue_intel.issues.services import open_issue, resolve_issue
from revenue_intel.kit import clock
from revenue_intel.kpis.representation import represent, represent_series
from revenue_intel.kpis.service import compute
from tests.kpis import test_rollups_oracle as oracle
from tests.kpis.teller import BEGIN, Teller

#: The first thing is told long after the last of it happened, and each after the one before.
TOLD = datetime(2026, 4, 2, 9, tzinfo=UTC)
LATER = datetime(2026, 5, 1, tzinfo=UTC)


class Narrator(Teller):
    """Tells people's steps and issues as well."""

    def step(self, at, who, step):
        facts.record_step(step=step, at=at, subject="mug", email=f"person{who}@example.com")

    def trouble(self, which):
        open_issue(kind="payment_mismatch", subject=f"pi_{which}", title="Odd")

    def mend(self, which):
        resolve_issue(kind="payment_mismatch", subject=f"pi_{which}")

    def warn(self, which):
        open_issue(kind="worn", subject=str(which), title="Worn", severity=Issue.Severity.WARNING)


steps = st.tuples(
    st.just("step"), oracle.instants, st.integers(1, 3), st.sampled_from(["wishlisted", "carted"])
)
issues = st.tuples(st.sampled_from(["trouble", "mend", "warn"]), st.integers(0, 1))
histories = st.lists(
    st.one_of(
        oracle.sales,
        oracle.sales,
        oracle.refunds,
        oracle.joins,
        oracle.redates,
        oracle.failures,
        oracle.bookings,
        oracle.readings,
        oracle.notes,
        oracle.disputes,
        oracle.builds,
        steps,
        issues,
    ),
    min_size=1,
    max_size=12,
)
at = BEGIN + timedelta(days=3)
late = at - timedelta(days=1)
SALE = ("sale", at, 1, "gbp", 900)


def as_bytes(known_at, **asked):
    asked = {"days": 30, "as_of": date(2026, 4, 2), "currency": "gbp", "livemode": False, **asked}
    report = compute(**asked, known_at=known_at)
    return json.dumps([represent(report), represent_series(report, "day")]).encode()


def without_cache(body):
    """Return a report without what was worked out ahead by then, and without the instant."""
    report, series = json.loads(body)
    del report["known_at"], report["completeness"]["missing_days"], report["completeness"]["dirty_days"]
    return report, series


@pytest.mark.slow
class TestAnyHistory(TestCase):
    @given(histories, st.sampled_from(["gbp", "jpy"]))
    @example([SALE, ("refund", at, 0, 500, None), ("refund", at, 0, 300, at)], "gbp")
    @example([SALE, ("redate", 0, late), ("sale", late, 2, "jpy", 5), ("join", 1, 2)], "gbp")
    @example([("step", late, 1, "wishlisted"), ("step", late, 2, "wishlisted"), SALE, ("join", 1, 2)], "gbp")
    @example([SALE, ("failure", at, 1), ("failure", late + timedelta(days=2), 1)], "gbp")
    @example([SALE, ("dispute", at, 1, "warning_closed"), ("dispute", at, 1, "needs_response")], "gbp")
    @example([SALE, ("trouble", 0), ("mend", 0), ("trouble", 0), ("warn", 1)], "gbp")
    @example([SALE, ("build",), ("booking", at, "dispute", 90, 5, "gbp"), ("note", at, 50, at)], "gbp")
    @example(
        [SALE, ("booking", at, "charge", 970, 5, "gbp"), ("reading", None, at), ("reading", late, at)], "gbp"
    )
    @settings(max_examples=60)
    def test_every_report_is_made_again_as_it_was_known(self, history, currency):
        teller, reports = Narrator(), {}
        with patch.object(clock, "now") as now:
            for number, event in enumerate(history):
                now.return_value = TOLD + timedelta(seconds=number)
                teller.tell(*event)
                try:
                    told = as_bytes(now.return_value, currency=currency)
                except InvalidWindowError:
                    continue  # nothing but an issue so far
                assert without_cache(told) == without_cache(as_bytes(None, currency=currency))
                reports[now.return_value] = told
            now.return_value = LATER

            again = {instant: as_bytes(instant, currency=currency) for instant in reports}

        assert again == reports


@pytest.fixture
def told(db, monkeypatch):
    """An order that was paid, redated, refunded and joined to another person, an hour apart each."""
    teller = Narrator()
    history = [
        SALE,
        ("redate", 0, late),
        ("refund", at, 0, 500, None),
        ("sale", at, 2, "gbp", 100),
        ("join", 1, 2),
        ("dispute", at, 1, "needs_response"),
        ("dispute", at, 1, "won"),
    ]
    for number, event in enumerate(history):
        monkeypatch.setattr(clock, "now", lambda number=number: TOLD + timedelta(hours=number))
        teller.tell(*event)
    monkeypatch.setattr(clock, "now", lambda: LATER)
    return teller


def value(slug, hours, **asked):
    known_at = None if hours is None else TOLD + timedelta(hours=hours)
    asked = {"days": 30, "as_of": date(2026, 4, 2), "livemode": False, **asked}
    return compute(**asked, known_at=known_at).value(slug)


@pytest.mark.parametrize(
    ("slug", "by_hour"),
    [
        ("revenue", [970, 970, 970, 1140, 1140]),
        ("refunded_of_sold", [0, 0, 500, 500, 500]),
        ("refunded_amount", [0, 0, 500, 500, 500]),
        ("unique_customers", [1, 1, 1, 2, 1]),
        ("repeat_customers", [0, 0, 0, 0, 1]),
        ("disputes_opened", [0, 0, 0, 0, 0, 1, 1]),
    ],
)
def test_what_came_later_is_not_seen(told, slug, by_hour):
    assert [value(slug, hour) for hour in range(len(by_hour))] == by_hour
    assert value(slug, None) == by_hour[-1]


@pytest.mark.django_db
def test_who_was_joined_twice_is_known_as_each_time(monkeypatch):
    teller = Narrator()
    history = [
        *(("sale", at, who, "gbp", 100) for who in (1, 2, 3)),
        ("join", 2, 3),
        ("join", 1, 2),
    ]
    for number, event in enumerate(history):
        monkeypatch.setattr(clock, "now", lambda number=number: TOLD + timedelta(hours=number))
        teller.tell(*event)
    monkeypatch.setattr(clock, "now", lambda: LATER)

    assert [value("unique_customers", hours) for hours in range(5)] == [1, 2, 3, 2, 1]


def test_an_order_is_on_the_day_on_which_it_was_taken_to_be_paid(told):
    assert [value("orders", hours, days=7, as_of=at.date() - timedelta(days=1)) for hours in (0, 1)] == [0, 1]


def test_the_day_of_the_instant_is_today(told):
    report = compute(days=7, livemode=False, known_at=TOLD)

    assert (report.window.last_day, report.completeness.partial_day) == (TOLD.date(), TOLD.date())
    assert (report.completeness.missing_days, report.completeness.dirty_days) == ((), ())


def test_only_what_counted_leaves_a_version_and_only_where_it_changed(told):
    assert [(v.order_id, v.refunded_minor) for v in OrderVersion.objects.all()] == [
        (told.sold[0].pk, 0),
        (told.sold[0].pk, 0),
    ]
    assert [v.payment_intent for v in PaymentVersion.objects.all()] == ["pi_0"]
    assert [v.status for v in DisputeVersion.objects.all()] == ["needs_response"]
    assert CustomerVersion.objects.count() == 1


@pytest.mark.parametrize(
    ("known_at", "message"),
    [
        (LATER + timedelta(microseconds=1), "must not be in the future"),
        (TOLD - timedelta(microseconds=1), "must not be before 2026-04-02T09:00:00.* first fact"),
    ],
)
def test_an_instant_of_which_nothing_can_be_known_is_refused(told, known_at, message):
    with pytest.raises(InvalidWindowError, match=message):
        compute(days=7, livemode=False, known_at=known_at)


@pytest.mark.django_db
def test_without_any_fact_nothing_was_ever_known():
    with pytest.raises(InvalidWindowError, match="nothing has been recorded yet"):
        compute(days=7, livemode=False, known_at=TOLD)


def test_an_instant_without_a_zone_is_refused(told):
    with pytest.raises(InvalidWindowError, match="time zone"):
        compute(days=7, livemode=False, known_at=datetime(2026, 4, 3))  # noqa: DTZ001


def test_the_command_prints_what_was_known(told):
    out = io.StringIO()
    call_command(
        "revenue_kpis", "--days", "30", "--known-at", "2026-04-02T10:30", "--format", "json", stdout=out
    )

    (report,) = json.loads(out.getvalue())
    assert (report["known_at"], report["last_day"]) == ("2026-04-02T10:30:00Z", "2026-04-02")
    assert report["kpis"]["refunded_of_sold"]["value"] == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--known-at", "yesterday"], "known_at must be an instant"),
        (["--known-at", "2026-04-02T10:30", "--subscriptions"], "nothing has been recorded yet"),
        (["--known-at", "2020-01-01"], "first fact"),
        (["--known-at", "0001-01-01"], "known_at must"),
    ],
)
def test_the_command_refuses_what_cannot_be_known(told, arguments, message):
    with pytest.raises(CommandError, match=message):
        call_command("revenue_kpis", *arguments)
