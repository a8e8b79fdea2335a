"""Read stock and its ledger. Nothing here locks."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime
from itertools import groupby
from operator import itemgetter
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import F, Model, Sum
from django.db.models.functions import TruncDate

from revenue_intel.shop.records import StockRow
from revenue_intel.stock.models import StockMovement, StockReservation
from revenue_intel.stock.rows import Row, find_model, keys_of, row_of, table_of

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


def held_by(*, order_reference: str) -> dict[Row, int]:
    """Return how many pieces of each row an order holds now."""
    found = StockMovement.objects.filter(order_reference=order_reference).order_by()
    sums = found.values_list("model", "row", "field").annotate(pieces=Sum("held")).filter(pieces__gt=0)
    return {(model, row, field): pieces for model, row, field, pieces in sums}


def find_expired(now: datetime) -> list[str]:
    """Return the orders whose reservations' time has come, the longest overdue first.

    Whether such a payment can still succeed is for the caller to find out, before ``services.expire``.
    """
    due = StockReservation.objects.filter(expires_at__lte=now).order_by("expires_at", "id")
    return list(due.values_list("order_reference", flat=True))


def low_stock(*, model: type[Model], field: str, reserved_field: str = "", at_most: int) -> Any:
    """Return the host's rows of which no more than so many pieces can be had, the scarcest first: a queryset."""
    left = F(field) - F(reserved_field) if reserved_field else F(field)
    rows: Any = model._default_manager
    return rows.alias(stock_left=left).filter(stock_left__lte=at_most).order_by("stock_left", "pk")


def stock_outs(row: Row) -> list[tuple[datetime, datetime | None]]:
    """Return the times in which nothing of a row could be had, oldest first; None: it is so still.

    As the movements say, so that a change of the host's own counts from its adoption.
    """
    model, pk, field = row
    found = StockMovement.objects.filter(model=model, row=pk, field=field).exclude(kind=Kind.PREORDER)
    left, latest, began = 0, None, None
    times: list[tuple[datetime, datetime | None]] = []
    changes = found.order_by("id").values_list("recorded_at", "quantity", "held", "reserved_field")
    for at, quantity, held, reserved_field in changes.iterator():
        left += quantity - (held if reserved_field else 0)
        latest = max(latest or at, at)  # clocks of two machines may differ; the ledger's order stands
        if left <= 0 and began is None:
            began = latest
        elif left > 0 and began is not None:
            times.append((began, latest))
            began = None
    return [*times, (began, None)] if began is not None else times


def committed_by_day(*, start: datetime, end: datetime, zone: ZoneInfo) -> dict[Row, dict[date, int]]:
    """Return how many pieces of each row were committed on each calendar day of a zone, from start until before end."""
    found = StockMovement.objects.filter(kind=Kind.COMMIT, recorded_at__gte=start, recorded_at__lt=end)
    days = found.annotate(day=TruncDate("recorded_at", tzinfo=zone)).order_by("model", "row", "field", "day")
    sold: dict[Row, dict[date, int]] = defaultdict(dict)
    for model, row, field, day, pieces in days.values_list("model", "row", "field", "day").annotate(
        total=Sum("pieces")
    ):
        sold[model, row, field][day] = pieces
    return dict(sold)


def names_of(rows: Iterable[Row]) -> dict[Row, str]:
    """Return what the host calls these rows; one that is gone is called by its key. One query a model."""
    names: dict[Row, str] = {}
    for (label, field), group in groupby(sorted(rows, key=itemgetter(0, 2, 1)), key=itemgetter(0, 2)):
        here = list(group)
        names |= {row: f"{label} {row[1]}" for row in here}
        model: Any = find_model(label, field)
        if model is not None:
            found = model._base_manager.filter(pk__in=keys_of(model, [row for _, row, _ in here]))
            names |= {(label, str(one.pk), field): str(one) for one in found}
    return names


def restocked_for(*, order_reference: str) -> list[str]:
    """Return the keys for which something that this order took was put back, be it taken again or not."""
    restocks = StockMovement.objects.filter(order_reference=order_reference, kind=Kind.RESTOCK)
    return list(restocks.order_by("cause").values_list("cause", flat=True).distinct())
