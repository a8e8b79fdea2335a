"""Rows of both kinds of host – one field, and two – and words to move and to read them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from revenue_intel.shop import StockLine, StockRow
from revenue_intel.stock.models import StockMovement, StockReservation
from revenue_intel.stock.rows import row_of
from revenue_intel.stock.selectors import sum_row
from tests.factories import make_product
from tests.host.models import Bin, Product, Variant

SOON = datetime(2026, 3, 1, 13, 0, tzinfo=UTC)
LATER = SOON + timedelta(hours=1)

Shelf = Product | Variant | Bin


def make_one(stock: int, name: str = "Mug") -> Product:
    """Make a row with one field: available."""
    return make_product(name, stock=stock)


def make_two(stock: int, name: str = "Mug") -> Bin:
    """Make a row with two: on hand and reserved."""
    return Bin.objects.create(name=name, on_hand=stock)


def row(shelf: Shelf) -> StockRow:
    fields = ("on_hand", "reserved") if isinstance(shelf, Bin) else ("stock", "")
    return StockRow(
        model=type(shelf), pk=shelf.pk, field=fields[0], reserved_field=fields[1], label=str(shelf)
    )


def line(shelf: Shelf, quantity: int, key: str = "1", *, preorder: bool = False) -> StockLine:
    return StockLine(**vars(row(shelf)), line_key=key, quantity=quantity, preorder=preorder)


def holds(shelf: Shelf) -> tuple[int, int]:
    """Return (what is there or available, what is reserved or 0), and see that the ledger says so too."""
    shelf.refresh_from_db()
    counters = (shelf.on_hand, shelf.reserved) if isinstance(shelf, Bin) else (shelf.stock, 0)
    quantity, held = sum_row(row_of(row(shelf)))
    if StockMovement.objects.filter(row=str(shelf.pk)).exists():
        assert (quantity, held if isinstance(shelf, Bin) else 0) == counters
    return counters


def available(shelf: Shelf) -> int:
    counter, reserved = holds(shelf)
    return counter - reserved


def movements(**wanted: Any) -> list[tuple[str, int, int, int]]:
    """Return (kind, quantity, held, pieces) of all but the openings, oldest first."""
    found = StockMovement.objects.filter(**wanted).exclude(kind="opening").order_by("id")
    return list(found.values_list("kind", "quantity", "held", "pieces"))


def reservations() -> dict[str, datetime]:
    return dict(StockReservation.objects.values_list("order_reference", "expires_at"))
