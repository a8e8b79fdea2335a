"""What a KPI is: a definition that runs, and the value it gives."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from typing import Final

from revenue_intel.kpis.questions import Question

#: Money is integer minor units, a count is an integer, a percentage a Decimal with two decimals.
#: None: there is nothing to divide by.
Value = int | Decimal | None

CENT: Final = Decimal("0.01")


class Unit(StrEnum):
    """What a value is counted in."""

    MONEY = "money"
    COUNT = "count"
    PERCENT = "percent"


@dataclass(frozen=True, kw_only=True)
class Pair:
    """A value in the window asked for and in the window of as many days before."""

    now: Value
    previous: Value


@dataclass(frozen=True, kw_only=True)
class Kpi:
    """One number: its meaning in words and, for a derived one, its formula in code.

    ``derive`` takes the values of the other KPIs of the same window, by slug. A KPI without
    it is read from the facts by its topic.
    """

    slug: str
    name: str
    unit: Unit
    formula: str
    sources: tuple[str, ...]
    since: str
    edge: str = ""
    derive: Callable[[Mapping[str, Value]], Value] | None = None


@dataclass(frozen=True, kw_only=True)
class Topic:
    """KPIs that are read together: one query, several numbers."""

    kpis: tuple[Kpi, ...]
    measure: Callable[[Question], Mapping[str, Pair]]


@dataclass(frozen=True, kw_only=True)
class KpiValue:
    """A KPI with its value in the window and in the one before."""

    kpi: Kpi
    value: Value
    previous: Value


def percentage(part: Value, whole: Value) -> Decimal | None:
    """Return ``part`` of ``whole`` in percent, half up to two decimals; None where there is no whole.

    >>> str(percentage(1, 3)), percentage(1, 0)
    ('33.33', None)
    """
    if not whole:
        return None
    return (Decimal(part or 0) * 100 / Decimal(whole)).quantize(CENT, rounding=ROUND_HALF_UP)


def mean_minor(total_minor: Value, count: Value) -> int | None:
    """Return the mean in minor units, half up to a whole one; None where there is nothing to divide by.

    >>> mean_minor(1001, 2), mean_minor(0, 0)
    (501, None)
    """
    if not count:
        return None
    return int((Decimal(total_minor or 0) / Decimal(count)).quantize(Decimal(1), rounding=ROUND_HALF_UP))
