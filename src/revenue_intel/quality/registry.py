"""The checks there are, in the order in which they run."""

from __future__ import annotations

from typing import Final

from revenue_intel.quality.base import Check
from revenue_intel.quality.checks import anomalies, guards, ledger, payments, stock, tieout

CHECKS: Final[tuple[Check, ...]] = (
    payments.PAYMENTS,
    payments.FAILED,
    payments.WAITING,
    ledger.ORDERS,
    ledger.TOTALS,
    ledger.CORRECTIONS,
    tieout.TIE_OUT,
    stock.NEGATIVE,
    stock.DRIFT,
    stock.RECEIVED,
    stock.COMMITTED_ONCE,
    stock.PAID_IS_COMMITTED,
    stock.RESERVATIONS,
    guards.GUARDS,
    anomalies.DAYS_STAND_OUT,
)
