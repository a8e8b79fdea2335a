"""Fees and cash: what Stripe booked on the balance, in the currency of settlement, apart from all sales (K5)."""

from __future__ import annotations

from typing import Final

from revenue_intel.kpis.base import Asked, Kpi, Unit, Value
from revenue_intel.kpis.bookings import read_balance


def fees(asked: Asked) -> Value:
    """Add up the fees."""
    return asked.totals.fees_minor


def net_cash(asked: Asked) -> Value:
    """Add up what was booked."""
    return asked.totals.net_cash_minor


SETTLED: Final = (
    "The currency is that of settlement: asked for gbp, what Stripe booked on the balance in gbp, in whatever "
    "currency it was sold. So it is never compared with, nor taken off, the sales of the same answer. "
)

KPIS: Final = (
    Kpi(
        slug="fees",
        name="Fees, as settled",
        unit=Unit.MONEY,
        formula="The fees of the balance transactions of the window, and those booked by themselves, as Stripe "
        "settled them.",
        code=fees,
        through=(read_balance,),
        sources=("BalanceTransactionFact.fee_minor", "BalanceTransactionFact.created_at"),
        since="0.2",
        additive=True,
        edge=SETTLED + "A fee that is given back lowers it.",
        unwanted=True,
    ),
    Kpi(
        slug="net_cash",
        name="Net cash, as settled",
        unit=Unit.MONEY,
        formula="The sum of the net amounts of the balance transactions of the window, without money that only moved "
        "between the balance and the shop's bank, accounts or reserves.",
        code=net_cash,
        through=(read_balance,),
        sources=("BalanceTransactionFact.net_minor", "BalanceTransactionFact.created_at"),
        since="0.2",
        additive=True,
        edge=SETTLED
        + "The fee for such a movement counts. Nothing is known of bookings that were not read yet "
        "(revenue_reconcile).",
    ),
)
