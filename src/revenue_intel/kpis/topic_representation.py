"""The tables of the topics as plain JSON values: minor units are integers, percentages decimal strings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Any

from revenue_intel.kpis.anomalies import Anomaly
from revenue_intel.kpis.cohorts import Cohort, CohortCell
from revenue_intel.kpis.converted import Converted
from revenue_intel.kpis.failures import FailureRow
from revenue_intel.kpis.funnel import FunnelRow
from revenue_intel.kpis.products import ProductRow
from revenue_intel.kpis.questions import Question
from revenue_intel.kpis.reports import StockRowReport
from revenue_intel.kpis.representation import instant_text, plain
from revenue_intel.kpis.segments import RfmRow


def represent_day(question: Question) -> dict[str, Any]:
    """Return which day and money an answer is about that has no window."""
    return {
        "last_day": question.window.last_day.isoformat(),
        "zone": question.window.zone.key,
        "currency": question.scope.currency,
        "livemode": question.scope.livemode,
        "account": question.scope.account,
        "known_at": question.known_at and instant_text(question.known_at),
    }


def represent_products(rows: Iterable[ProductRow]) -> list[dict[str, Any]]:
    """Return the best sellers."""
    return [
        {
            "product_key": row.product_key,
            "name": row.name,
            "units": row.units,
            "revenue": row.revenue_minor,
            "refunded_units": row.refunded_units,
        }
        for row in rows
    ]


def represent_funnel(rows: Iterable[FunnelRow]) -> list[dict[str, Any]]:
    """Return the steps of the closed funnel."""
    return [
        {
            "step": row.step,
            "people": row.people,
            "of_previous_pct": plain(row.of_previous_pct),
            "of_first_pct": plain(row.of_first_pct),
        }
        for row in rows
    ]


def represent_failures(rows: Iterable[FailureRow]) -> list[dict[str, Any]]:
    """Return the reasons of failed payments."""
    return [
        {
            "reason": row.reason,
            "payments": row.payments,
            "share_pct": plain(row.share_pct),
            "amount": row.amount_minor,
        }
        for row in rows
    ]


def represent_anomalies(anomalies: Iterable[Anomaly]) -> list[dict[str, Any]]:
    """Return the days that stand out, with the evidence; numbers are decimal text in the metric's unit."""
    return [
        {
            "day": anomaly.day.isoformat(),
            "metric": anomaly.metric.slug,
            "unit": str(anomaly.metric.unit),
            "observed": str(anomaly.observed),
            "expected": str(anomaly.expected),
            "low": str(anomaly.low),
            "high": str(anomaly.high),
            "days_used": [day.isoformat() for day in anomaly.days_used],
        }
        for anomaly in anomalies
    ]


def represent_stock_rows(
    rows: Iterable[StockRowReport], names: Mapping[tuple[str, str, str], str]
) -> list[dict[str, Any]]:
    """Return stock rows, with the names that people know them by."""
    return [
        {
            "model": row.row[0],
            "row": row.row[1],
            "field": row.row[2],
            "name": names[row.row],
            **asdict(row.pieces),
            "sell_through_pct": plain(row.sell_through_pct),
            "days_of_cover": plain(row.days_of_cover),
        }
        for row in rows
    ]


def represent_segments(rows: Iterable[RfmRow]) -> list[dict[str, Any]]:
    """Return the RFM segments."""
    return [
        {
            "recency": row.recency,
            "frequency": row.frequency,
            "monetary": row.monetary,
            "people": row.people,
            "net": row.net_minor,
        }
        for row in rows
    ]


def represent_cohorts(cohorts: Iterable[Cohort]) -> list[dict[str, Any]]:
    """Return both triangles, of people and of money; months that have not come are left out."""
    return [
        {
            "month": cohort.month.isoformat(),
            "people": cohort.people,
            "ltv": cohort.ltv_minor,
            "months": [_cell(cell, k) for k, cell in enumerate(cohort.cells) if cell.retained is not None],
        }
        for cohort in cohorts
    ]


def _cell(cell: CohortCell, later: int) -> dict[str, Any]:
    return {
        "months_later": later,
        "retained": cell.retained,
        "retained_pct": plain(cell.retained_pct),
        "net": cell.net_minor,
        "partial": cell.partial,
    }


def represent_converted(question: Question, converted: Converted) -> dict[str, Any]:
    """Return the money of all currencies in one, and which rates are missing."""
    about = represent_day(question)
    del about["currency"]
    return {
        "first_day": question.window.first_day.isoformat(),
        **about,
        "reporting_currency": converted.currency,
        "currencies": list(converted.currencies),
        "values": converted.values,
        "errors": [{"currency": row.currency, "day": row.day.isoformat()} for row in converted.errors],
    }
