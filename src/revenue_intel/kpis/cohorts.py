"""Cohorts: people by the month of their first order, and what became of them (K10, K11)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from revenue_intel.exceptions import InvalidWindowError
from revenue_intel.kit.periods import midnight
from revenue_intel.kpis.base import mean, percentage
from revenue_intel.kpis.fact_queries import facts_of
from revenue_intel.kpis.questions import Question

#: The most months of a triangle.
MOST_MONTHS = 36


@dataclass(frozen=True, kw_only=True)
class CohortCell:
    """What a cohort did so many months later. ``partial``: that month has not ended; None in the future.

    ``net_minor`` is what its orders of that month came to, less what was ever refunded on them.
    """

    retained: int | None
    retained_pct: Decimal | None
    net_minor: int | None
    partial: bool


@dataclass(frozen=True, kw_only=True)
class Cohort:
    """The people whose first paid order, in this currency, was in ``month``; ``ltv_minor`` is their mean net so far."""

    month: date
    people: int
    ltv_minor: int | None
    cells: tuple[CohortCell, ...]


def read_cohorts(question: Question, *, months: int = 12) -> list[Cohort]:
    """Return the cohorts of the last months, oldest first, as of the end of the window; ``one_snapshot`` is the caller's.

    Time grows with the orders.

    Raises:
        InvalidWindowError: there are too few or too many months.
    """
    if not 1 <= months <= MOST_MONTHS:
        raise InvalidWindowError(f"months must be between 1 and {MOST_MONTHS}.")
    last_day = question.window.last_day
    starts = month_starts(last_day, months)
    people: list[int] = [0] * months
    retained: defaultdict[tuple[int, int], int] = defaultdict(int)
    net: defaultdict[tuple[int, int], int] = defaultdict(int)
    first, person = 0, None
    for canonical, month, total, refunded in _rows(question, starts):
        if canonical != person:
            person, first = canonical, month
            if first >= 0:
                people[first] += 1
        if first >= 0:
            retained[first, month - first] += 1
            net[first, month - first] += int(total) - int(refunded)
    ends = last_day + timedelta(days=1)
    return [
        Cohort(
            month=starts[n],
            people=people[n],
            ltv_minor=mean(sum(net[n, k] for k in range(months - n)), people[n]),
            cells=tuple(
                CohortCell(
                    retained=retained[n, k] if n + k < months else None,
                    retained_pct=percentage(retained[n, k], people[n]) if n + k < months else None,
                    net_minor=net[n, k] if n + k < months else None,
                    partial=n + k == months - 1 and ends.day != 1,
                )
                for k in range(months)
            ),
        )
        for n in range(months)
    ]


def month_starts(last_day: date, months: int) -> list[date]:
    """Return the first days of the last months, oldest first.

    >>> [str(day) for day in month_starts(date(2026, 2, 14), 3)]
    ['2025-12-01', '2026-01-01', '2026-02-01']
    """
    last = last_day.year * 12 + last_day.month - 1
    return [date(n // 12, n % 12 + 1, 1) for n in range(last - months + 1, last + 1)]


def _rows(question: Question, starts: list[date]) -> Iterator[tuple[Any, ...]]:
    """Yield (person, month, total, refunded), a person's months in order; -1 is any month before."""
    facts, zone = facts_of(question), question.window.zone
    months = "".join(
        f" WHEN o.paid_at >= {facts.instant(f'month_{n}', midnight(start, zone))} THEN {n}"
        for n, start in reversed(list(enumerate(starts)))
    )
    return facts.stream(
        """
        SELECT person, month, SUM(total_minor), SUM(refunded_minor) FROM (
          SELECT c.canonical AS person, CASE{months} ELSE -1 END AS month, o.total_minor, o.refunded_minor
          FROM {orders} o JOIN {people} c ON c.key = o.customer_id WHERE {scope} AND o.paid_at < %(end)s
        ) bought GROUP BY person, month ORDER BY person, month
        """,
        months=months,
        scope=facts.scope("o"),
    )
