"""A window's days put together to weeks and months."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby
from typing import Final, Literal

from revenue_intel.exceptions import InvalidWindowError
from revenue_intel.kpis.reports import DayRevenue

Step = Literal["day", "week", "month"]
STEPS: Final[tuple[Step, ...]] = ("day", "week", "month")


@dataclass(frozen=True, kw_only=True)
class PeriodRevenue:
    """Revenue of one day, ISO week or month (minor units).

    ``first_day`` and ``last_day`` are the whole period's. ``partial``: not all of its days are in the window
    and over, so that its numbers are not to be compared with a whole one's. ``running``: it is not over.
    """

    first_day: date
    last_day: date
    revenue_minor: int
    orders: int
    partial: bool
    running: bool


def parse_step(text: str) -> Step:
    """Return the step of a series.

    Raises:
        InvalidWindowError: it is none.
    """
    for step in STEPS:
        if text == step:
            return step
    raise InvalidWindowError(f"series must be one of {', '.join(STEPS)}.")


def series_of(daily: Iterable[DayRevenue], step: Step) -> list[PeriodRevenue]:
    """Return the periods that a window's days fall into, oldest first, those without a sale too."""
    found = []
    for first, group in groupby(daily, key=lambda day: first_of(day.day, step)):
        days = list(group)
        last = last_of(first, step)
        found.append(
            PeriodRevenue(
                first_day=first,
                last_day=last,
                revenue_minor=sum(day.revenue_minor for day in days),
                orders=sum(day.orders for day in days),
                partial=any(day.partial for day in days) or len(days) < (last - first).days + 1,
                running=any(day.partial for day in days),
            )
        )
    return found


def first_of(day: date, step: Step) -> date:
    """Return the first day of the period that holds ``day``; a week begins on Monday.

    >>> str(first_of(date(2026, 3, 4), "week")), str(first_of(date(2026, 3, 4), "month"))
    ('2026-03-02', '2026-03-01')
    """
    if step == "week":
        return day - timedelta(days=day.weekday())
    return day.replace(day=1) if step == "month" else day


def last_of(first: date, step: Step) -> date:
    """Return the last day of the period that begins with ``first``.

    >>> str(last_of(date(2026, 2, 1), "month")), str(last_of(date(2026, 3, 2), "week"))
    ('2026-02-28', '2026-03-08')
    """
    if step == "month":
        return (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    return first + timedelta(days=6 if step == "week" else 0)
