"""What the page of the topics shows: rows with their shares as bars, and two grids shaded by share.

Shades are classes ``heat-0`` to ``heat-10`` and bars are widths in an SVG: no page has a style of its own.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from revenue_intel.conf import settings as conf
from revenue_intel.dashboard.chart import percent
from revenue_intel.kit.money import money_text
from revenue_intel.kpis.anomalies import Anomaly
from revenue_intel.kpis.base import Unit
from revenue_intel.kpis.cohorts import Cohort, CohortCell
from revenue_intel.kpis.failures import FailureRow
from revenue_intel.kpis.funnel import FunnelRow
from revenue_intel.kpis.products import ProductRow
from revenue_intel.kpis.questions import Question
from revenue_intel.kpis.reports import InventoryReport
from revenue_intel.kpis.segments import RfmRow
from revenue_intel.kpis.topics import Topics
from revenue_intel.stock.selectors import names_of

SHADES: Final = 10
SCORES: Final = range(5, 0, -1)
STEP_TITLES: Final = {
    "wishlisted": "Wishlisted",
    "carted": "Put into the cart",
    "checkout_started": "Started checkout",
    "purchased": "Purchased",
}


@dataclass(frozen=True, kw_only=True)
class Row:
    """One row of a table: its name, the width of its bar, and the cells after that."""

    name: str
    width: str
    cells: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Shaded:
    """A cell of a grid: what it says, and how dark it is, 0 to ``SHADES``; ``partial``: its month runs."""

    text: str
    shade: int
    partial: bool = False


def context_of(question: Question, topics: Topics) -> dict[str, Any]:
    """Return the template's context."""
    currency = question.scope.currency
    return {
        "question": question,
        "window": question.window,
        "currency": currency,
        "windows": list(conf.WINDOWS_DAYS),
        "currency_choices": sorted({*topics.currencies, conf.CURRENCY.lower(), currency}),
        "products": product_rows(topics.products, currency),
        "funnel": funnel_rows(topics.funnel),
        "failures": failure_rows(topics.failures, currency),
        "stock": stock_rows(topics.inventory),
        "anomalies": [anomaly_row(anomaly, currency) for anomaly in reversed(topics.anomalies)],
        "people": sum(row.people for row in topics.segments),
        "scores": list(SCORES),
        "segments": segment_grid(topics.segments),
        "months_later": list(range(len(topics.cohorts))),
        "cohorts": [cohort_rows(cohort, currency) for cohort in topics.cohorts if cohort.people],
    }


def product_rows(products: Sequence[ProductRow], currency: str) -> list[Row]:
    """Return the best sellers; the bars compare their revenue with the best one's."""
    most = max((product.revenue_minor for product in products), default=0)
    return [
        Row(
            name=product.name or product.product_key,
            width=share_width(product.revenue_minor, most),
            cells=(
                money_text(product.revenue_minor, currency),
                f"{product.units:,}",
                f"{product.refunded_units:,}",
            ),
        )
        for product in products
    ]


def funnel_rows(steps: Sequence[FunnelRow]) -> list[Row]:
    """Return the steps; the bars compare them with the first."""
    return [
        Row(
            name=STEP_TITLES.get(step.step, step.step),
            width=share_width(step.people, steps[0].people),
            cells=(f"{step.people:,}", share_text(step.of_previous_pct), share_text(step.of_first_pct)),
        )
        for step in steps
    ]


def failure_rows(failures: Sequence[FailureRow], currency: str) -> list[Row]:
    """Return the reasons; the bars are shares of all that failed."""
    total = sum(failure.payments for failure in failures)
    return [
        Row(
            name=failure.reason.replace("_", " "),
            width=share_width(failure.payments, total),
            cells=(
                f"{failure.payments:,}",
                share_text(failure.share_pct),
                money_text(failure.amount_minor, currency),
            ),
        )
        for failure in failures
    ]


