"""A question that makes no sense is refused by name, and never answered with something else."""

from __future__ import annotations

from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest

from revenue_intel.exceptions import InvalidWindowError
from revenue_intel.kit import clock
from revenue_intel.kpis.questions import parse_day, parse_days
from revenue_intel.kpis.service import compute, compute_daily_revenue

HOSTILE = [
    "abc",
    "",
    "-1",
    "+30",
    " 30",
    "30 ",
    "3_0",
    "30.0",
    "1e1",
    "10**9",
    str(10**9),
    "\u0663\u0660",
    "\x00",
    "30\x00",
    "🤑",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_days_that_are_none_of_the_windows_are_refused(text):
    with pytest.raises(InvalidWindowError, match="7, 30, 90"):
        parse_days(text)


@pytest.mark.parametrize("text", ["7", "30", "90"])
def test_the_windows_are_read(text):
    assert parse_days(text) == int(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "abc",
        "2026-02-30",
        "20260301",
        "2026-3-1",
        "2026-W10-1",
        "2026-03-01T00:00",
        "\x00",
        "\u0662\u0660\u0662\u0666-\u0660\u0663-\u0660\u0661",
    ],
)
def test_a_day_that_is_none_is_refused(text):
    with pytest.raises(InvalidWindowError, match="as_of"):
        parse_day(text)


def test_a_day_is_read():
    assert parse_day("2026-03-01") == date(2026, 3, 1)


@pytest.mark.parametrize("days", [0, -7, 8, 10**9])
def test_a_window_that_is_not_on_offer_is_refused(days):
    with pytest.raises(InvalidWindowError):
        compute(days=days)
    with pytest.raises(InvalidWindowError):
        compute_daily_revenue(days=days)


@pytest.mark.django_db
def test_the_windows_on_offer_are_a_setting(settings):
    settings.REVENUE_INTEL_WINDOWS_DAYS = (1, 365)

    assert len(compute(days=365, as_of=date(2026, 3, 1)).daily) == 365
    with pytest.raises(InvalidWindowError, match="1, 365"):
        compute(days=7)


@pytest.mark.parametrize("currency", ["xx", "gbpp", "g1p", "£££", "\x00", "🤑🤑🤑", "' OR 1=1"])
def test_a_currency_that_is_no_code_is_refused(currency):
    with pytest.raises(InvalidWindowError, match="currency"):
        compute(days=7, currency=currency)


@pytest.mark.parametrize("day", [date.min, date(1970, 12, 31), date.max])
def test_a_day_at_the_end_of_time_is_refused(day):
    with pytest.raises(InvalidWindowError, match="as_of"):
        compute(days=90, as_of=day)


@pytest.mark.django_db
def test_the_first_day_is_answered():
    assert compute(days=90, as_of=date(1971, 1, 1)).value("orders") == 0


@pytest.mark.django_db
def test_a_day_that_has_not_come_is_refused():
    with pytest.raises(InvalidWindowError, match="and today"):
        compute(days=7, as_of=clock.now().date() + timedelta(days=2), zone=ZoneInfo("UTC"))
