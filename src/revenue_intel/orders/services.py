"""The commands, gathered: call them as ``orders.settle_payment(...)``."""

from __future__ import annotations

from revenue_intel.orders.backfill import backfill
from revenue_intel.orders.checkout import start_payment
from revenue_intel.orders.disputes import record_dispute
from revenue_intel.orders.expiry import expire_checkout, release_overdue
from revenue_intel.orders.free import settle_free
from revenue_intel.orders.invoicing import record_invoice_payment
from revenue_intel.orders.lifecycle import cancel, fulfil
from revenue_intel.orders.refunding import refund
from revenue_intel.orders.refunds import record_refund
from revenue_intel.orders.settlement import record_payment_progress, settle_payment

__all__ = [
    "backfill",
    "cancel",
    "expire_checkout",
    "fulfil",
    "record_dispute",
    "record_invoice_payment",
    "record_payment_progress",
    "record_refund",
    "refund",
    "release_overdue",
    "settle_free",
    "settle_payment",
    "start_payment",
]
