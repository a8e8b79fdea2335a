"""Every dataset, by the name of its export."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from revenue_intel.exports.contracts import ExportName
from revenue_intel.exports.datasets import customers, kpi_summary, orders, products
from revenue_intel.exports.datasets.base import Dataset
from revenue_intel.kpis.questions import Question

DATASETS: Final[Mapping[ExportName, Callable[[Sequence[Question]], Dataset]]] = {
    "kpi-summary": kpi_summary.read,
    "orders": orders.read,
    "products": products.read,
    "customers": customers.read,
}
