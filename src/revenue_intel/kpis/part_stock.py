"""What the KPIs of stock are made of: the host's stock rows, each with its pieces or days."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Final

from revenue_intel.kpis.parts import Part
from revenue_intel.kpis.questions import Question
from revenue_intel.kpis.stock_levels import Pieces, read_stock

#: The KPIs of stock that are sums over its rows, and what each row adds.
STOCK: Final[Mapping[str, Callable[[Pieces], int]]] = {
    "stock_opening": lambda pieces: pieces.opening,
    "stock_received": lambda pieces: pieces.received,
    "stock_adjusted": lambda pieces: pieces.adjusted,
    "stock_committed": lambda pieces: pieces.committed,
    "stock_restocked": lambda pieces: pieces.restocked,
    "stock_on_hand": lambda pieces: pieces.on_hand,
    "stock_outs": lambda pieces: int(pieces.days_out > 0),
    "stock_out_days": lambda pieces: pieces.days_out,
    "out_of_stock": lambda pieces: int(pieces.available <= 0),
}


def read_stock_parts(question: Question, slug: str) -> Iterator[Part]:
    """Yield every stock row, named ``model/key/field``, at the window's start for what it held then, else at its end."""
    now, _ = read_stock(question)
    window = question.window
    at = window.start if slug == "stock_opening" else window.end
    for moved in now.rows:
        yield Part(
            kind="stock_row",
            id=f"{moved.model}/{moved.row}/{moved.field}",
            at=at,
            value=STOCK[slug](moved.pieces),
        )
