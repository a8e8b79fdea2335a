"""Write facts: the functions, gathered. Each is idempotent: the same news again changes nothing."""

from __future__ import annotations

from revenue_intel.facts.credit_notes import CreditNoteNews, record_credit_note
from revenue_intel.facts.discounts import record_coupon, record_discount
from revenue_intel.facts.funnel import record_step
from revenue_intel.facts.identity import identify
from revenue_intel.facts.invoices import (
    InvoiceNews,
    InvoicePaymentNews,
    record_deletion,
    record_invoice,
    record_invoice_payment,
)
from revenue_intel.facts.orders import record_order
from revenue_intel.facts.payments import PaymentNews, post_sale, record_payment
from revenue_intel.facts.refunds import (
    REFUND_RANK,
    REFUND_UNDONE,
    RefundNews,
    attach_refunds,
    record_refund,
    sum_refunds,
)
from revenue_intel.facts.subscriptions import SubscriptionNews, record_subscription

__all__ = [
    "REFUND_RANK",
    "REFUND_UNDONE",
    "CreditNoteNews",
    "InvoiceNews",
    "InvoicePaymentNews",
    "PaymentNews",
    "RefundNews",
    "SubscriptionNews",
    "attach_refunds",
    "identify",
    "post_sale",
    "record_coupon",
    "record_credit_note",
    "record_deletion",
    "record_discount",
    "record_invoice",
    "record_invoice_payment",
    "record_order",
    "record_payment",
    "record_refund",
    "record_step",
    "record_subscription",
    "sum_refunds",
]
