"""Gathers every room's models for Django. Rooms import each other's models directly, never from here."""

from __future__ import annotations

from revenue_intel.access.models import RevenueAccess
from revenue_intel.audit.models import AuditEvent
from revenue_intel.facts.models import (
    BalanceCursor,
    BalanceTransactionFact,
    ChargeFact,
    CheckoutSessionFact,
    CouponFact,
    CreditNoteFact,
    CreditNoteRefund,
    Customer,
    CustomerLink,
    CustomerVersion,
    DirtyDay,
    DiscountFact,
    DisputeFact,
    DisputeVersion,
    ErasedName,
    FunnelStep,
    InvoiceFact,
    InvoicePaymentFact,
    LedgerEntry,
    OrderFact,
    OrderLineFact,
    OrderVersion,
    PaymentFact,
    PaymentVersion,
    PayoutFact,
    RefundFact,
    SubscriptionFact,
    SubscriptionState,
)
from revenue_intel.issues.models import Issue, IssueChange
from revenue_intel.kpis.models import DayRollup, Restatement
from revenue_intel.orders.models import RefundRequest
from revenue_intel.stock.models import StockMovement, StockReservation
from revenue_intel.webhooks.models import EventFailure, EventWatermark, StripeEvent

__all__ = [
    "AuditEvent",
    "BalanceCursor",
    "BalanceTransactionFact",
    "ChargeFact",
    "CheckoutSessionFact",
    "CouponFact",
    "CreditNoteFact",
    "CreditNoteRefund",
    "Customer",
    "CustomerLink",
    "CustomerVersion",
    "DayRollup",
    "DirtyDay",
    "DiscountFact",
    "DisputeFact",
    "DisputeVersion",
    "ErasedName",
    "EventFailure",
    "EventWatermark",
    "FunnelStep",
    "InvoiceFact",
    "InvoicePaymentFact",
    "Issue",
    "IssueChange",
    "LedgerEntry",
    "OrderFact",
    "OrderLineFact",
    "OrderVersion",
    "PaymentFact",
    "PaymentVersion",
    "PayoutFact",
    "RefundFact",
    "RefundRequest",
    "Restatement",
    "RevenueAccess",
    "StockMovement",
    "StockReservation",
    "StripeEvent",
    "SubscriptionFact",
    "SubscriptionState",
]
