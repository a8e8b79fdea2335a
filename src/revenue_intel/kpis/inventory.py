"""Inventory: how much of the stock was sold, how long it lasts, and what ran out. Pre-orders are no stock."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from revenue_intel.kpis.base import Asked, Kpi, Unit, Value, percentage
from revenue_intel.kpis.stock_levels import Pieces, measure_row

TENTH: Final = Decimal("0.1")


def sell_through_of(pieces: Pieces) -> Decimal | None:
    """Return the share, in percent, of what there was to sell that was sold; None where there was nothing."""
    return percentage(pieces.committed, max(pieces.opening + pieces.received + pieces.adjusted, 0))


def cover_of(pieces: Pieces, *, days: int) -> Decimal | None:
    """Return for how many days what is on hand lasts at the pace of so many; None where nothing was sold."""
    if not pieces.committed:
        return None
    return (Decimal(max(pieces.on_hand, 0)) * days / pieces.committed).quantize(TENTH, rounding=ROUND_HALF_UP)


def stock_opening(asked: Asked) -> Value:
    """Add up what was on hand at the start."""
    return asked.stock.total.opening


def stock_received(asked: Asked) -> Value:
    """Add up what came in."""
    return asked.stock.total.received


def stock_adjusted(asked: Asked) -> Value:
    """Add up the corrections."""
    return asked.stock.total.adjusted


def stock_committed(asked: Asked) -> Value:
    """Add up what was taken."""
    return asked.stock.total.committed


def stock_restocked(asked: Asked) -> Value:
    """Add up what was put back."""
    return asked.stock.total.restocked


def stock_on_hand(asked: Asked) -> Value:
    """Add up what is on hand at the end."""
    return asked.stock.total.on_hand


def sell_through_pct(asked: Asked) -> Value:
    """Divide."""
    return sell_through_of(asked.stock.total)


def days_of_cover(asked: Asked) -> Value:
    """Divide."""
    return cover_of(asked.stock.total, days=asked.window.days)


def stock_outs(asked: Asked) -> Value:
    """Count the rows."""
    return asked.stock.rows_out


def stock_out_days(asked: Asked) -> Value:
    """Add up the days of all rows."""
    return asked.stock.total.days_out


def out_of_stock(asked: Asked) -> Value:
    """Count the rows."""
    return asked.stock.rows_out_at_end


KPIS: Final = (
    Kpi(
        slug="stock_opening",
        name="Stock at the start",
        unit=Unit.COUNT,
        formula="The pieces on hand at the window's start, held for orders or not.",
        code=stock_opening,
        through=(measure_row,),
        sources=("StockMovement.quantity and held, by recorded_at",),
        since="0.2",
        additive=False,
        edge="A row counts from its first movement on; where that is in the window, what it held then was there "
        "at the start. A row that never moved is not known. Pre-orders move nothing.",
        of_stock=True,
    ),
    Kpi(
        slug="stock_received",
        name="Pieces received",
        unit=Unit.COUNT,
        formula="The pieces that came in with a delivery in the window.",
        code=stock_received,
        through=(measure_row,),
        sources=("StockMovement of kind receive, by recorded_at",),
        since="0.2",
        additive=True,
        of_stock=True,
    ),
    Kpi(
        slug="stock_adjusted",
        name="Pieces corrected",
        unit=Unit.COUNT,
        formula="The corrections of counts in the window, those upwards less those downwards.",
        code=stock_adjusted,
        through=(measure_row,),
        sources=("StockMovement of kind adjust, by recorded_at",),
        since="0.2",
        additive=True,
        edge="A change of the shop's own counts when it is adopted. Negative where more was taken off.",
        of_stock=True,
    ),
    Kpi(
        slug="stock_committed",
        name="Pieces sold from stock",
        unit=Unit.COUNT,
        formula="The pieces that paid orders took from stock in the window.",
        code=stock_committed,
        through=(measure_row,),
        sources=("StockMovement of kind commit, by recorded_at",),
        since="0.2",
        additive=True,
        edge="By the instant they were taken. A piece of a pre-order is not taken. What is put back later was "
        "sold all the same, and is in stock_restocked.",
        of_stock=True,
    ),
    Kpi(
        slug="stock_restocked",
        name="Pieces put back",
        unit=Unit.COUNT,
        formula="The pieces of orders that were put back on stock in the window.",
        code=stock_restocked,
        through=(measure_row,),
        sources=("StockMovement of kind restock, by recorded_at",),
        since="0.2",
        additive=True,
        of_stock=True,
    ),
    Kpi(
        slug="stock_on_hand",
        name="Stock on hand",
        unit=Unit.COUNT,
        formula="stock_opening + stock_received + stock_adjusted + stock_restocked − stock_committed: the pieces on "
        "hand at the window's end, held for orders or not.",
        code=stock_on_hand,
        through=(measure_row,),
        sources=("StockMovement.quantity and held, by recorded_at",),
        since="0.2",
        additive=False,
        edge="As the movements say: a change of the shop's own counts from its adoption on.",
        of_stock=True,
    ),
    Kpi(
        slug="sell_through_pct",
        name="Sell-through",
        unit=Unit.PERCENT,
        formula="stock_committed ÷ (stock_opening + stock_received + stock_adjusted) × 100, rounded half up to two "
        "decimals.",
        code=sell_through_pct,
        through=(sell_through_of,),
        sources=("stock_committed", "stock_opening", "stock_received", "stock_adjusted"),
        since="0.2",
        additive=False,
        edge="Null where there was nothing to sell. Pieces that are put back and sold again can take it past 100.",
        of_stock=True,
    ),
    Kpi(
        slug="days_of_cover",
        name="Days of cover",
        unit=Unit.DAYS,
        formula="stock_on_hand × days of the window ÷ stock_committed, rounded half up to one decimal: for how many "
        "days the stock lasts at the window's pace.",
        code=days_of_cover,
        through=(cover_of,),
        sources=("stock_on_hand", "stock_committed"),
        since="0.2",
        additive=False,
        edge="Null where nothing was sold. Every day of the window counts, today and those before a row was known too.",
        of_stock=True,
    ),
    Kpi(
        slug="stock_outs",
        name="Rows that ran out",
        unit=Unit.COUNT,
        formula="The number of stock rows of which, at some moment of the window, no piece could be had.",
        code=stock_outs,
        through=(measure_row,),
        sources=("StockMovement.quantity and held, by recorded_at",),
        since="0.2",
        additive=False,
        edge="What is held for an order cannot be had. Not before a row was known.",
        unwanted=True,
        of_stock=True,
    ),
    Kpi(
        slug="stock_out_days",
        name="Days out of stock",
        unit=Unit.COUNT,
        formula="The days of the window on which, at some moment, no piece of a row could be had, added up over rows.",
        code=stock_out_days,
        through=(measure_row,),
        sources=("StockMovement.quantity and held, by recorded_at",),
        since="0.2",
        additive=True,
        edge="As stock_outs.",
        unwanted=True,
        of_stock=True,
    ),
    Kpi(
        slug="out_of_stock",
        name="Rows out of stock",
        unit=Unit.COUNT,
        formula="The number of stock rows of which no piece can be had at the window's end.",
        code=out_of_stock,
        through=(measure_row,),
        sources=("StockMovement.quantity and held, by recorded_at",),
        since="0.2",
        additive=False,
        edge="As stock_outs.",
        unwanted=True,
        of_stock=True,
    ),
)
