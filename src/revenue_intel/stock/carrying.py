"""Carry out what is planned for an order's stock: from what the ledger says, and only while it still says so."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from typing import Final, TypeVar

from django.db import OperationalError, connections, router

from revenue_intel.exceptions import StockOversellError
from revenue_intel.kit import transactions
from revenue_intel.shop import find_shop
from revenue_intel.shop.records import StockLine
from revenue_intel.stock import locks, writes
from revenue_intel.stock.history import History, read_history
from revenue_intel.stock.models import StockMovement
from revenue_intel.stock.plans import Plan, check_pieces
from revenue_intel.stock.rows import row_of

T = TypeVar("T")

#: How often a plan is made anew because somebody else moved the same order's stock meanwhile.
TRIES: Final = 10
MAX_WORD: Final = 255
MAX_LINE_KEY: Final = 100


class _Memory:
    """What this process has seen: whether the last order whose stock was to be committed had a history."""

    had_held = False


memory = _Memory()


def move(
    order_reference: str,
    *,
    make: Callable[[Plan], None],
    kinds: Sequence[StockMovement.Kind],
    lines: Sequence[StockLine] = (),
    held: Callable[[], History] | None = None,
    event_id: str = "",
    cause: str = "",
    expires_at: datetime | None = None,
) -> list[StockMovement]:
    """Carry out what ``make`` plans for the order, and return its movements of these kinds.

    On PostgreSQL first from a history that is guessed; then from the one that there is; then, if somebody else moved
    its stock meanwhile or there is too little, in a transaction.

    ``held`` returns the history to be expected of an order that has one. It is guessed if the last order that was
    looked up had one; else it is guessed that there is none.
    """
    check_given(order_reference)
    rows = sorted({row_of(line) for line in lines if not line.preorder})
    read = partial(read_history, order_reference=order_reference, rows=rows)
    begin = partial(
        Plan, order_reference=order_reference, event_id=event_id, cause=cause, expires_at=expires_at
    )
    for is_guess in (True, False) if lines and _is_postgres() and not uses_save() else ():
        if is_guess:
            history = held() if held and memory.had_held else History()
        else:
            history = read()
            memory.had_held = history.version > 0 if held else memory.had_held
        plan = begin(history=history, is_guess=is_guess)
        make(plan)
        if _write_alone(plan) or not (plan.movements or plan.is_guess):
            return [*history.of_kind(*kinds), *(each for each in plan.movements if each.kind in kinds)]
    return in_transaction(partial(carry_out, read, make, kinds, begin))


def _write_alone(plan: Plan) -> bool:
    """Try a plan in one statement, with no transaction around it: the rows are locked no longer than that takes."""
    try:
        return bool(plan.movements) and writes.write_at_once(plan)
    except OperationalError as error:
        if connections[router.db_for_write(StockMovement)].in_atomic_block or not transactions.is_retryable(
            error
        ):
            raise
        return False  # it lost a deadlock; what follows is run in a transaction that is tried again


def carry_out(
    read: Callable[[], History],
    make: Callable[[Plan], None],
    kinds: Sequence[StockMovement.Kind],
    begin: Callable[..., Plan],
) -> list[StockMovement]:
    """Plan from what the ledger says and write it, until nobody else moved the order's stock in between.

    Raises:
        StockOversellError: a row has less than is wanted, or is gone.
        ValueError: a row has no room for what it is given.
    """
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
            counters = locks.read_counters(rows, locks.lock_rows(rows))
            if short := plan.find_short(counters):
                raise StockOversellError(short)
            if overfull := plan.find_overfull(counters):
                raise ValueError(" ".join(overfull))
        history = now
    raise RuntimeError(f"The stock of order {plan.order_reference!r:.80} is moved by too many at once.")


def _write(plan: Plan) -> bool:
    use_save = uses_save()
    if _is_postgres() and not use_save:
        return writes.write_at_once(plan)
    return writes.write_row_by_row(plan, use_save=use_save)


def _is_postgres() -> bool:
    return connections[router.db_for_write(StockMovement)].vendor == "postgresql"


def uses_save() -> bool:
    """Say whether the adapter wants stock to be written by its models' ``save()``."""
    shop = find_shop()
    return shop is not None and shop.stock_uses_save


def in_transaction(work: Callable[[], T]) -> T:
    """Run within the transaction that is open, without a savepoint: a plan is carried out whole or not at all."""
    if connections[router.db_for_write(StockMovement)].in_atomic_block:
        return work()
    return transactions.run(work)


def check_lines(lines: Sequence[StockLine]) -> None:
    """Refuse lines that no column can hold.

    Raises:
        ValueError: a quantity is no number of pieces, or a key is too long or holds a NUL.
    """
    for line in lines:
        check_pieces(line.quantity)
        check_words(line.line_key, longest=MAX_LINE_KEY)


def check_given(*words: str) -> None:
    """Refuse words that are missing, or that no column can hold.

    Raises:
        ValueError: a word is empty or too long, or holds a NUL.
    """
    if not all(words):
        raise ValueError("A reference, a key or a reason is missing.")
    check_words(*words)


def check_words(*words: str, longest: int = MAX_WORD) -> None:
    """Refuse words that no column can hold.

    Raises:
        ValueError: a word is too long, or holds a NUL.
    """
    for word in words:
        if len(word) > longest or "\x00" in word:
            raise ValueError(f"{word!r:.40} is too long, or holds a NUL.")
