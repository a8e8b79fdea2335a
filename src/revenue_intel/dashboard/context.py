"""What the dashboard shows, made from a report."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Final

from django.urls import reverse

from revenue_intel.access.permissions import Permission
from revenue_intel.access.policy import may
from revenue_intel.conf import settings as conf
from revenue_intel.dashboard.chart import doubt_of, draw, name_of
from revenue_intel.dashboard.pages import DASHBOARD, ISSUES, PARTS, find_url, frame_of
from revenue_intel.exports.contracts import NAMES
from revenue_intel.exports.service import OF_NOW_ONLY
from revenue_intel.kit.money import money_text
from revenue_intel.kpis.base import KpiValue, Unit
from revenue_intel.kpis.presentation import value_text
from revenue_intel.kpis.reports import KpiReport
from revenue_intel.kpis.series import STEPS, PeriodRevenue, Step, series_of

#: Shown only where there is something to show.
HIDDEN_AT_ZERO: Final = frozenset(
    [
        "unidentified_orders",
        "unsplit_orders",
        "discounts",
        "tax",
        "shipping",
        "payments_failed",
        "disputes_net",
        "credit_notes",
        "disputes_opened",
        "dispute_rate_pct",
        "fees",
        "net_cash",
    ]
)
#: Shown large: what the page is about.
LARGE: Final = frozenset({"revenue", "orders", "aov"})
TENTH: Final = Decimal("0.1")

EXPORT_TITLES: Final[Mapping[str, str]] = {
    "kpi-summary": "KPI summary",
    "orders": "Orders",
    "products": "Products",
    "customers": "Customers",
}


@dataclass(frozen=True, kw_only=True)
class Card:
    """One KPI: its value, and how it moved. ``mood`` is good, bad or flat; ``reason`` why the value is not known.

    ``parts_url`` is the page of what it is made of.
    """

    name: str
    value: str
    change: str
    mood: str
    previous: str
    meaning: str
    reason: str
    parts_url: str
    large: bool


def context_of(report: KpiReport, user: Any, *, step: Step) -> dict[str, Any]:
    """Return the template's context; the links keep what else was asked for."""
    currency = report.scope.currency
    periods = series_of(report.daily, step)
    return {
        **frame_of(user, current=DASHBOARD),
        "report": report,
        "cards": [
            card_of(value, currency=currency)
            for slug, value in report.values.items()
            if value.value or slug not in HIDDEN_AT_ZERO or is_unknown(value)
        ],
        "empty": not report.currencies,
        "chart": draw(periods, currency=currency, step=step),
        "rows": [period_row(period, currency=currency, step=step) for period in reversed(periods)],
        "step": step,
        "steps": STEPS,
        "doubts": sorted({doubt for period in periods if (doubt := doubt_of(period))}, reverse=True),
        "windows": list(conf.WINDOWS_DAYS),
        "currency_choices": sorted({*report.currencies, conf.CURRENCY.lower(), currency}),
        "exports": exports_of(report) if may(user, Permission.EXPORT_ANALYTICS) else [],
        "last_day": report.window.last_day.isoformat(),
        "issues_url": find_url(ISSUES) if may(user, Permission.VIEW_ISSUES) else "",
    }


def is_unknown(measured: KpiValue) -> bool:
    """Say whether there may be a value, and it is not known."""
    return measured.value is None and bool(measured.kpi.unknown)


def card_of(measured: KpiValue, *, currency: str) -> Card:
    """Return the card of one KPI."""
    change, direction = change_of(measured)
    if measured.kpi.unwanted:
        direction = -direction
    return Card(
        name=measured.kpi.name,
        value=value_text(measured.kpi, measured.value, currency),
        change=change,
        mood={1: "good", -1: "bad", 0: "flat"}[direction],
        previous=value_text(measured.kpi, measured.previous, currency),
        meaning=measured.kpi.formula,
        reason=measured.reason if is_unknown(measured) else "",
        parts_url=reverse(PARTS, kwargs={"slug": measured.kpi.slug}),
        large=measured.kpi.slug in LARGE,
    )


def change_of(measured: KpiValue) -> tuple[str, int]:
    """Return how a KPI moved, in words, and 1, -1 or 0. Percentages move by points."""
    if measured.value is None or measured.previous is None:
        return "no comparison", 0
    moved = Decimal(measured.value) - Decimal(measured.previous)
    direction = (moved > 0) - (moved < 0)
    if not direction:
        return "unchanged", 0
    if measured.kpi.unit is Unit.PERCENT:
        return f"{signed(moved)} points", direction
    if not measured.previous:
        return "from nothing", direction
    if measured.previous < 0:
        return "no comparison", 0
    share = (moved * 100 / Decimal(measured.previous)).quantize(TENTH, rounding=ROUND_HALF_UP)
    return f"{signed(share)} %", direction


def signed(number: Decimal) -> str:
    """Return a number with its sign; the minus is the typographic one, as wide as the plus."""
    return f"{number:+,}".replace("-", "−")


def period_row(period: PeriodRevenue, *, currency: str, step: Step) -> dict[str, Any]:
    """Return one period of the table."""
    return {
        "day": period.first_day,
        "name": name_of(period, step),
        "revenue": money_text(period.revenue_minor, currency),
        "orders": period.orders,
        "doubt": doubt_of(period),
    }


def exports_of(report: KpiReport) -> list[dict[str, str]]:
    """Return the exports on offer: as of an earlier instant those that can be made again."""
    return [
        {"title": EXPORT_TITLES[name], "url": reverse(f"analytics:analytics-export-{name}")}
        for name in NAMES
        if report.known_at is None or name not in OF_NOW_ONLY
    ]
