"""Move stock: every change is written to the ledger, once, whoever calls and however often.

A call runs in the transaction that is open, whose end ends the row locks; where none is open it
runs in one of its own, and again if that lost a deadlock. A plan is made from what the ledger says
before anything is locked, and carried out only if the ledger still says so; else it is made anew.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from typing import Final, TypeVar

from django.db import connections, router

from revenue_intel.exceptions import StockChangedError, StockOversellError
from revenue_intel.kit import clock, transactions
from revenue_intel.shop import find_shop
from revenue_intel.shop.records import StockLine, StockRow
from revenue_intel.stock import locks, plans, writes
from revenue_intel.stock.history import History, read_history, read_key
from revenue_intel.stock.models import StockMovement
from revenue_intel.stock.plans import Plan, check_pieces
from revenue_intel.stock.rows import row_of
from revenue_intel.stock.selectors import sum_row

Kind = StockMovement.Kind
T = TypeVar("T")

#: How often a plan is made anew because somebody else moved the same order's stock meanwhile.
TRIES: Final = 10
MAX_WORD: Final = 255


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
    _check(lines)
    return _move(
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
    _check(lines)
    return _move(
        order_reference,
        event_id=event_id,
        lines=lines,
        make=partial(plans.plan_commit, lines=lines),
        kinds=(Kind.COMMIT, Kind.PREORDER),
    )


def release(*, order_reference: str, event_id: str = "") -> list[StockMovement]:
    """Give back what an order holds, never what it has committed. Idempotent."""
    make = partial(plans.plan_release, kind=Kind.RELEASE)
    return _move(order_reference, event_id=event_id, make=make, kinds=(Kind.RELEASE,))


def expire(*, order_reference: str, at: datetime | None = None, event_id: str = "") -> list[StockMovement]:
    """Give back what an order holds if its time has come ``at`` that instant (default: now). Idempotent.

    The caller knows whether the payment can still succeed, and does not call while it can.
    """
    make = partial(plans.plan_expire, at=at or clock.now())
    return _move(order_reference, event_id=event_id, make=make, kinds=(Kind.EXPIRE,))


def restock(
    *,
    order_reference: str,
    key: str,
    lines: Sequence[tuple[str, int]] | None = None,
    event_id: str = "",
) -> list[StockMovement]:
    """Put back what an order took: all of it, or so many pieces of each (line key, pieces).

    Never more than was committed and is not back yet. Idempotent by ``key``: a refund's id, ``cancel``.

    Raises:
        ValueError: ``key`` is empty, or a part is asked of a line whose rows took different numbers of pieces.
    """
    _check_words(key)
    make = partial(plans.plan_restock, quantities=lines)
    moved = _move(order_reference, event_id=event_id, cause=key, make=make, kinds=(Kind.RESTOCK,))
    return [movement for movement in moved if movement.cause == key]


def receive(*, row: StockRow, quantity: int, key: str, cause: str = "") -> list[StockMovement]:
    """Put new pieces on a row: a delivery came in. Idempotent by ``key``.

    Raises:
        StockOversellError: the row is gone.
        ValueError: ``quantity`` is no number of pieces, or more than the row can hold.
    """
    _check_words(key, cause)
    check_pieces(quantity)
    name = f"receive:{key}"

    def make(plan: Plan) -> None:
        if not plan.history.movements:
            plan.rows[row_of(row)] = row
            plan.wanted[row_of(row)] = 0
            plan.move(Kind.RECEIVE, row_of(row), quantity, key=name)

    read = partial(read_key, key=name, rows=[row_of(row)])
    return _in_transaction(partial(_carry_out, read, make, (Kind.RECEIVE,), partial(Plan, cause=cause)))


def adjust(*, row: StockRow, expected: int, new: int, key: str, reason: str) -> list[StockMovement]:
    """Set a row's field from ``expected`` to ``new``, and let the ledger say the same. Idempotent by ``key``.

    What the host changed by itself is adopted: afterwards the row's movements add up to ``new``,
    whatever they did before. With ``new`` equal to ``expected`` that is all it does.

    Raises:
        StockChangedError: the row does not hold ``expected`` any more, or is gone.
        ValueError: ``new`` is no number of pieces, or a word is missing.
    """
    _check_words(key, reason)
    check_pieces(new)
    return _in_transaction(partial(_adjust, row, expected, new, f"adjust:{key}", reason))


def _adjust(row: StockRow, expected: int, new: int, key: str, reason: str) -> list[StockMovement]:
    name = row_of(row)
    locked = locks.lock_rows([row])
    history = read_key(key=key, rows=[name])
    if history.movements:
        return history.movements
    counters = locks.read_counters([row], locked)
    counter, reserved = counters.get(name, (0, 0))
    if name not in counters or counter != expected:
        there = f"holds {counter}" if name in counters else "is gone"
        raise StockChangedError(f"{name[0]} {name[1]}: {name[2]} was to be {expected} and {there}.")
    plan = Plan(history=history, cause=reason, rows={name: row})
    if name not in history.opened:
        StockMovement.objects.bulk_create([plan.open(name, counter, reserved)])
    plan.move(Kind.ADJUST, name, 0, key=key)
    (movement,) = plan.movements
    movement.quantity = new - sum_row(name)[0]
    movement.pieces = abs(movement.quantity)
    writes.write_counters(locked[name], {row.field: new}, use_save=_uses_save())
    StockMovement.objects.bulk_create(plan.movements)
    return plan.movements


def _move(
    order_reference: str,
    *,
    make: Callable[[Plan], None],
    kinds: Sequence[StockMovement.Kind],
    lines: Sequence[StockLine] = (),
    event_id: str = "",
    cause: str = "",
    expires_at: datetime | None = None,
) -> list[StockMovement]:
    """Carry out what ``make`` plans for the order, and return its movements of these kinds."""
    _check_words(order_reference)
    rows = sorted({row_of(line) for line in lines if not line.preorder})
    read = partial(read_history, order_reference=order_reference, rows=rows)
    begin = partial(
        Plan, order_reference=order_reference, event_id=event_id, cause=cause, expires_at=expires_at
    )
    return _in_transaction(partial(_carry_out, read, make, kinds, begin))


def _carry_out(
    read: Callable[[], History],
    make: Callable[[Plan], None],
    kinds: Sequence[StockMovement.Kind],
    begin: Callable[..., Plan],
) -> list[StockMovement]:
    history = read()
    for _ in range(TRIES):
        plan = begin(history=history)
        make(plan)
        if not plan.movements:
            return history.of_kind(*kinds)
        if _write(plan):
            return [*history.of_kind(*kinds), *(each for each in plan.movements if each.kind in kinds)]
        now = read()
        if now.version == history.version:  # nobody was first, so it does not fit; its rows are locked now
            rows = plan.rows.values()
            short = plan.find_short(locks.read_counters(rows, locks.lock_rows(rows)))
            if short:
                raise StockOversellError(short)
            raise ValueError("A stock row would hold more pieces than its field can.")
        history = now
    raise AssertionError("unreachable")  # pragma: no cover


def _write(plan: Plan) -> bool:
    use_save = _uses_save()
    if connections[router.db_for_write(StockMovement)].vendor == "postgresql" and not use_save:
        return writes.write_at_once(plan)
    return writes.write_row_by_row(plan, use_save=use_save)


def _uses_save() -> bool:
    shop = find_shop()
    return shop is not None and shop.stock_uses_save


def _in_transaction(work: Callable[[], T]) -> T:
    """Run within the transaction that is open, without a savepoint: a plan is carried out whole or not at all."""
    if connections[router.db_for_write(StockMovement)].in_atomic_block:
        return work()
    return transactions.run(work)


def _check(lines: Sequence[StockLine]) -> None:
    for line in lines:
        check_pieces(line.quantity)
        _check_words(line.line_key)


def _check_words(*words: str) -> None:
    """Refuse what no column can hold.

    Raises:
        ValueError: a word is too long, or holds a NUL.
    """
    for word in words:
        if len(word) > MAX_WORD or "\x00" in word:
            raise ValueError(f"{word!r:.40} is too long, or holds a NUL.")
