"""The facts. Money is integer minor units; ``livemode`` and ``account`` are dimensions of all of it."""

from __future__ import annotations

from revenue_intel.facts.models.dirty import DirtyDay
from revenue_intel.facts.models.entries import LedgerEntry
from revenue_intel.facts.models.funnel import FunnelStep
from revenue_intel.facts.models.orders import OrderFact, OrderLineFact
from revenue_intel.facts.models.payments import PaymentFact, RefundFact
from revenue_intel.facts.models.people import Customer, CustomerLink
from revenue_intel.facts.models.scope import MoneyScope

__all__ = [
    "Customer",
    "CustomerLink",
    "DirtyDay",
    "FunnelStep",
    "LedgerEntry",
    "MoneyScope",
    "OrderFact",
    "OrderLineFact",
    "PaymentFact",
    "RefundFact",
]
