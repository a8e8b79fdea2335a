"""The facts. Money is integer minor units; ``livemode`` and ``account`` are dimensions of all of it."""

from __future__ import annotations

from revenue_intel.facts.models.balance import BalanceCursor, BalanceTransactionFact, PayoutFact
from revenue_intel.facts.models.disputes import DisputeFact
from revenue_intel.facts.models.entries import LedgerEntry
from revenue_intel.facts.models.funnel import FunnelStep
from revenue_intel.facts.models.orders import OrderFact, OrderLineFact
from revenue_intel.facts.models.payments import ChargeFact, PaymentFact, RefundFact
from revenue_intel.facts.models.people import Customer, CustomerLink, ErasedName
from revenue_intel.facts.models.scope import MoneyScope
from revenue_intel.facts.models.sessions import CheckoutSessionFact

__all__ = [
    "BalanceCursor",
    "BalanceTransactionFact",
    "ChargeFact",
    "CheckoutSessionFact",
    "Customer",
    "CustomerLink",
    "DisputeFact",
    "ErasedName",
    "FunnelStep",
    "LedgerEntry",
    "MoneyScope",
    "OrderFact",
    "OrderLineFact",
    "PaymentFact",
    "PayoutFact",
    "RefundFact",
]
