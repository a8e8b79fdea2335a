"""Read stock and its ledger. Nothing here locks."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from itertools import groupby
from typing import Any

from django.db.models import Sum

from revenue_intel.shop.records import StockRow
from revenue_intel.stock.models import StockMovement, StockReservation
from revenue_intel.stock.rows import Row, row_of, table_of

Kind = StockMovement.Kind


def sum_movements() -> dict[Row, int]:
    """Return, per stock row (model label, primary key, field), what its counter must hold."""
    rows = StockMovement.objects.exclude(kind=Kind.PREORDER).values_list("model", "row", "field")
    return {
        (model, row, field): total
        for model, row, field, total in rows.annotate(total=Sum("quantity")).order_by()
    }


def sum_row(row: Row) -> tuple[int, int]:
    """Return what one row's movements add up to: (its field, the pieces held for orders)."""
    model, pk, field = row
    found = StockMovement.objects.filter(model=model, row=pk, field=field)
    sums = found.aggregate(quantity=Sum("quantity", default=0), held=Sum("held", default=0))
    return sums["quantity"], sums["held"]


def availability(rows: Iterable[StockRow]) -> dict[Row, int]:
    """Return how many pieces of each row can be had now; a row that is gone has none.

    One query a model, for a page of products. It locks nothing: only ``reserve`` makes sure.
    """
    wanted = {row_of(row): row for row in rows}
    found = dict.fromkeys(wanted, 0)
    for _, group in groupby(sorted(wanted), key=lambda name: name[0]):
        names = list(group)
        model = table_of(wanted[names[0]].model, names[0][2])
        fields = {field for n in names for field in (wanted[n].field, wanted[n].reserved_field) if field}
        here: Any = model._base_manager.filter(pk__in={wanted[name].pk for name in names})
        counters = {str(values["pk"]): values for values in here.values("pk", *fields)}
        for name in names:
            row, values = wanted[name], counters.get(name[1])
            if values is not None:
                reserved = values[row.reserved_field] if row.reserved_field else 0
                found[name] = max(values[row.field] - reserved, 0)
    return found


def find_expired(now: datetime) -> list[str]:
    """Return the orders whose reservations' time has come, the longest overdue first.

    Whether such a payment can still succeed is for the caller to find out, before ``services.expire``.
    """
    due = StockReservation.objects.filter(expires_at__lte=now).order_by("expires_at", "id")
    return list(due.values_list("order_reference", flat=True))


def is_restocked(*, order_reference: str) -> bool:
    """Say whether anything that this order took was put back."""
    return StockMovement.objects.filter(order_reference=order_reference, kind=Kind.RESTOCK).exists()
