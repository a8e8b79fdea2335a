"""Daily revenue as a chart: the geometry, in the SVG's own units. The template only writes it down.

Coordinates are text already, so that no locale puts a comma into them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from revenue_intel.kpis.presentation import money_text
from revenue_intel.kpis.reports import DayRevenue

WIDTH: Final = 880
HEIGHT: Final = 260
LEFT: Final = 92
RIGHT: Final = 10
TOP: Final = 14
BOTTOM: Final = 34
TICKS: Final = 4
DAY_LABELS: Final = 8
#: Share of a day's column that its bar fills.
FILL: Final = 0.72


@dataclass(frozen=True, kw_only=True)
class Bar:
    """One day: its bar, the column in which the pointer finds it, and what it says."""

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
    """A label on an axis, and where it stands."""

    at: str
    text: str


@dataclass(frozen=True, kw_only=True)
class Chart:
    """Everything the template needs to draw."""

    bars: tuple[Bar, ...]
    amounts: tuple[Mark, ...]
    days: tuple[Mark, ...]
    description: str
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    right: int = WIDTH - RIGHT
    top: int = TOP
    floor: int = HEIGHT - BOTTOM
    plot_height: int = HEIGHT - BOTTOM - TOP


def draw(days: Sequence[DayRevenue], *, currency: str) -> Chart:
    """Return the chart of some days, oldest first; there is at least one."""
    step = step_minor(max(day.revenue_minor for day in days))
    top_minor = step * TICKS
    return Chart(
        bars=tuple(
            bar(day, n, count=len(days), top_minor=top_minor, currency=currency) for n, day in enumerate(days)
        ),
        amounts=tuple(
            Mark(at=f"{level(step * n, top_minor):.2f}", text=money_text(step * n, currency))
            for n in range(TICKS + 1)
        ),
        days=tuple(
            Mark(at=f"{left_of(n, len(days)) + column(len(days)) / 2:.2f}", text=short(days[n].day))
            for n in labelled(len(days))
        ),
        description=describe(days, currency=currency),
    )


def bar(day: DayRevenue, n: int, *, count: int, top_minor: int, currency: str) -> Bar:
    """Return day number ``n`` of ``count``."""
    width = column(count)
    y = level(day.revenue_minor, top_minor)
    orders = "1 order" if day.orders == 1 else f"{day.orders} orders"
    partial = ", not over yet" if day.partial else ""
    return Bar(
        x=f"{left_of(n, count) + width * (1 - FILL) / 2:.2f}",
        y=f"{y:.2f}",
        width=f"{width * FILL:.2f}",
        height=f"{HEIGHT - BOTTOM - y:.2f}",
        column_x=f"{left_of(n, count):.2f}",
        column_width=f"{width:.2f}",
        label=f"{day.day:%a %d %b %Y}: {money_text(day.revenue_minor, currency)}, {orders}{partial}",
        partial=day.partial,
    )


def column(count: int) -> float:
    """Return the width of one day."""
    return (WIDTH - LEFT - RIGHT) / count


def left_of(n: int, count: int) -> float:
    """Return where day number ``n`` begins."""
    return LEFT + n * column(count)


def level(amount_minor: int, top_minor: int) -> float:
    """Return the height at which an amount stands, from the top."""
    return HEIGHT - BOTTOM - (HEIGHT - BOTTOM - TOP) * amount_minor / top_minor


def step_minor(greatest_minor: int) -> int:
    """Return a round distance of marks (1, 2 or 5 with zeros), so that ``TICKS`` of them reach over all.

    >>> step_minor(0), step_minor(730), step_minor(1_999_00)
    (1, 200, 50000)
    """
    power = 1
    while True:
        for digit in (1, 2, 5):
            if digit * power * TICKS >= greatest_minor:
                return digit * power
        power *= 10


def labelled(count: int) -> list[int]:
    """Return the numbers of the days that get a label: evenly spread, the last one among them."""
    every = -(-count // DAY_LABELS)
    return list(range((count - 1) % every, count, every))


def short(day: date) -> str:
    """Return a day for the axis, such as 3 Mar."""
    return f"{day.day} {day:%b}"


def describe(days: Sequence[DayRevenue], *, currency: str) -> str:
    """Say in a sentence what the chart shows, for those who do not see it."""
    best = max(days, key=lambda day: day.revenue_minor)
    total = money_text(sum(day.revenue_minor for day in days), currency)
    return (
        f"A bar for each of {len(days)} days, {total} in all. The best day was {best.day:%d %b %Y} with "
        f"{money_text(best.revenue_minor, currency)}. The table below has every day."
    )
