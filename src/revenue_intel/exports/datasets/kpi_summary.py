"""KPI summary: one row a window, each number by its KPI."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal

from revenue_intel.exports.contracts import load_export_contract
from revenue_intel.exports.datasets.base import Dataset
from revenue_intel.exports.writers import Cell
from revenue_intel.kit.money import to_major
from revenue_intel.kpis import service as kpis
from revenue_intel.kpis.base import KpiValue, Unit
from revenue_intel.kpis.questions import Question
from revenue_intel.kpis.reports import KpiReport


def read(questions: Sequence[Question]) -> Dataset:
    """Return one row a question."""
    headers = load_export_contract("kpi-summary").headers
    return Dataset(
        expected_rows=len(questions),
        rows=(row_of(kpis.answer(question), headers) for question in questions),
    )


def row_of(report: KpiReport, headers: Sequence[str]) -> list[Cell]:
    """Return the report in the contract's order."""
    return list(cells_of(report, headers))


def cells_of(report: KpiReport, headers: Sequence[str]) -> Iterator[Cell]:
    """Yield the report's cells."""
    for header in headers:
        if header == "window_days":
            yield report.window.days
        elif header == "latest_snapshot_day":
            yield report.latest_snapshot_day
        else:
            yield cell_of(report.values[header], currency=report.scope.currency)


def cell_of(measured: KpiValue, *, currency: str) -> Cell:
    """Return a value in the export's unit: 0 where there is nothing to divide by, as specified."""
    value = measured.value or 0
    if measured.kpi.unit is Unit.MONEY:
        return to_major(int(value), currency)
    return Decimal(value).quantize(Decimal("0.01")) if measured.kpi.unit is Unit.PERCENT else int(value)
