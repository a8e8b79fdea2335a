"""Compute the KPIs of stock, and what runs out first. Nothing here writes."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Final
from zoneinfo import ZoneInfo

from revenue_intel.exceptions import InvalidWindowError
from revenue_intel.kpis.base import Asked, Value
from revenue_intel.kpis.inventory import cover_of, sell_through_of
from revenue_intel.kpis.questions import Question, ask
from revenue_intel.kpis.registry import KPIS
from revenue_intel.kpis.reports import InventoryReport, StockRowReport
from revenue_intel.kpis.service import paired
from revenue_intel.kpis.snapshot import one_snapshot
from revenue_intel.kpis.stock_levels import StockRowMoved, read_stock
from revenue_intel.kpis.totals import Totals

#: The most rows of one answer.
MOST_ROWS: Final = 100


def compute_inventory(
    *,
    days: int,
    as_of: date | None = None,
    zone: ZoneInfo | None = None,
    complete_days: bool = False,
    known_at: datetime | None = None,
    limit: int = 10,
) -> InventoryReport:
    """Return every KPI of stock, of the last ``days`` calendar days and of as many before.

    Pieces have no currency, mode or account: all rows of all models are together. Arguments and errors as
    ``service.compute``; ``limit`` is how many rows are named, those that run out first, at most ``MOST_ROWS``.
    """
    question = ask(days=days, as_of=as_of, zone=zone, complete_days=complete_days, known_at=known_at)
    with one_snapshot():
        return answer_inventory(question, limit=limit)


def answer_inventory(question: Question, *, limit: int = 10) -> InventoryReport:
    """Answer ``question`` from what the database shows now; ``one_snapshot`` is the caller's.

    Raises:
        InvalidWindowError: the limit is not between 1 and ``MOST_ROWS``.
    """
    if not 1 <= limit <= MOST_ROWS:
        raise InvalidWindowError(f"limit must be between 1 and {MOST_ROWS}.")
    read = read_stock(question)
    both: list[dict[str, Value]] = []
    for window, stock in zip(question.windows, read, strict=True):
        values: dict[str, Value] = {}
        asked = Asked(window=window, scope=question.scope, totals=Totals(), values=values, stock_moved=stock)
        for slug, kpi in KPIS.items():
            if kpi.of_stock:
                values[slug] = kpi.code(asked)
        both.append(values)
    rows = sorted((report_row(row, days=question.window.days) for row in read[0].rows), key=runs_out)
    return InventoryReport(
        window=question.window,
        values=paired(*both),
        rows=tuple(rows[:limit]),
        rows_in_all=len(rows),
        known_at=question.known_at,
    )


def report_row(moved: StockRowMoved, *, days: int) -> StockRowReport:
    """Return one stock row with its quotients."""
    return StockRowReport(
        row=(moved.model, moved.row, moved.field),
        pieces=moved.pieces,
        sell_through_pct=sell_through_of(moved.pieces),
        days_of_cover=cover_of(moved.pieces, days=days),
    )


def runs_out(report: StockRowReport) -> tuple[bool, Decimal, int, tuple[str, str, str]]:
    """Order rows by which runs out first; of those that nobody bought, by which was out longest. Ties by name."""
    cover = report.days_of_cover
    return (cover is None, cover or Decimal(0), -report.pieces.days_out, report.row)
