"""The facts. Money is integer minor units; ``livemode`` and ``account`` are dimensions of all of it."""

from __future__ import annotations

from revenue_intel.facts.models.balance import (
    BalanceCursor,
    BalanceReading,
    BalanceTransactionFact,
    PayoutFact,
)
from revenue_intel.facts.models.dirty import DirtyDay
from revenue_intel.facts.models.disputes import DisputeFact
from revenue_intel.facts.models.entries import LedgerEntry
from revenue_intel.facts.models.funnel import FunnelStep
from revenue_intel.facts.models.invoices import (
    CreditNoteFact,
    CreditNoteRefund,
    InvoiceFact,
    InvoicePaymentFact,
)
from revenue_intel.facts.models.orders import OrderFact, OrderLineFact
from revenue_intel.facts.models.payments import ChargeFact, PaymentFact, RefundFact
from revenue_intel.facts.models.people import Customer, CustomerLink, ErasedName
from revenue_intel.facts.models.scope import MoneyScope
from revenue_intel.facts.models.sessions import CheckoutSessionFact
from revenue_intel.facts.models.subscriptions import (
    CouponFact,
    DiscountFact,
    SubscriptionFact,
    SubscriptionState,
    SubscriptionStatus,
)
from revenue_intel.facts.models.versions import (
    CustomerVersion,
    DisputeVersion,
    OrderVersion,
    PaymentVersion,
)

__all__ = [
    "BalanceCursor",
    "BalanceReading",
    "BalanceTransactionFact",
    "ChargeFact",
    "CheckoutSessionFact",
    "CouponFact",
    "CreditNoteFact",
    "CreditNoteRefund",
    "Customer",
    "CustomerLink",
    "CustomerVersion",
    "DirtyDay",
    "DiscountFact",
    "DisputeFact",
    "DisputeVersion",
    "ErasedName",
    "FunnelStep",
    "InvoiceFact",
    "InvoicePaymentFact",
    "LedgerEntry",
    "MoneyScope",
    "OrderFact",
    "OrderLineFact",
    "OrderVersion",
    "PaymentFact",
    "PaymentVersion",
    "PayoutFact",
    "RefundFact",
    "SubscriptionFact",
    "SubscriptionState",
    "SubscriptionStatus",
]
