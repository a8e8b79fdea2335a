"""Values as people read them."""

from __future__ import annotations

from revenue_intel.kit.money import money_text
from revenue_intel.kpis.base import Kpi, Unit, Value


def value_text(kpi: Kpi, value: Value, currency: str) -> str:
    """Return a KPI's value with its unit; a dash where there is none."""
    if value is None:
        return "–"
    if kpi.unit is Unit.MONEY:
        return money_text(int(value), currency)
    if kpi.unit is Unit.SECONDS:
        return duration_text(int(value))
    if kpi.unit is Unit.DAYS:
        return f"{value:,} d"
    return f"{value} %" if kpi.unit is Unit.PERCENT else f"{value:,}"


def duration_text(seconds: int) -> str:
    """Return a duration in its two greatest units.

    >>> duration_text(59), duration_text(3_700), duration_text(90_000)
    ('59 s', '1 h 1 min', '1 d 1 h')
    """
    sign, left = ("-" if seconds < 0 else ""), abs(seconds)
    parts = []
    for unit, size in (("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1)):
        count, left = divmod(left, size)
        if count:
            parts.append(f"{count} {unit}")
    return sign + (" ".join(parts[:2]) or "0 s")
