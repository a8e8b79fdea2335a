"""Move stock: every change is written to the ledger, once, whoever calls and however often.

A call runs in the transaction that is open, whose end ends the row locks; where none is open it
runs in one of its own, and again if that lost a deadlock.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import partial

from revenue_intel.kit import clock
from revenue_intel.shop.records import StockLine
from revenue_intel.stock import plans
from revenue_intel.stock.carrying import check_given, check_lines, move
from revenue_intel.stock.counting import adjust, receive
from revenue_intel.stock.models import StockMovement

__all__ = ["adjust", "commit", "expire", "receive", "release", "reserve", "restock", "undo_restock"]

Kind = StockMovement.Kind


def reserve(
    *, order_reference: str, lines: Sequence[StockLine], expires_at: datetime, event_id: str = ""
) -> list[StockMovement]:
    """Hold what the lines of an order want until ``expires_at``: all lines or none.

    Called again it holds what the lines want then, and for longer if ``expires_at`` is later. What an
    order holds already never counts against it. Lines that are committed, and pre-order lines, hold
    nothing. Returns the movements by which the order's pieces were held.

    Raises:
        StockOversellError: a row has less than is wanted, or is gone; ``short`` says which.
        ValueError: a quantity is no number of pieces.
    """
    check_lines(lines)
    return move(
        order_reference,
        event_id=event_id,
        lines=lines,
        expires_at=expires_at,
        make=partial(plans.plan_reserve, lines=lines),
        kinds=(Kind.RESERVE,),
    )


def commit(*, order_reference: str, lines: Sequence[StockLine], event_id: str = "") -> list[StockMovement]:
    """Take what the lines of an order want: from what it holds, else straight from stock; all lines or none.

    What the order holds beyond its lines is released. A pre-order line takes nothing and leaves a
    movement of kind ``preorder``. Idempotent by line: a second call takes nothing and returns the same
    movements.

    Raises:
        StockOversellError: a row has less than is wanted, or is gone; ``short`` says which.
        ValueError: a quantity is no number of pieces.
    """
    check_lines(lines)
    return move(
        order_reference,
        event_id=event_id,
        lines=lines,
        held=partial(plans.as_reserved, order_reference, lines),
        make=partial(plans.plan_commit, lines=lines),
        kinds=(Kind.COMMIT, Kind.PREORDER),
    )


def release(*, order_reference: str, event_id: str = "") -> list[StockMovement]:
    """Give back what an order holds, never what it has committed. Idempotent."""
    make = partial(plans.plan_release, kind=Kind.RELEASE)
    return move(order_reference, event_id=event_id, make=make, kinds=(Kind.RELEASE,))


def expire(*, order_reference: str, at: datetime | None = None, event_id: str = "") -> list[StockMovement]:
    """Give back what an order holds if its time has come ``at`` that instant (default: now). Idempotent.

    The caller knows whether the payment can still succeed, and does not call while it can.
    """
    make = partial(plans.plan_expire, at=at or clock.now())
    return move(order_reference, event_id=event_id, make=make, kinds=(Kind.EXPIRE,))


def restock(
    *,
    order_reference: str,
    key: str,
    lines: Sequence[tuple[str, int]] | None = None,
    event_id: str = "",
) -> list[StockMovement]:
    """Put back what an order took: all of it, or so many pieces of each (line key, pieces).

    Never more than was committed and is not back yet. Idempotent by ``key`` – a refund's id, ``cancel`` – until
    :func:`undo_restock` takes the same again.

    Raises:
        ValueError: ``key`` is empty, or a part is asked of a line whose rows took different numbers of pieces.
    """
    check_given(key)
    make = partial(plans.plan_restock, quantities=lines)
    moved = move(order_reference, event_id=event_id, cause=key, make=make, kinds=(Kind.RESTOCK,))
    return [movement for movement in moved if movement.cause == key]


def undo_restock(*, order_reference: str, key: str, event_id: str = "") -> list[StockMovement]:
    """Take again what :func:`restock` put back for that key: all rows or none. Idempotent.

    Its movements are of kind ``restock`` and of less than no pieces, so that what went back in all is their sum.

    Raises:
        StockOversellError: a row has less than that by now; ``short`` says which.
        ValueError: ``key`` is empty.
    """
    check_given(key)
    moved = move(
        order_reference, event_id=event_id, cause=key, make=plans.plan_undo_restock, kinds=(Kind.RESTOCK,)
    )
    return [movement for movement in moved if movement.cause == key and movement.pieces < 0]
