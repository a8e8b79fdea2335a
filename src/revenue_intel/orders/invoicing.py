"""A payment paid an invoice: it is for no order of the shop, and needs none."""

from __future__ import annotations

from django.db import transaction

from revenue_intel.facts import services as facts
from revenue_intel.facts.models import InvoicePaymentFact
from revenue_intel.facts.services import InvoicePaymentNews
from revenue_intel.issues.services import resolve_issue


@transaction.atomic(savepoint=False)
def record_invoice_payment(news: InvoicePaymentNews) -> InvoicePaymentFact:
    """Record that a payment paid an invoice, and resolve the issue that asked what it was for. Idempotent."""
    link = facts.record_invoice_payment(news)
    resolve_issue(kind="payment_without_order", subject=news.payment)
    return link
