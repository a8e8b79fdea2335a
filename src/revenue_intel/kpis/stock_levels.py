"""What two windows in a row did to the host's stock, read from its movements in one statement.

The one module of this room that reads the ledger of stock: decision 0027.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from itertools import groupby
from typing import Any

from revenue_intel.kpis.databases import analytics_connection
from revenue_intel.kpis.local_days import LocalDays, number_of
from revenue_intel.kpis.questions import Question
from revenue_intel.stock.models import StockMovement


@dataclass(frozen=True, kw_only=True)
class DayMoved:
    """What one day did to one stock row, in pieces.

    ``there`` is the change of what is on hand, ``free`` that of what can be had, ``lowest`` the lowest that the
    latter came to, from the day's start. ``opened`` was on hand when the row was first touched.
    """

    number: int
    there: int
    free: int
    lowest: int
    opened: int
    received: int
    adjusted: int
    committed: int
    restocked: int


@dataclass(frozen=True, kw_only=True)
class Pieces:
    """What a window did, in pieces: ``opening + received + adjusted + restocked - committed`` is ``on_hand``.

    ``available`` is what of it no order holds. ``days_out`` are the days on which, at some moment, nothing was.
    """

    opening: int = 0
    received: int = 0
    adjusted: int = 0
    committed: int = 0
    restocked: int = 0
    on_hand: int = 0
    available: int = 0
    days_out: int = 0


@dataclass(frozen=True, kw_only=True)
class StockRowMoved:
    """One stock row – model label, primary key as text, field – and what a window did to it."""

    model: str
    row: str
    field: str
    pieces: Pieces


@dataclass(frozen=True, kw_only=True)
class StockWindow:
    """Every stock row that was known by the window's end."""

    rows: tuple[StockRowMoved, ...]

    @property
    def total(self) -> Pieces:
        """The pieces of all rows."""
        found: Counter[str] = Counter()
        for row in self.rows:
            found.update(asdict(row.pieces))
        return Pieces(**found)

    @property
    def rows_out(self) -> int:
        """How many rows had nothing to be had at some moment."""
        return sum(row.pieces.days_out > 0 for row in self.rows)

    @property
    def rows_out_at_end(self) -> int:
        """How many rows had nothing to be had at the end."""
        return sum(row.pieces.available <= 0 for row in self.rows)


def read_stock(question: Question) -> tuple[StockWindow, StockWindow]:
    """Read the window asked for, and the one before. Time grows with all movements up to the window's end."""
    found: tuple[list[StockRowMoved], list[StockRowMoved]] = ([], [])
    for (model, row, field), rows in groupby(_read_days(question), key=lambda each: each[:3]):
        days = [
            DayMoved(**dict(zip(DayMoved.__annotations__, map(int, each[3:]), strict=True))) for each in rows
        ]
        for window, moved in zip(question.windows, found, strict=True):
            pieces = measure_row(days, first=number_of(window.first_day), last=number_of(window.last_day))
            if pieces is not None:
                moved.append(StockRowMoved(model=model, row=row, field=field, pieces=pieces))
    now, before = (StockWindow(rows=tuple(moved)) for moved in found)
    return now, before


def measure_row(days: Iterable[DayMoved], *, first: int, last: int) -> Pieces | None:
    """Return what the days from ``first`` to ``last`` did to one row; None where it was not known by then.

    ``days`` are those on which it moved, by number, oldest first; those long before may be one. A row is known from
    its first movement on: what it held then was there at the start, and before that it is not said to be out.
    """
    sums: Counter[str] = Counter()
    unjudged: int | None = None  # the first day of which nothing is said yet
    for day in days:
        if day.number > last:
            break
        was_out = unjudged is not None and sums["available"] <= 0
        if was_out and unjudged is not None:
            sums["days_out"] += max(day.number - max(unjudged, first), 0)
        if day.number >= first:
            sums["days_out"] += was_out or sums["available"] + day.lowest <= 0
            sums["opening"] += day.opened
            for name in ("received", "adjusted", "committed", "restocked"):
                sums[name] += getattr(day, name)
        else:
            sums["opening"] += day.there
        sums["on_hand"] += day.there
        sums["available"] += day.free
        unjudged = day.number + 1
    if unjudged is None:
        return None
    if sums["available"] <= 0:
        sums["days_out"] += max(last + 1 - max(unjudged, first), 0)
    return Pieces(**sums)


def _read_days(question: Question) -> Iterator[tuple[Any, ...]]:
    """Yield model, row, field and ``DayMoved``'s numbers, row by row; all before both windows is one day.

    A movement belongs to the day of its stamp, and within a day they count in the ledger's order: clocks of
    two machines may differ.
    """
    connection, before = analytics_connection(), question.window.previous
    first, last = before.first_day, question.window.last_day
    days = LocalDays(vendor=connection.vendor, zone=before.zone, first=first, last=last)
    known = "" if question.known_at is None else "AND recorded_at <= %(known_at)s"
    adapt = connection.ops.adapt_datetimefield_value
    # The kind that is excluded moves nothing: a pre-order is no stock.
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            WITH moved AS (
              SELECT model, "row", field, id, kind, quantity, pieces,
                     CASE WHEN recorded_at < %(start)s THEN {number_of(first) - 1}
                          ELSE {days.number("recorded_at")} END AS number,
                     quantity + CASE WHEN reserved_field = '' THEN held ELSE 0 END AS there,
                     quantity - CASE WHEN reserved_field = '' THEN 0 ELSE held END AS free
              FROM {connection.ops.quote_name(StockMovement._meta.db_table)}
              WHERE kind <> 'preorder' AND recorded_at < %(end)s {known}
            ), levelled AS (
              SELECT moved.*, SUM(free) OVER (PARTITION BY model, "row", field, number ORDER BY id) AS level
              FROM moved
            )
            SELECT model, "row", field, number, SUM(there), SUM(free), MIN(level),
                   SUM(CASE WHEN kind = 'opening' THEN there ELSE 0 END),
                   SUM(CASE WHEN kind = 'receive' THEN pieces ELSE 0 END),
                   SUM(CASE WHEN kind = 'adjust' THEN quantity ELSE 0 END),
                   SUM(CASE WHEN kind = 'commit' THEN pieces ELSE 0 END),
                   SUM(CASE WHEN kind = 'restock' THEN pieces ELSE 0 END)
            FROM levelled GROUP BY model, "row", field, number ORDER BY model, "row", field, number
            """,  # noqa: S608 - names of our own
            {
                "start": adapt(before.start),
                "end": adapt(question.window.end),
                "known_at": adapt(question.known_at),
            },
        )
        yield from cursor
