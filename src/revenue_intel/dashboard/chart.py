"""Revenue by day, week or month as a chart: the geometry, in percent of the drawing. The template only writes it down.

Percentages and not units of a view box: bars stretch with the page while labels keep their size, so
that the chart is as readable on a phone. Coordinates are text already, so that no locale puts a
comma into them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from revenue_intel.kit.money import exponent, money_text
from revenue_intel.kpis.series import PeriodRevenue, Step

#: Where the highest mark and the floor stand, from the top.
TOP: Final = 5.0
FLOOR: Final = 88.0
MOST_MARKS: Final = 5
DAY_LABELS: Final = 8
#: With more days a column is too narrow for the last label, which would stand out on the right.
WIDE_DAYS: Final = 10
#: Share of a day's column that its bar fills.
FILL: Final = 0.72
#: Pixels: the room that a character of an amount's label takes at most, and the gap to the plot.
CHARACTER: Final = 8
GAP: Final = 12


@dataclass(frozen=True, kw_only=True)
class Bar:
    """One period: its bar, the column in which the pointer finds it, and what it says."""

    x: str
    y: str
    width: str
    height: str
    column_x: str
    column_width: str
    label: str
    partial: bool


@dataclass(frozen=True, kw_only=True)
class Mark:
    """A label on an axis, and where it stands; ``minor`` ones give way where there is little room."""

    at: str
    text: str
    anchor: str = "middle"
    minor: bool = False


@dataclass(frozen=True, kw_only=True)
class Chart:
    """Everything the template needs to draw."""

    bars: tuple[Bar, ...]
    amounts: tuple[Mark, ...]
    days: tuple[Mark, ...]
    description: str
    amounts_width: int
    top: str = f"{TOP}%"
    plot_height: str = f"{FLOOR - TOP}%"


def draw(periods: Sequence[PeriodRevenue], *, currency: str, step: Step) -> Chart:
    """Return the chart of some periods, oldest first; there is at least one."""
    amounts = scale(max(period.revenue_minor for period in periods), currency=currency)
    texts = [amount_text(amount, step_minor=amounts[1], currency=currency) for amount in amounts]
    return Chart(
        bars=tuple(
            bar(period, n, count=len(periods), top_minor=amounts[-1], currency=currency, step=step)
            for n, period in enumerate(periods)
        ),
        amounts=tuple(
            Mark(at=percent(level(amount, amounts[-1])), text=text)
            for amount, text in zip(amounts, texts, strict=True)
        ),
        days=day_marks([period.first_day for period in periods]),
        description=describe(periods, currency=currency, step=step),
        amounts_width=max(len(text) for text in texts) * CHARACTER + GAP,
    )


def bar(period: PeriodRevenue, n: int, *, count: int, top_minor: int, currency: str, step: Step) -> Bar:
    """Return period number ``n`` of ``count``."""
    width = 100 / count
    y = level(max(period.revenue_minor, 0), top_minor)
    orders = "1 order" if period.orders == 1 else f"{period.orders} orders"
    doubt = doubt_of(period)
    return Bar(
        x=percent((n + (1 - FILL) / 2) * width),
        y=percent(y),
        width=percent(width * FILL),
        height=percent(FLOOR - y),
        column_x=percent(n * width),
        column_width=percent(width),
        label=f"{name_of(period, step)}: "
        f"{money_text(period.revenue_minor, currency)}, {orders}{doubt and f', {doubt}'}",
        partial=period.partial,
    )


def doubt_of(period: PeriodRevenue) -> str:
    """Say why a period is not to be compared with a whole one; empty where it is whole."""
    if period.running:
        return "not over yet"
    return "cut by the window" if period.partial else ""


def name_of(period: PeriodRevenue, step: Step) -> str:
    """Return what a period is called.

    >>> day = date(2026, 3, 2)
    >>> name_of(PeriodRevenue(first_day=day, last_day=day, revenue_minor=0, orders=0, partial=False, running=False), "day")
    'Mon 2 Mar 2026'
    """
    day = period.first_day
    if step == "month":
        return f"{day:%B %Y}"
    return f"{'Week from ' if step == 'week' else ''}{day:%a} {day.day} {day:%b %Y}"


def percent(number: float) -> str:
    """Return a coordinate as SVG writes it."""
    return f"{number:.2f}%"


def level(amount_minor: int, top_minor: int) -> float:
    """Return the height at which an amount stands, from the top."""
    return FLOOR - (FLOOR - TOP) * amount_minor / top_minor


def scale(greatest_minor: int, *, currency: str) -> list[int]:
    """Return the amounts to mark, from 0, a round distance apart, the last at or above the greatest.

    >>> scale(41_900, currency="gbp"), scale(0, currency="gbp")
    ([0, 10000, 20000, 30000, 40000, 50000], [0, 100])
    """
    if greatest_minor <= 0:
        return [0, 10 ** exponent(currency)]
    step = step_minor(greatest_minor)
    return list(range(0, greatest_minor + step, step))


def step_minor(greatest_minor: int) -> int:
    """Return the least round distance (1, 2 or 5 with zeros) of which ``MOST_MARKS`` reach over all.

    >>> step_minor(1), step_minor(730), step_minor(1_999_00)
    (1, 200, 50000)
    """
    power = 1
    while True:
        for digit in (1, 2, 5):
            if digit * power * MOST_MARKS >= greatest_minor:
                return digit * power
        power *= 10


def amount_text(amount_minor: int, *, step_minor: int, currency: str) -> str:
    """Return an amount for the axis; without decimals where all marks are whole.

    >>> amount_text(40_000, step_minor=10_000, currency="gbp"), amount_text(40, step_minor=10, currency="gbp")
    ('£400', '£0.40')
    """
    text = money_text(amount_minor, currency)
    return text if step_minor % 10 ** exponent(currency) else text.partition(".")[0]


def day_marks(days: Sequence[date]) -> tuple[Mark, ...]:
    """Return the days that get a label: evenly spread, the last one among them."""
    every = -(-len(days) // DAY_LABELS)
    last = len(days) - 1
    leaning = last if len(days) > WIDE_DAYS else None
    numbers = range(last % every, len(days), every)
    return tuple(
        Mark(
            at=percent(100 if n == leaning else (n + 0.5) * 100 / len(days)),
            text=f"{days[n].day} {days[n]:%b}",
            anchor="end" if n == leaning else "middle",
            minor=(last - n) // every % 2 == 1,
        )
        for n in numbers
    )


def describe(periods: Sequence[PeriodRevenue], *, currency: str, step: Step) -> str:
    """Say in a sentence what the chart shows, for those who do not see it."""
    if not any(period.orders for period in periods):
        return f"No sale in these {len(periods)} {step}s."
    best = max(periods, key=lambda period: period.revenue_minor)
    total = money_text(sum(period.revenue_minor for period in periods), currency)
    return (
        f"A bar for each of {len(periods)} {step}s, {total} in all. The best was "
        f"{name_of(best, step)} with {money_text(best.revenue_minor, currency)}. "
        f"The table below has every {step}."
    )
