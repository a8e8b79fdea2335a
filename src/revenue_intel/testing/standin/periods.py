"""Billing periods: a day, week, month or year after another, counted from an anchor."""

from __future__ import annotations

from calendar import monthrange
from datetime import UTC, datetime

_SECONDS = {"day": 24 * 60 * 60, "week": 7 * 24 * 60 * 60}
_MONTHS = {"month": 1, "year": 12}


def months_later(moment: int, months: int) -> int:
    """Return the same day and time some months later, or the month's last day."""
    start = datetime.fromtimestamp(moment, UTC)
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    day = min(start.day, monthrange(year, month + 1)[1])
    return int(start.replace(year=year, month=month + 1, day=day).timestamp())


def next_end(*, anchor: int, after: int, interval: str, count: int) -> int:
    """Return the first end of a period that is later than a moment, counted from the anchor."""
    if interval in _SECONDS:
        length = _SECONDS[interval] * count
        return anchor + ((after - anchor) // length + 1) * length
    step = _MONTHS[interval] * count
    begin, end = datetime.fromtimestamp(anchor, UTC), datetime.fromtimestamp(after, UTC)
    number = max(0, ((end.year - begin.year) * 12 + end.month - begin.month) // step - 1)
    while months_later(anchor, number * step) <= after:
        number += 1
    return months_later(anchor, number * step)
