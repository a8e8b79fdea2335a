"""A window is calendar days in a zone: a day on which the clocks change has 23 or 25 hours (K1)."""

from __future__ import annotations

import itertools
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from revenue_intel.kit.periods import Window, day_of, midnight

LONDON = ZoneInfo("Europe/London")
NEW_YORK = ZoneInfo("America/New_York")

#: Whole and odd offsets, changes at midnight, a day that was skipped (Apia, 2011-12-30).
ZONES = [
    "UTC",
    "Europe/London",
    "America/New_York",
    "America/Sao_Paulo",
    "America/Havana",
    "Asia/Beirut",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "Pacific/Apia",
]
zones = st.sampled_from([ZoneInfo(name) for name in ZONES])
days = st.dates(date(2005, 1, 1), date(2035, 12, 31))


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "length", "last_day", "start", "end", "hours"),
    [
        (LONDON, 1, date(2026, 3, 29), "2026-03-29 00:00", "2026-03-29 23:00", 23),
        (LONDON, 1, date(2026, 10, 25), "2026-10-24 23:00", "2026-10-26 00:00", 25),
        (NEW_YORK, 90, date(2026, 3, 31), "2026-01-01 05:00", "2026-04-01 04:00", 90 * 24 - 1),
        (ZoneInfo("UTC"), 7, date(2026, 3, 7), "2026-03-01 00:00", "2026-03-08 00:00", 7 * 24),
    ],
)
def test_the_golden_windows(zone, length, last_day, start, end, hours):
    window = Window(days=length, last_day=last_day, zone=zone)

    assert (window.start, window.end) == (utc(start), utc(end))
    assert window.end - window.start == timedelta(hours=hours)


def test_the_window_before_ends_where_this_one_starts():
    window = Window(days=30, last_day=date(2026, 4, 2), zone=LONDON)

    assert window.previous.end == window.start
    assert (window.previous.first_day, window.previous.days) == (date(2026, 2, 2), 30)


def test_the_dates_of_a_window_are_its_days_oldest_first():
    window = Window(days=3, last_day=date(2026, 3, 1), zone=LONDON)

    assert window.dates() == [date(2026, 2, 27), date(2026, 2, 28), date(2026, 3, 1)]


@given(first=days, count=st.integers(1, 40), zone=zones)
def test_the_days_of_a_window_tile_time_without_gap_or_overlap(first, count, zone):
    window = Window(days=count, last_day=first + timedelta(days=count - 1), zone=zone)
    parts = [Window(days=1, last_day=day, zone=zone) for day in window.dates()]

    assert parts[0].start == window.start
    assert parts[-1].end == window.end
    assert all(before.end == after.start for before, after in itertools.pairwise(parts))


@given(day=days, zone=zones, share=st.integers(0, 999))
def test_every_instant_of_a_day_belongs_to_that_day(day, zone, share):
    start, end = midnight(day, zone), midnight(day + timedelta(days=1), zone)
    if start == end:
        return  # the day that Apia never had

    assert day_of(start, zone) == day
    assert day_of(start + (end - start) * share / 1000, zone) == day
    assert day_of(start - timedelta(microseconds=1), zone) < day
