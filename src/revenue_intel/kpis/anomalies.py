"""Days that fall outside what their weekday leads one to expect.

The estimator, for each of four numbers of a closed day:

- *history*: the same weekday of the ``WEEKS`` weeks before, from the first day on which anything was sold or
  tried; with fewer than ``LEAST_HISTORY`` days that have the number, nothing is said.
- *expected*: the median of the history. *spread*: its median absolute deviation × 1.4826 (which makes it a
  standard deviation where the numbers are normal), and at least ``LEAST_SHARE`` of the expected value, and at
  least 1 order or ``LEAST_POINTS`` percentage points: a history without any spread still leaves room. Of orders
  and revenue it is also at least the expected value ÷ √n for a median of n orders: so much is chance alone.
- *band*: expected ± ``WIDTH`` × spread, and never below 0. A day outside is an anomaly.

A rate counts only on days with ``LEAST_CASES`` orders or payments. Revenue is not judged where none is expected.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from statistics import median
from typing import Final

from revenue_intel.kit.periods import Window
from revenue_intel.kpis.base import CENT, Unit, percentage
from revenue_intel.kpis.questions import Question
from revenue_intel.kpis.reading import read_days
from revenue_intel.kpis.totals import Totals

WEEKS: Final = 12
LEAST_HISTORY: Final = 8
WIDTH: Final = 5
NORMAL: Final = Decimal("1.4826")
LEAST_SHARE: Final = Decimal("0.1")
LEAST_POINTS: Final = Decimal(2)
LEAST_CASES: Final = 50


@dataclass(frozen=True, kw_only=True)
class Metric:
    """A number of a day that is watched; ``of_day`` is None where there is too little to say it.

    ``by_orders``: how much it varies by chance follows from how many orders there are.
    """

    slug: str
    name: str
    unit: Unit
    least_spread: Decimal
    by_orders: bool
    of_day: Callable[[Totals], Decimal | None]


@dataclass(frozen=True, kw_only=True)
class Anomaly:
    """A day outside its band, with the evidence. Money is minor units, a rate percent.

    ``days_used`` are the days that ``expected`` is the median of.
    """

    day: date
    metric: Metric
    observed: Decimal
    expected: Decimal
    low: Decimal
    high: Decimal
    days_used: tuple[date, ...]


def _rate(part: int, whole: int) -> Decimal | None:
    return percentage(part, whole) if whole >= LEAST_CASES else None


METRICS: Final = (
    Metric(
        slug="revenue",
        name="Revenue",
        unit=Unit.MONEY,
        least_spread=Decimal(0),
        by_orders=True,
        of_day=lambda day: Decimal(day.revenue_minor),
    ),
    Metric(
        slug="orders",
        name="Orders",
        unit=Unit.COUNT,
        least_spread=Decimal(1),
        by_orders=True,
        of_day=lambda day: Decimal(day.orders),
    ),
    Metric(
        slug="refund_rate_pct",
        name="Refund rate",
        unit=Unit.PERCENT,
        least_spread=LEAST_POINTS,
        by_orders=False,
        of_day=lambda day: _rate(day.refunded_orders, day.orders),
    ),
    Metric(
        slug="failure_rate_pct",
        name="Failed payments",
        unit=Unit.PERCENT,
        least_spread=LEAST_POINTS,
        by_orders=False,
        of_day=lambda day: _rate(day.payments_failed, day.payments_failed + day.payments_succeeded),
    ),
)


def find_anomalies(question: Question) -> list[Anomaly]:
    """Return the anomalies among the closed days of a window, oldest first; today is never judged.

    ``one_snapshot`` is the caller's.
    An order refunded on several of the days that are read counts on the first of them.
    """
    days = read_history(question)
    closed = [day for day in question.window.dates() if day < question.today]
    return [
        found
        for day in closed
        for metric in METRICS
        if (found := judge(metric, day=day, days=days)) is not None
    ]


def read_history(question: Question) -> Mapping[date, Totals]:
    """Return the numbers of the window's days and of the weeks before, from the first day with any."""
    # Two windows are read, this one and the one before: together they reach back far enough.
    half = -(-(question.window.days + WEEKS * 7) // 2)
    window = Window(days=half, last_day=question.window.last_day, zone=question.window.zone)
    read = read_days(replace(question, window=window))
    days = {day: read.totals(first=day, last=day) for day in [*window.previous.dates(), *window.dates()]}
    begun = [day for day, totals in days.items() if totals != Totals()]
    return {day: totals for day, totals in days.items() if begun and day >= begun[0]}


def judge(metric: Metric, *, day: date, days: Mapping[date, Totals]) -> Anomaly | None:
    """Return the anomaly that a day is, or None."""
    observed = metric.of_day(days[day]) if day in days else None
    earlier = [day - timedelta(weeks=n) for n in range(WEEKS, 0, -1)]
    history = {
        one: value for one in earlier if one in days and (value := metric.of_day(days[one])) is not None
    }
    if observed is None or len(history) < LEAST_HISTORY:
        return None
    orders = median(days[one].orders for one in history) if metric.by_orders else 0
    expected, low, high = band_of(
        list(history.values()), least_spread=metric.least_spread, least_share=share_by_chance(orders)
    )
    if low <= observed <= high or (metric.unit is Unit.MONEY and not expected):
        return None
    return Anomaly(
        day=day,
        metric=metric,
        observed=observed,
        expected=expected,
        low=low,
        high=high,
        days_used=tuple(history),
    )


def share_by_chance(orders: float) -> Decimal:
    """Return the least share of what is expected that the spread is.

    >>> str(share_by_chance(4)), str(share_by_chance(900)), str(share_by_chance(0))
    ('0.5', '0.1', '0.1')
    """
    return max(LEAST_SHARE, 1 / Decimal(orders).sqrt()) if orders else LEAST_SHARE


def band_of(
    history: Sequence[Decimal], *, least_spread: Decimal, least_share: Decimal = LEAST_SHARE
) -> tuple[Decimal, Decimal, Decimal]:
    """Return what is expected after a history, and the lowest and highest value that do not stand out.

    >>> [str(number) for number in band_of([Decimal(100)] * 8, least_spread=Decimal(1))]
    ['100.00', '50.00', '150.00']
    """
    expected = median(history)
    deviation = median(abs(value - expected) for value in history) * NORMAL
    room = WIDTH * max(deviation, abs(expected) * least_share, least_spread)
    return _round(expected), _round(max(expected - room, Decimal(0))), _round(expected + room)


def _round(number: Decimal) -> Decimal:
    return number.quantize(CENT, rounding=ROUND_HALF_UP)
