"""Who takes stock, and how. Each takes one piece of every item for one order, or says that it cannot."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

import psycopg
from django.db import connection, transaction
from django.utils import timezone
from oscar.apps.partner.models import StockRecord

from benchmarks.shelf.models import Item, Taking
from revenue_intel.exceptions import StockOversellError
from revenue_intel.shop import StockLine
from revenue_intel.stock import services as stock

#: Takes (order reference, primary keys in ascending order); False: there is not enough.
Take = Callable[[str, Sequence[int]], bool]


def oscar_allocate(reference: str, items: Sequence[int]) -> bool:
    """django-oscar as it places an order: what is left is looked at, then allocated."""
    return _oscar(items, consume=False)


def oscar_consume(reference: str, items: Sequence[int]) -> bool:
    """The same, and consumed at once."""
    return _oscar(items, consume=True)


def _oscar(items: Sequence[int], *, consume: bool) -> bool:
    with transaction.atomic():
        found = StockRecord.objects.select_related("product__product_class").in_bulk(items)
        records = [found[item] for item in items]
        if any(record.net_stock_level < 1 for record in records):
            return False
        for record in records:
            record.allocate(1)
            if consume:
                record.consume_allocation(1)
    return True


def orm(reference: str, items: Sequence[int]) -> bool:
    """Plain Django: rows locked in order, saved one by one, a ledger row for each."""
    with transaction.atomic():
        rows = list(Item.objects.select_for_update().filter(pk__in=items).order_by("pk"))
        if any(row.stock < 1 for row in rows):
            return False
        for row in rows:
            row.stock -= 1
            row.save(update_fields=["stock"])
            Taking.objects.create(
                key=f"{reference}:{row.pk}",
                item=row.pk,
                quantity=-1,
                order_reference=reference,
                at=timezone.now(),
            )
    return True


def floor(reference: str, items: Sequence[int]) -> bool:
    """Psycopg alone: a conditional update for each row, one insert for all, commit."""
    raw: psycopg.Connection[Any] = connection.connection
    with raw.transaction(), raw.cursor() as cursor:
        for item in items:
            cursor.execute("UPDATE shelf_item SET stock = stock - 1 WHERE id = %s AND stock >= 1", [item])
            if not cursor.rowcount:
                raise psycopg.Rollback
        now = timezone.now()
        rows = [(f"{reference}:{item}", item, -1, reference, now) for item in items]
        cursor.execute(
            'INSERT INTO shelf_taking ("key", item, quantity, order_reference, at) VALUES '
            + ", ".join(["(%s, %s, %s, %s, %s)"] * len(rows)),
            [value for row in rows for value in row],
        )
        return True
    return False


def ours_reserve(reference: str, items: Sequence[int]) -> bool:
    """``reserve``: ledger, idempotency, expiry."""
    until = timezone.now() + timedelta(minutes=40)
    try:
        stock.reserve(order_reference=reference, lines=_lines(items), expires_at=until)
    except StockOversellError:
        return False
    return True


def ours_commit(reference: str, items: Sequence[int]) -> bool:
    """``commit`` straight from stock: ledger, idempotency."""
    try:
        stock.commit(order_reference=reference, lines=_lines(items))
    except StockOversellError:
        return False
    return True


def ours_both(reference: str, items: Sequence[int]) -> bool:
    """``reserve``, then ``commit``: two transactions, as a checkout and its payment are."""
    return ours_reserve(reference, items) and ours_commit(reference, items)


def _lines(items: Sequence[int]) -> list[StockLine]:
    return [
        StockLine(line_key=str(n), model=Item, pk=item, field="stock", quantity=1, label="Item")
        for n, item in enumerate(items)
    ]


#: What is done for each order before the clock is started.
BEFORE: dict[str, Take] = {"revenue-intel: commit of what is reserved": ours_reserve}
CONTESTANTS: dict[str, Take] = {
    "django-oscar: check, allocate": oscar_allocate,
    "django-oscar: check, allocate, consume": oscar_consume,
    "Django: select_for_update, save, ledger row": orm,
    "floor: psycopg conditional UPDATE, INSERT, COMMIT": floor,
    "revenue-intel: reserve": ours_reserve,
    "revenue-intel: commit": ours_commit,
    "revenue-intel: commit of what is reserved": ours_commit,
    "revenue-intel: reserve, then commit": ours_both,
}
FLOOR = "floor: psycopg conditional UPDATE, INSERT, COMMIT"