def stock_rows(report: InventoryReport) -> list[Row]:
    """Return the stock rows that run out first; the bars are what of each was sold."""
    names = names_of(stock.row for stock in report.rows)
    return [
        Row(
            name=names[stock.row],
            width=share_width(min(round(stock.sell_through_pct or 0), 100), 100),
            cells=(
                share_text(stock.sell_through_pct),
                "–" if stock.days_of_cover is None else f"{stock.days_of_cover:,} d",
                f"{stock.pieces.days_out:,}",
            ),
        )
        for stock in report.rows
    ]


def anomaly_row(anomaly: Anomaly, currency: str) -> dict[str, Any]:
    """Return a day that stands out; ``more`` says on which side."""
    unit = anomaly.metric.unit
    return {
        "day": anomaly.day,
        "name": anomaly.metric.name,
        "observed": number_text(anomaly.observed, unit, currency),
        "expected": number_text(anomaly.expected, unit, currency),
        "low": number_text(anomaly.low, unit, currency),
        "high": number_text(anomaly.high, unit, currency),
        "more": anomaly.observed > anomaly.high,
        "used": len(anomaly.days_used),
    }


def number_text(number: Decimal, unit: Unit, currency: str) -> str:
    """Return a number of the estimator with its unit; money to the minor unit."""
    if unit is Unit.MONEY:
        return money_text(round(number), currency)
    return f"{number} %" if unit is Unit.PERCENT else f"{number.normalize():f}"


def segment_grid(segments: Sequence[RfmRow]) -> list[dict[str, Any]]:
    """Return recency by frequency, the best first; money is added over. A cell says how many people."""
    counts: Counter[tuple[int, int]] = Counter()
    for row in segments:
        counts[row.recency, row.frequency] += row.people
    most = max(counts.values(), default=0)
    return [
        {
            "recency": recency,
            "cells": [
                Shaded(text=f"{counts[recency, frequency]:,}", shade=shade(counts[recency, frequency], most))
                for frequency in SCORES
            ],
        }
        for recency in SCORES
    ]


def cohort_rows(cohort: Cohort, currency: str) -> dict[str, Any]:
    """Return one row of both triangles; months that have not come are empty."""
    most = max((abs(cell.net_minor or 0) for cell in cohort.cells), default=0)
    return {
        "month": cohort.month,
        "people": cohort.people,
        "ltv": "–" if cohort.ltv_minor is None else money_text(cohort.ltv_minor, currency),
        "retention": [retention_cell(cell) for cell in cohort.cells],
        "revenue": [net_cell(cell, most, currency) for cell in cohort.cells],
    }


def retention_cell(cell: CohortCell) -> Shaded | None:
    """Return the share that came back."""
    if cell.retained is None or cell.retained_pct is None:
        return None
    return Shaded(
        text=f"{cell.retained_pct:.0f} %", shade=shade(cell.retained_pct, 100), partial=cell.partial
    )


def net_cell(cell: CohortCell, most: int, currency: str) -> Shaded | None:
    """Return what they brought, without the decimals."""
    if cell.net_minor is None:
        return None
    text = money_text(cell.net_minor, currency).partition(".")[0]
    return Shaded(text=text, shade=shade(max(cell.net_minor, 0), most), partial=cell.partial)


def shade(part: int | Decimal, whole: int) -> int:
    """Return how dark a share is; whatever is there at all is at least 1.

    >>> shade(0, 100), shade(1, 100), shade(50, 100), shade(100, 100)
    (0, 1, 5, 10)
    """
    return min(SHADES, max(1, round(part * SHADES / whole))) if part > 0 and whole else 0


def share_width(part: int, whole: int) -> str:
    """Return the width of a bar."""
    return percent(max(part, 0) * 100 / whole if whole > 0 else 0)


def share_text(share: Decimal | None) -> str:
    """Return a percentage; a dash where there is none."""
    return "–" if share is None else f"{share} %"
