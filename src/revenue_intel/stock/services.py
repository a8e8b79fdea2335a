"""Move stock. Called within an open transaction, which holds the row locks until it ends."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction
from django.db.models import F, Q

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
        ValueError: a line takes less than nothing.
    """
    if any(line.quantity < 0 for line in lines):
        raise ValueError("A line of an order takes less than nothing from stock.")
    wanted = add_up(lines)
    held = locks.lock_rows(line for line, _ in wanted.values())
    keys = [opening_key(row) for row in wanted]
    known = StockMovement.objects.filter(Q(order_reference=order_reference) | Q(key__in=keys)).order_by("id")
    opened = {movement.key for movement in known if movement.kind == StockMovement.Kind.OPENING}
    done = [movement for movement in known if movement.kind != StockMovement.Kind.OPENING]
    if done:
        return done
    short = [
        ShortLine(label=line.label, wanted=quantity, available=max(held.get(row, 0), 0))
        for row, (line, quantity) in wanted.items()
        if held.get(row, 0) < quantity
    ]
    if short:
        raise StockOversellError(short)
    openings = [_opening(row, held[row]) for row in wanted if opening_key(row) not in opened]
    for (_, _, field), (line, quantity) in wanted.items():
        rows = line.model._base_manager.filter(pk=line.pk, **{f"{field}__gte": quantity})
        if not rows.update(**{field: F(field) - quantity}):
            raise StockOversellError([ShortLine(label=line.label, wanted=quantity, available=0)])
    taken = [_movement(line, order_reference=order_reference, event_id=event_id) for line in lines]
    StockMovement.objects.bulk_create(openings + taken)
    return taken


def add_up(lines: Sequence[StockLine]) -> dict[locks.Row, tuple[StockLine, int]]:
    """Return, per stock row in lock order, a line that names it and how many pieces are wanted in all."""
    wanted: dict[locks.Row, tuple[StockLine, int]] = {}
    for line in sorted((line for line in lines if not line.preorder), key=locks.row_of):
        row = locks.row_of(line)
        before = wanted[row][1] if row in wanted else 0
        wanted[row] = (line, before + line.quantity)
    return wanted


def opening_key(row: locks.Row) -> str:
    """Return the key of the movement that says what a row held when we first touched it."""
    return "opening:" + ":".join(row)


def _opening(row: locks.Row, held: int) -> StockMovement:
    return StockMovement(
        key=opening_key(row),
        kind=StockMovement.Kind.OPENING,
        model=row[0],
        row=row[1],
        field=row[2],
        quantity=held,
        recorded_at=clock.now(),
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
