"""A report as plain JSON values: the API's answer, and the command's."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from revenue_intel.kit.money import to_major
from revenue_intel.kit.periods import Window
from revenue_intel.kpis.base import KpiValue, Unit, Value
from revenue_intel.kpis.explanations import Explanation
from revenue_intel.kpis.questions import Question
from revenue_intel.kpis.reports import InventoryReport, KpiReport, SubscriptionReport
from revenue_intel.kpis.series import Step, series_of


def represent(report: KpiReport) -> dict[str, Any]:
    """Return the report as plain JSON values: minor units are integers, percentages decimal strings."""
    done = report.completeness
    return {
        **represent_window(report),
        "latest_snapshot_day": report.latest_snapshot_day and report.latest_snapshot_day.isoformat(),
        "completeness": {
            "complete": done.complete,
            "open_issues": done.open_issues,
            "partial_day": done.partial_day and done.partial_day.isoformat(),
            "days_without_sales": [day.isoformat() for day in done.days_without_sales],
            "missing_days": [day.isoformat() for day in done.missing_days],
            "dirty_days": [day.isoformat() for day in done.dirty_days],
        },
        "currencies": list(report.currencies),
    }


def represent_subscriptions(report: SubscriptionReport) -> dict[str, Any]:
    """Return the report on subscriptions as plain JSON values."""
    return {
        **represent_window(report),
        "discount_policy": str(report.policy),
    }


def represent_inventory(report: InventoryReport) -> dict[str, Any]:
    """Return the report on stock as plain JSON values, but for its rows."""
    return {
        **represent_days(report.window),
        "known_at": report.known_at and instant_text(report.known_at),
        "kpis": {slug: represent_value(value, "") for slug, value in report.values.items()},
        "rows_in_all": report.rows_in_all,
    }


def represent_explanation(found: Explanation) -> dict[str, Any]:
    """Return what a value is made of as plain JSON values; a part's value is in the KPI's unit."""
    return {
        **represent_scope(found.question),
        "kpi": found.kpi.slug,
        "unit": str(found.kpi.unit),
        "value": found.value,
        "reason": found.kpi.unknown if found.value is None else None,
        "count": found.count,
        "page": found.page,
        "parts": [
            {
                "kind": part.kind,
                "id": part.id,
                "at": instant_text(part.at),
                "order_reference": part.order_reference,
                "value": part.value,
            }
            for part in found.parts
        ],
    }


def represent_window(report: KpiReport | SubscriptionReport) -> dict[str, Any]:
    """Return which window and money a report is about, and its KPIs."""
    return {
        **represent_scope(report),
        "kpis": {
            slug: represent_value(value, report.scope.currency) for slug, value in report.values.items()
        },
    }


def represent_scope(asked: Question | KpiReport | SubscriptionReport) -> dict[str, Any]:
    """Return which window and money an answer is about, and as of whose knowledge."""
    return {
        **represent_days(asked.window),
        "currency": asked.scope.currency,
        "livemode": asked.scope.livemode,
        "account": asked.scope.account,
        "known_at": asked.known_at and instant_text(asked.known_at),
    }


def represent_days(window: Window) -> dict[str, Any]:
    """Return which window an answer is about."""
    return {
        "days": window.days,
        "first_day": window.first_day.isoformat(),
        "last_day": window.last_day.isoformat(),
        "start": instant_text(window.start),
        "end": instant_text(window.end),
        "zone": window.zone.key,
    }


def represent_series(report: KpiReport, step: Step) -> list[dict[str, Any]]:
    """Return the window's revenue by day, week or month."""
    return [
        {
            "first_day": period.first_day.isoformat(),
            "last_day": period.last_day.isoformat(),
            "revenue": period.revenue_minor,
            "orders": period.orders,
            "partial": period.partial,
        }
        for period in series_of(report.daily, step)
    ]


def represent_value(measured: KpiValue, currency: str) -> dict[str, Any]:
    """Return one KPI; money also says its currency and its amount in major units."""
    shown: dict[str, Any] = {
        "value": plain(measured.value),
        "unit": str(measured.kpi.unit),
        "previous": plain(measured.previous),
        "reason": measured.reason or None,
    }
    if measured.kpi.unit is Unit.MONEY:
        shown["currency"] = currency
        shown["major"] = None if measured.value is None else str(to_major(int(measured.value), currency))
    return shown


def plain(value: Value) -> int | str | None:
    """Return an integer as it is and a decimal exactly, as text."""
    return value if value is None or isinstance(value, int) else str(value)


def instant_text(instant: datetime) -> str:
    """Return an instant in UTC, as ISO 8601 with Z."""
    return instant.isoformat().replace("+00:00", "Z")
