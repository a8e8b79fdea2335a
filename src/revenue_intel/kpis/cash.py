"""Fees and cash: what Stripe booked on the balance, in the currency of settlement, apart from all sales (K5)."""

from __future__ import annotations

from typing import Final

from revenue_intel.kpis.base import Asked, Kpi, Unit, Value
from revenue_intel.kpis.bookings import is_balance_read, read_balance


def fees(asked: Asked) -> Value:
    """Add up the fees, where all of them have been read."""
    return asked.totals.fees_minor if asked.balance_is_read else None


def net_cash(asked: Asked) -> Value:
    """Add up what was booked, where all of it has been read."""
    return asked.totals.net_cash_minor if asked.balance_is_read else None


SETTLED: Final = (
    "The currency is that of settlement: asked for gbp, what Stripe booked on the balance in gbp, in whatever "
    "currency it was sold. So it is never compared with, nor taken off, the sales of the same answer. "
)
NOT_READ: Final = (
    "Null where Stripe's balance has not been read for the window (revenue_reconcile): never, not from its first "
    "day on, or last before it began. Of the days since the last reading, what was read of them counts. "
)
UNKNOWN: Final = "Stripe's balance has not been read for this window (revenue_reconcile)."

KPIS: Final = (
    Kpi(
        slug="fees",
        name="Fees, as settled",
        unit=Unit.MONEY,
        formula="The fees of the balance transactions of the window, and those booked by themselves, as Stripe "
        "settled them.",
        code=fees,
        through=(read_balance, is_balance_read),
        sources=("BalanceTransactionFact.fee_minor", "BalanceTransactionFact.created_at"),
        since="0.2",
        version=2,
        additive=True,
        unknown=UNKNOWN,
        edge=SETTLED + NOT_READ + "A fee that is given back lowers it.",
        unwanted=True,
    ),
    Kpi(
        slug="net_cash",
        name="Net cash, as settled",
        unit=Unit.MONEY,
        formula="The sum of the net amounts of the balance transactions of the window, without money that only moved "
        "between the balance and the shop's bank, accounts or reserves.",
        code=net_cash,
        through=(read_balance, is_balance_read),
        sources=("BalanceTransactionFact.net_minor", "BalanceTransactionFact.created_at"),
        since="0.2",
        version=2,
        additive=True,
        unknown=UNKNOWN,
        edge=SETTLED + NOT_READ + "The fee for such a movement counts.",
    ),
)
