"""Every lock on stock: one order for all, by model label and then by primary key."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from itertools import groupby
from typing import Any

from django.db.models import Model

from revenue_intel.shop.records import StockRow
from revenue_intel.stock.rows import Row, row_of, table_of

#: Rows under lock, by name.
Locked = dict[Row, Model]


def lock_rows(rows: Iterable[StockRow]) -> Locked:
    """Lock these rows and return them as they are after the lock; one that is gone is missing.

    The locks end with the transaction.
    """
    locked: Locked = {}
    wanted = sorted(rows, key=row_of)
    for _, group in groupby(wanted, key=lambda row: row_of(row)[0]):
        same, by_key = list(group), defaultdict(list)
        for row in same:
            by_key[str(row.pk)].append(row)
        manager: Any = table_of(same[0].model, same[0].field)._base_manager
        found = manager.select_for_update(of=("self",), no_key=True).filter(pk__in={row.pk for row in same})
        for instance in found.order_by("pk"):
            locked.update({row_of(row): instance for row in by_key[str(instance.pk)]})
    return locked


def read_counters(rows: Iterable[StockRow], locked: Locked) -> dict[Row, tuple[int, int]]:
    """Return what each locked row holds: (field, reserved field or 0). One whose field is empty is as good as gone."""
    counters = {}
    for row in rows:
        instance = locked.get(row_of(row))
        counter = getattr(instance, row.field, None)
        reserved = getattr(instance, row.reserved_field, None) if row.reserved_field else 0
        if counter is not None and reserved is not None:
            counters[row_of(row)] = (counter, reserved)
    return counters


def locking_select(*, tables: str, key: str, columns: str, condition: str) -> str:
    """Return SQL that locks rows of table ``t`` in the order of their keys, and reads them as they are after it."""
    return f"SELECT {columns} FROM {tables} WHERE {condition} ORDER BY t.{key} FOR NO KEY UPDATE OF t"  # noqa: S608
