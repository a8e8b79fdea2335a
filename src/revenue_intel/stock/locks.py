"""Every lock on stock: one order for all, by model label and then by primary key."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby
from typing import Any

from revenue_intel.shop.records import StockLine

#: A stock row: model label, primary key as text, field.
Row = tuple[str, str, str]


def row_of(line: StockLine) -> Row:
    """Return which stock row a line takes from."""
    return (line.model._meta.label_lower, str(line.pk), line.field)


def lock_rows(lines: Iterable[StockLine]) -> dict[Row, int]:
    """Lock the rows that these lines take from and return what each holds, read after the lock.

    A row that is gone is missing from the answer. The locks end with the transaction.
    """
    held: dict[Row, int] = {}
    ordered = sorted(lines, key=lambda line: line.model._meta.label_lower)
    for label, group in groupby(ordered, key=lambda line: line.model._meta.label_lower):
        wanted = list(group)
        rows: Any = wanted[0].model._base_manager.select_for_update(of=("self",), no_key=True)
        fields = {line.field for line in wanted}
        for row in rows.filter(pk__in={line.pk for line in wanted}).order_by("pk"):
            held.update({(label, str(row.pk), field): getattr(row, field) for field in fields})
    return held
