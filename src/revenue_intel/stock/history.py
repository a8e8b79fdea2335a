"""What the movements say of one order: what it holds and until when, what it took, what it gave back."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Q

from revenue_intel.stock.models import StockMovement
from revenue_intel.stock.rows import Row, opening_key

Kind = StockMovement.Kind

#: One line's share of one stock row.
Share = tuple[str, Row]


@dataclass(kw_only=True)
class History:
    """An order's movements, folded in the order in which they were written."""

    movements: list[StockMovement] = field(default_factory=list)
    opened: set[Row] = field(default_factory=set)
    rows: dict[Row, StockMovement] = field(default_factory=dict)  # one that speaks of it, as a sample
    held: Counter[Share] = field(default_factory=Counter)
    committed: Counter[Share] = field(default_factory=Counter)
    restocked: Counter[Share] = field(default_factory=Counter)
    restocked_for: defaultdict[str, Counter[Share]] = field(default_factory=lambda: defaultdict(Counter))
    done_lines: set[str] = field(default_factory=set)
    expires_at: datetime | None = None

    def add(self, movement: StockMovement) -> None:
        """Fold in the next movement."""
        row: Row = (movement.model, movement.row, movement.field)
        if movement.kind != Kind.PREORDER:
            self.opened.add(row)  # every other movement follows the opening of its row
        if movement.kind == Kind.OPENING:
            return
        self.movements.append(movement)
        self.rows[row] = movement
        share = (movement.line_key, row)
        self.held[share] += movement.held
        if movement.kind in (Kind.COMMIT, Kind.PREORDER):
            self.done_lines.add(movement.line_key)
        if movement.kind == Kind.COMMIT:
            self.committed[share] += movement.pieces
        elif movement.kind == Kind.RESTOCK:  # less than nothing where a restock was undone
            self.restocked[share] += movement.pieces
            self.restocked_for[movement.cause][share] += movement.pieces
        elif movement.kind == Kind.RESERVE and movement.expires_at is not None:
            self.expires_at = max(self.expires_at or movement.expires_at, movement.expires_at)
        if not any(self.held.values()):
            self.expires_at = None

    @property
    def version(self) -> int:
        """How many movements there are. Two who write after the same version collide, and one starts over."""
        return len(self.movements)

    def of_kind(self, *kinds: StockMovement.Kind) -> list[StockMovement]:
        """Return the movements of these kinds, oldest first."""
        return [movement for movement in self.movements if movement.kind in kinds]


def read_history(*, order_reference: str, rows: Iterable[Row] = ()) -> History:
    """Read an order's movements, and which of ``rows`` have an opening."""
    return fold(_read(Q(order_reference=order_reference), rows))


def read_key(*, key: str, rows: Iterable[Row]) -> History:
    """Read the movement of that key, which belongs to no order, and which of ``rows`` have an opening."""
    return fold(_read(Q(key=key), rows))


def fold(movements: Iterable[StockMovement]) -> History:
    """Return what these movements say, oldest first."""
    history = History()
    for movement in movements:
        history.add(movement)
    return history


def _read(wanted: Q, rows: Iterable[Row]) -> Iterable[StockMovement]:
    wanted |= Q(key__in=[opening_key(row) for row in rows])
    found: Iterable[StockMovement] = StockMovement.objects.filter(wanted).order_by("id")
    return found
