"""What is to be done, as movements that are not written yet: pure functions of an order's history."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from revenue_intel.exceptions import ShortLine
from revenue_intel.kit import clock
from revenue_intel.shop.records import StockLine, StockRow
from revenue_intel.stock.history import History, Share, fold
from revenue_intel.stock.models import StockMovement
from revenue_intel.stock.rows import MAX_PIECES, Row, find_row, limit_of, opening_key, row_of
from revenue_intel.stock.signs import sign

Kind = StockMovement.Kind


@dataclass(kw_only=True)
class Plan:
    """Movements to write, and the rows that they change.

    ``wanted`` is what the order wants of each row that has to be there and to have it; a row that is
    only given to may be gone. A *guess* is made from a history that was not read, and fits if it is so.
    """

    history: History
    is_guess: bool = False
    order_reference: str = ""
    event_id: str = ""
    cause: str = ""
    expires_at: datetime | None = None
    rows: dict[Row, StockRow] = field(default_factory=dict)
    wanted: Counter[Row] = field(default_factory=Counter)
    movements: list[StockMovement] = field(default_factory=list)
    at: datetime = field(default_factory=lambda: clock.now())

    def move(
        self,
        kind: StockMovement.Kind,
        row: Row,
        pieces: int,
        *,
        line_key: str = "",
        held: int = 0,
        key: str = "",
    ) -> None:
        """Add a movement; ``held`` is how many pieces of a commit the order holds already."""
        stock_row = self.rows.get(row)
        sample = self.history.rows.get(row)
        if stock_row is None and sample is not None and (found := find_row(sample)):
            stock_row = self.rows[row] = found
        reserved = stock_row.reserved_field if stock_row else sample.reserved_field if sample else ""
        quantity, change = sign(kind, pieces, has_two_fields=bool(reserved), held=held)
        number = self.history.version + len(self.movements) + 1
        self.movements.append(
            StockMovement(
                key=key or f"order:{self.order_reference}:{number}",
                kind=kind,
                model=row[0],
                row=row[1],
                field=row[2],
                reserved_field=reserved,
                quantity=quantity,
                held=change,
                pieces=pieces,
                order_reference=self.order_reference,
                line_key=line_key,
                cause=self.cause,
                event_id=self.event_id,
                expires_at=self.expires_at if kind is Kind.RESERVE else None,
                recorded_at=self.at,
            )
        )

    def open(self, row: Row, counter: int, reserved: int) -> StockMovement:
        """Return the opening of a row: what it holds at our first touch."""
        return StockMovement(
            key=opening_key(row),
            kind=Kind.OPENING,
            model=row[0],
            row=row[1],
            field=row[2],
            reserved_field=self.rows[row].reserved_field,
            quantity=counter,
            held=reserved,
            recorded_at=self.at,
        )

    def reserved_until(self) -> datetime | None:
        """Return until when the order holds pieces once the plan is carried out; None if it holds none."""
        if self.expires_at is None and self.history.expires_at is None:
            return None
        return fold([*self.history.movements, *self.movements]).expires_at

    def changes(self) -> dict[Row, tuple[int, int]]:
        """Return how the fields of each row change in all: (quantity, held)."""
        totals = dict.fromkeys(self.rows, (0, 0))
        for movement in self.movements:
            row = (movement.model, movement.row, movement.field)
            if row in totals:
                quantity, held = totals[row]
                totals[row] = (quantity + movement.quantity, held + movement.held)
        return totals

    def find_short(self, counters: dict[Row, tuple[int, int]]) -> list[ShortLine]:
        """Return every row that is gone or has less than is wanted of it.

        Args:
            counters: what each row that is there holds under its lock: (field, reserved field or 0).
        """
        short = []
        for row, (quantity, held) in self.changes().items():
            if row not in self.wanted:
                continue
            claim = held - quantity if self.rows[row].reserved_field else -quantity
            counter, reserved = counters.get(row, (0, 0))
            spare = [counter - reserved - claim] if claim > 0 else []
            spare += [counter + quantity] if quantity < 0 else []
            left = min(spare, default=0)
            if row not in counters or left < 0:
                wanted = self.wanted[row]
                available = max(wanted + left, 0) if row in counters else 0
                short.append(ShortLine(label=self.rows[row].label, wanted=wanted, available=available))
        return short

    def find_overfull(self, counters: dict[Row, tuple[int, int]]) -> list[str]:
        """Return in words every row that has no room for what it is given."""
        overfull = []
        for row, (quantity, _) in self.changes().items():
            counter, limit = counters.get(row, (0, 0))[0], limit_of(self.rows[row].model, row[2])
            if quantity > 0 and row in counters and counter + quantity > limit:
                overfull.append(
                    f"{row[0]} {row[1]}: {row[2]} holds {counter} and cannot hold {quantity} more; "
                    f"its most is {limit}."
                )
        return overfull


def plan_reserve(plan: Plan, lines: Sequence[StockLine]) -> None:
    """Hold what the lines want: no more, no less, whatever is held now."""
    history = plan.history
    wanted = add_up(plan, [line for line in lines if line.line_key not in history.done_lines])
    held = {share: pieces for share, pieces in history.held.items() if pieces}
    for share in sorted({*wanted, *held}):
        missing = wanted[share] - held.get(share, 0)
        line_key, row = share
        plan.wanted[row] += wanted[share]
        if missing > 0:
            plan.move(Kind.RESERVE, row, missing, line_key=line_key)
        elif missing < 0:
            plan.move(Kind.RELEASE, row, -missing, line_key=line_key)
    is_later = (
        history.expires_at is not None
        and plan.expires_at is not None
        and plan.expires_at > history.expires_at
    )
    if wanted and is_later and not any(movement.kind == Kind.RESERVE for movement in plan.movements):
        line_key, row = min(wanted)
        plan.move(Kind.RESERVE, row, 0, line_key=line_key)  # holds nothing more, and for longer


def plan_commit(plan: Plan, lines: Sequence[StockLine]) -> None:
    """Take what the lines want, first from what the order holds; what it holds beyond that is released."""
    history = plan.history
    todo = [line for line in lines if line.line_key not in history.done_lines]
    left = Counter(history.held)
    for (line_key, row), pieces in sorted(add_up(plan, todo).items()):
        held = min(left[line_key, row], pieces)
        left[line_key, row] -= held
        plan.wanted[row] += pieces
        plan.move(Kind.COMMIT, row, pieces, line_key=line_key, held=held)
    for line in todo:
        if line.preorder:
            plan.move(Kind.PREORDER, row_of(line), line.quantity, line_key=line.line_key)
    _release(plan, left, Kind.RELEASE)


def as_reserved(order_reference: str, lines: Sequence[StockLine]) -> History:
    """Return the history of an order that has reserved these lines, once, and nothing has happened since."""
    plan = Plan(history=History(), order_reference=order_reference, expires_at=clock.now())
    plan_reserve(plan, lines)
    return fold(plan.movements)


def plan_release(plan: Plan, kind: StockMovement.Kind) -> None:
    """Give back all that the order holds."""
    _release(plan, plan.history.held, kind)


def plan_expire(plan: Plan, at: datetime) -> None:
    """Give back all that the order holds, if its time has come."""
    if plan.history.expires_at is not None and plan.history.expires_at <= at:
        _release(plan, plan.history.held, Kind.EXPIRE)


def plan_restock(plan: Plan, quantities: Sequence[tuple[str, int]] | None) -> None:
    """Put back committed pieces, never more than were committed.

    Raises:
        ValueError: a part of a line whose rows took different numbers of pieces, such as a bundle's.
    """
    if any(plan.history.restocked_for[plan.cause].values()):
        return
    committed = plan.history.committed
    asked: Counter[str] = Counter()
    for line_key, pieces in quantities or ():
        asked[line_key] += check_pieces(pieces)
    for share in sorted(committed):
        line_key, row = share
        pieces = committed[share] - plan.history.restocked[share]
        if quantities is not None:
            same_line = {taken for (key, _), taken in committed.items() if key == line_key}
            if len(same_line) > 1 and 0 < asked[line_key] < max(same_line):
                raise ValueError(f"Line {line_key!r:.80} has several stock rows: restock the whole line.")
            pieces = min(pieces, asked[line_key])
        if pieces > 0:
            plan.move(Kind.RESTOCK, row, pieces, line_key=line_key)


def plan_undo_restock(plan: Plan) -> None:
    """Take again what was put back for the plan's cause and has not been taken since."""
    for (line_key, row), pieces in sorted(plan.history.restocked_for[plan.cause].items()):
        if pieces > 0:
            plan.wanted[row] += pieces
            plan.move(Kind.RESTOCK, row, -pieces, line_key=line_key)


def add_up(plan: Plan, lines: Iterable[StockLine]) -> Counter[Share]:
    """Return what the lines want of each row, added up, and name the rows to the plan."""
    wanted: Counter[Share] = Counter()
    for line in lines:
        if not line.preorder:
            row = row_of(line)
            plan.rows.setdefault(row, line)
            wanted[line.line_key, row] += line.quantity
    return wanted


def check_pieces(pieces: object) -> int:
    """Return a number of pieces that a counter can hold.

    Raises:
        ValueError: it is no whole number, below zero, or too large for any counter.
    """
    if isinstance(pieces, bool) or not isinstance(pieces, int) or not 0 <= pieces <= MAX_PIECES:
        raise ValueError(f"{pieces!r:.40} is no number of pieces: a whole number from 0 to {MAX_PIECES}.")
    return pieces


def _release(plan: Plan, held: Counter[Share], kind: StockMovement.Kind) -> None:
    for (line_key, row), pieces in sorted(held.items()):
        if pieces > 0:
            plan.move(kind, row, pieces, line_key=line_key)
