"""Refunds, in both views: by the day they were created, and by the day their order was paid (K6)."""

from __future__ import annotations

from typing import Final

from revenue_intel.kpis.base import Asked, Kpi, Unit, Value, percentage
from revenue_intel.kpis.counting import read_orders, read_refunded_orders, read_refunds


def refunded_amount(asked: Asked) -> Value:
    """Add up the refunds, less those that came to nothing."""
    return asked.totals.refunds_minor


def refunded_orders(asked: Asked) -> Value:
    """Count each order once."""
    return asked.totals.refunded_orders


def refund_rate_orders_pct(asked: Asked) -> Value:
    """Divide."""
    return percentage(asked["refunded_orders"], asked["orders"])


def refunded_of_sold(asked: Asked) -> Value:
    """Add up what ever went back on each order."""
    return asked.totals.cohort_refunds_minor


def refund_rate_cohort_pct(asked: Asked) -> Value:
    """Divide."""
    return percentage(asked["refunded_of_sold"], asked["revenue"])


KPIS: Final = (
    Kpi(
        slug="refunded_amount",
        name="Refunded",
        unit=Unit.MONEY,
        formula="The sum of the refunds created in the window, less those that failed or were canceled in it.",
        code=refunded_amount,
        through=(read_refunds,),
        sources=("LedgerEntry of kind refund and refund_reversal, by occurred_at",),
        since="0.1",
        additive=True,
        edge="Pending refunds count from the instant they were created. A refund that fails later is given "
        "back on the day it failed, so a window can be negative.",
        unwanted=True,
    ),
    Kpi(
        slug="refunded_orders",
        name="Refunded orders",
        unit=Unit.COUNT,
        formula="The number of orders to which, on balance, money went back in the window.",
        code=refunded_orders,
        through=(read_refunded_orders,),
        sources=("LedgerEntry.order_reference", "LedgerEntry.amount_minor"),
        since="0.1",
        additive=False,
        edge="Two refunds of one order are one order. A refund of a payment that belongs to no known order "
        "is in refunded_amount and not here.",
        unwanted=True,
    ),
    Kpi(
        slug="refund_rate_orders_pct",
        name="Refund rate",
        unit=Unit.PERCENT,
        formula="refunded_orders ÷ orders × 100, rounded half up to two decimals.",
        code=refund_rate_orders_pct,
        sources=("refunded_orders", "orders"),
        since="0.1",
        additive=False,
        edge="The orders refunded need not be those paid in the window, so it can pass 100. "
        "Without orders: null in the API, 0 in the export.",
        unwanted=True,
    ),
    Kpi(
        slug="refunded_of_sold",
        name="Refunded of what was sold",
        unit=Unit.MONEY,
        formula="What was ever refunded, to this day, of the orders paid in the window.",
        code=refunded_of_sold,
        through=(read_orders,),
        sources=("OrderFact.refunded_minor", "OrderFact.paid_at"),
        since="0.2",
        additive=True,
        edge="It grows as refunds come, and falls where one fails: a refund counts for its order's day, "
        "whenever it was made.",
        unwanted=True,
    ),
    Kpi(
        slug="refund_rate_cohort_pct",
        name="Refunded share of what was sold",
        unit=Unit.PERCENT,
        formula="refunded_of_sold ÷ revenue × 100, rounded half up to two decimals.",
        code=refund_rate_cohort_pct,
        sources=("refunded_of_sold", "revenue"),
        since="0.2",
        additive=False,
        edge="Never more than 100. Null without revenue.",
        unwanted=True,
    ),
)
