"""Cohorts: people by the month of their first order, and what became of them (K10, K11)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Case, IntegerField, Sum, Value, When

from revenue_intel.exceptions import InvalidWindowError
from revenue_intel.kit.periods import midnight
from revenue_intel.kpis.base import mean, percentage
from revenue_intel.kpis.questions import Scope
from revenue_intel.kpis.revenue import paid_orders

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


def read_cohorts(*, scope: Scope, last_day: date, zone: ZoneInfo, months: int = 12) -> list[Cohort]:
    """Return the cohorts of the last months, oldest first, as of the end of ``last_day``.

    Time grows with the orders of these months, memory with their customers.

    Raises:
        InvalidWindowError: there are too few or too many months.
    """
    if not 1 <= months <= MOST_MONTHS:
        raise InvalidWindowError(f"months must be between 1 and {MOST_MONTHS}.")
    starts = month_starts(last_day, months)
    people: list[int] = [0] * months
    retained: defaultdict[tuple[int, int], int] = defaultdict(int)
    net: defaultdict[tuple[int, int], int] = defaultdict(int)
    first, person = 0, None
    for canonical, month, total, refunded in _rows(scope, starts, last_day, zone):
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


def _rows(scope: Scope, starts: list[date], last_day: date, zone: ZoneInfo) -> Iterator[tuple[Any, ...]]:
    """Yield (person, month, total, refunded), a person's months in order; -1 is any month before."""
    number = Case(
        *(
            When(paid_at__gte=midnight(start, zone), then=Value(n))
            for n, start in reversed(list(enumerate(starts)))
        ),
        default=Value(-1),
        output_field=IntegerField(),
    )
    return (
        paid_orders(scope)
        .filter(customer__isnull=False, paid_at__lt=midnight(last_day + timedelta(days=1), zone))
        .order_by()
        .annotate(month_number=number)
        .values("customer__canonical", "month_number")
        .annotate(total=Sum("total_minor"), refunded=Sum("refunded_minor"))
        .order_by("customer__canonical", "month_number")
        .values_list("customer__canonical", "month_number", "total", "refunded")
        .iterator(chunk_size=5000)
    )
