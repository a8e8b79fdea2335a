"""Write facts: the functions, gathered. Each is idempotent: the same news again changes nothing."""

from __future__ import annotations

from revenue_intel.facts.funnel import record_step
from revenue_intel.facts.identity import identify
from revenue_intel.facts.orders import date_order, record_order
from revenue_intel.facts.payments import PaymentNews, post_sale, record_payment
from revenue_intel.facts.refunds import (
    REFUND_RANK,
    REFUND_UNDONE,
    RefundNews,
    attach_refunds,
    record_refund,
    sum_refunds,
)

__all__ = [
    "REFUND_RANK",
    "REFUND_UNDONE",
    "PaymentNews",
    "RefundNews",
    "attach_refunds",
    "date_order",
    "identify",
    "post_sale",
    "record_order",
    "record_payment",
    "record_refund",
    "record_step",
    "sum_refunds",
]
