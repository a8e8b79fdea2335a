"""Counts of the host's: pieces that come in, corrections, and counters that are put right."""

from __future__ import annotations

from functools import partial

from revenue_intel.exceptions import StockChangedError
from revenue_intel.shop.records import StockRow
from revenue_intel.stock import locks
from revenue_intel.stock.carrying import carry_out, check_given, check_words, in_transaction, uses_save
from revenue_intel.stock.history import read_key
from revenue_intel.stock.models import StockMovement
from revenue_intel.stock.plans import Plan, check_pieces
from revenue_intel.stock.rows import Row, limit_of, row_of
from revenue_intel.stock.selectors import sum_row
from revenue_intel.stock.writes import write_counters

Kind = StockMovement.Kind


def receive(*, row: StockRow, quantity: int, key: str, cause: str = "") -> list[StockMovement]:
    """Put new pieces on a row: a delivery came in. Idempotent by ``key``.

    Raises:
        StockOversellError: the row is gone.
        ValueError: ``quantity`` is no number of pieces, or more than the row can hold.
    """
    check_given(key)
    check_words(cause)
    check_pieces(quantity)
    name = f"receive:{key}"

    def make(plan: Plan) -> None:
        if not plan.history.movements:
            plan.rows[row_of(row)] = row
            plan.wanted[row_of(row)] = 0
            plan.move(Kind.RECEIVE, row_of(row), quantity, key=name)

    read = partial(read_key, key=name, rows=[row_of(row)])
    return in_transaction(partial(carry_out, read, make, (Kind.RECEIVE,), partial(Plan, cause=cause)))


def adjust(*, row: StockRow, expected: int, new: int, key: str, reason: str) -> list[StockMovement]:
    """Set a row's field from ``expected`` to ``new``, and let the ledger say the same. Idempotent by ``key``.

    What the host changed by itself is adopted: afterwards the row's movements add up to ``new``,
    whatever they did before. With ``new`` equal to ``expected`` that is all it does.

    Raises:
        StockChangedError: the row does not hold ``expected`` any more, or is gone.
        ValueError: ``new`` is no number of pieces, or more than the field can hold, or a word is missing.
    """
    check_given(key, reason)
    _check_room(row, check_pieces(new))
    return in_transaction(partial(_adjust, row, expected, new, f"adjust:{key}", reason))


def _adjust(row: StockRow, expected: int, new: int, key: str, reason: str) -> list[StockMovement]:
    name = row_of(row)
    locked = locks.lock_rows([row])
    history = read_key(key=key, rows=[name])
    if history.movements:
        return history.movements
    counter = _expect(row, expected, locked)
    reserved = getattr(locked[name], row.reserved_field) if row.reserved_field else 0
    plan = Plan(history=history, cause=reason, rows={name: row})
    if name not in history.opened:
        StockMovement.objects.bulk_create([plan.open(name, counter, reserved)])
    plan.move(Kind.ADJUST, name, 0, key=key)
    (movement,) = plan.movements
    movement.quantity = new - sum_row(name)[0]
    movement.pieces = abs(movement.quantity)
    write_counters(locked[name], {row.field: new}, use_save=uses_save())
    StockMovement.objects.bulk_create(plan.movements)
    return plan.movements


def restore(*, row: StockRow, ledger_row: Row, expected: int, key: str) -> list[StockMovement]:
    """Put a counter back to what the ledger says: ``row.field`` is a field, or the reserved field, of ``ledger_row``.

    The movement changes nothing in the sums, and says what the counter was. Idempotent by ``key``.

    Raises:
        StockChangedError: the counter does not hold ``expected`` any more, or is gone.
        ValueError: what the ledger says is below zero, or more than the field can hold.
    """
    check_given(key)
    return in_transaction(partial(_restore, row, ledger_row, expected, f"adjust:{key}"))


def _restore(row: StockRow, ledger_row: Row, expected: int, key: str) -> list[StockMovement]:
    locked = locks.lock_rows([row])
    history = read_key(key=key, rows=[])
    if history.movements:
        return history.movements
    counter = _expect(row, expected, locked)
    quantity, held = sum_row(ledger_row)
    truth = quantity if row.field == ledger_row[2] else held
    _check_room(row, truth)
    plan = Plan(history=history, cause=f"restored {row.field} from {counter} to {truth}")
    plan.move(Kind.ADJUST, ledger_row, 0, key=key)
    write_counters(locked[row_of(row)], {row.field: truth}, use_save=uses_save())
    StockMovement.objects.bulk_create(plan.movements)
    return plan.movements


def _check_room(row: StockRow, pieces: int) -> None:
    limit = limit_of(row.model, row.field)
    if not 0 <= pieces <= limit:
        label, pk, field = row_of(row)
        raise ValueError(f"{label} {pk}: {field} cannot hold {pieces}; it holds from 0 to {limit}.")


def _expect(row: StockRow, expected: int, locked: locks.Locked) -> int:
    name = row_of(row)
    counter = getattr(locked[name], row.field) if name in locked else None
    if counter is None or counter != expected:
        there = "is gone" if counter is None else f"holds {counter}"
        raise StockChangedError(f"{name[0]} {name[1]}: {name[2]} was to hold {expected} and {there}.")
    return int(counter)
