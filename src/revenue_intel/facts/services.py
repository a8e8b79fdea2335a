"""Write facts: the functions, gathered. Each is idempotent: the same news again changes nothing."""

from __future__ import annotations

from revenue_intel.facts.balance import (
    advance_cursor,
    mark_payout_linked,
    record_balance_transaction,
    record_payout,
)
from revenue_intel.facts.charges import record_charge
from revenue_intel.facts.credit_notes import CreditNoteNews, record_credit_note
from revenue_intel.facts.detaching import detach_payment
from revenue_intel.facts.discounts import record_coupon, record_discount
from revenue_intel.facts.disputes import (
    DISPUTE_STAGES,
    DISPUTE_WANTS_ANSWER,
    attach_bookings,
    attach_disputes,
    date_dispute,
    record_dispute,
)
from revenue_intel.facts.funnel import record_step
from revenue_intel.facts.identity import identify
from revenue_intel.facts.invoices import (
    InvoiceNews,
    InvoicePaymentNews,
    record_deletion,
    record_invoice,
    record_invoice_payment,
)
from revenue_intel.facts.ledger import version_of
from revenue_intel.facts.orders import ask_customer, date_order, record_order
from revenue_intel.facts.payments import PaymentNews, ask_payment, post_sale, record_payment
from revenue_intel.facts.refunds import (
    REFUND_RANK,
    REFUND_UNDONE,
    UNCAPTURED,
    RefundNews,
    ask_counting,
    attach_refunds,
    news_of,
    record_refund,
    sum_refunds,
)
from revenue_intel.facts.sessions import record_session
from revenue_intel.facts.subscriptions import SubscriptionNews, record_subscription

__all__ = [
    "DISPUTE_STAGES",
    "DISPUTE_WANTS_ANSWER",
    "REFUND_RANK",
    "REFUND_UNDONE",
    "UNCAPTURED",
    "CreditNoteNews",
    "InvoiceNews",
    "InvoicePaymentNews",
    "PaymentNews",
    "RefundNews",
    "SubscriptionNews",
    "advance_cursor",
    "ask_counting",
    "ask_customer",
    "ask_payment",
    "attach_bookings",
    "attach_disputes",
    "attach_refunds",
    "date_dispute",
    "date_order",
    "detach_payment",
    "identify",
    "mark_payout_linked",
    "news_of",
    "post_sale",
    "record_balance_transaction",
    "record_charge",
    "record_coupon",
    "record_credit_note",
    "record_deletion",
    "record_discount",
    "record_dispute",
    "record_invoice",
    "record_invoice_payment",
    "record_order",
    "record_payment",
    "record_payout",
    "record_refund",
    "record_session",
    "record_step",
    "record_subscription",
    "sum_refunds",
    "version_of",
]
