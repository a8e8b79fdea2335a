"""Gathers every room's models for Django. Rooms import each other's models directly, never from here."""

from __future__ import annotations

from revenue_intel.access.models import RevenueAccess
from revenue_intel.audit.models import AuditEvent
from revenue_intel.facts.models import (
    Customer,
    CustomerLink,
    DirtyDay,
    FunnelStep,
    LedgerEntry,
    OrderFact,
    OrderLineFact,
    PaymentFact,
    RefundFact,
)
from revenue_intel.issues.models import Issue
from revenue_intel.kpis.models import DayRollup, Restatement
from revenue_intel.stock.models import StockMovement
from revenue_intel.webhooks.models import EventFailure, StripeEvent

__all__ = [
    "AuditEvent",
    "Customer",
    "CustomerLink",
    "DayRollup",
    "DirtyDay",
    "EventFailure",
    "FunnelStep",
    "Issue",
    "LedgerEntry",
    "OrderFact",
    "OrderLineFact",
    "PaymentFact",
    "RefundFact",
    "Restatement",
    "RevenueAccess",
    "StockMovement",
    "StripeEvent",
]
