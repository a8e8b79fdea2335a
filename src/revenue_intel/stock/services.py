"""Move stock. Called within an open transaction, which holds the row locks until it ends."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction
from django.db.models import F

from revenue_intel.exceptions import ShortLine, StockOversellError
from revenue_intel.kit import clock
from revenue_intel.shop.records import StockLine
from revenue_intel.stock import locks
from revenue_intel.stock.models import StockMovement


@transaction.atomic
def commit(*, order_reference: str, lines: Sequence[StockLine], event_id: str = "") -> list[StockMovement]:
    """Take what the lines of an order want from their stock rows: all lines or none.

    Locks the rows in one global order. A pre-order line takes nothing and leaves a movement of kind
    ``preorder``. Idempotent by order: a second call takes nothing and returns the same movements.

    Raises:
        StockOversellError: a row has less than the order wants, or is gone; ``short`` says which.
    """
    held = locks.lock_rows(line for line in lines if not line.preorder)
    done = list(StockMovement.objects.filter(order_reference=order_reference).order_by("id"))
    if done:
        return done
    wanted = add_up(lines)
    short = [
        ShortLine(label=line.label, wanted=quantity, available=max(held.get(row, 0), 0))
        for row, (line, quantity) in wanted.items()
        if held.get(row, 0) < quantity
    ]
    if short:
        raise StockOversellError(short)
    _open_rows(held, wanted)
    for (_, _, field), (line, quantity) in wanted.items():
        rows = line.model._base_manager.filter(pk=line.pk, **{f"{field}__gte": quantity})
        if not rows.update(**{field: F(field) - quantity}):
            raise StockOversellError([ShortLine(label=line.label, wanted=quantity, available=0)])
    return StockMovement.objects.bulk_create(
        [_movement(line, order_reference=order_reference, event_id=event_id) for line in lines]
    )


def add_up(lines: Sequence[StockLine]) -> dict[locks.Row, tuple[StockLine, int]]:
    """Return, per stock row in lock order, a line that names it and how many pieces are wanted in all."""
    wanted: dict[locks.Row, tuple[StockLine, int]] = {}
    for line in sorted((line for line in lines if not line.preorder), key=locks.row_of):
        row = locks.row_of(line)
        before = wanted[row][1] if row in wanted else 0
        wanted[row] = (line, before + line.quantity)
    return wanted


def _open_rows(held: dict[locks.Row, int], wanted: dict[locks.Row, tuple[StockLine, int]]) -> None:
    """Write what each row held when we first touched it."""
    keys = {row: "opening:" + ":".join(row) for row in wanted}
    opened = set(StockMovement.objects.filter(key__in=keys.values()).values_list("key", flat=True))
    StockMovement.objects.bulk_create(
        StockMovement(
            key=keys[row],
            kind=StockMovement.Kind.OPENING,
            model=row[0],
            row=row[1],
            field=row[2],
            quantity=held[row],
            recorded_at=clock.now(),
        )
        for row in wanted
        if keys[row] not in opened
    )


def _movement(line: StockLine, *, order_reference: str, event_id: str) -> StockMovement:
    model, row, field = locks.row_of(line)
    kind = StockMovement.Kind.PREORDER if line.preorder else StockMovement.Kind.COMMIT
    return StockMovement(
        key=f"{kind}:{order_reference}:{line.line_key}",
        kind=kind,
        model=model,
        row=row,
        field=field,
        quantity=0 if line.preorder else -line.quantity,
        order_reference=order_reference,
        event_id=event_id,
        recorded_at=clock.now(),
    )
