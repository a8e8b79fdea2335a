"""Record invoices and what paid them. No money is posted here: the payment posts the sale."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.forms.models import model_to_dict

from revenue_intel.exceptions import LedgerConflictError
from revenue_intel.facts import credit_notes, locks
from revenue_intel.facts.identity import identify
from revenue_intel.facts.models import InvoiceFact, InvoicePaymentFact
from revenue_intel.issues.models import Issue
from revenue_intel.issues.services import open_issue, resolve_issue

#: How far an invoice has come; news of a lower rank changes nothing but earliest instants.
RANK: Final = {status: rank for rank, status in enumerate(InvoiceFact.Status.values)}

#: What Stripe tells anew in each event. It is replaced as a whole, by the furthest and then the latest news.
SNAPSHOT: Final = (
    "amount_paid_minor", "amount_overpaid_minor", "attempt_count", "amount_due_minor", "total_minor",
    "subtotal_minor", "discount_minor", "tax_minor", "billing_reason", "are_lines_truncated",
)  # fmt: skip
INSTANTS: Final = ("finalized_at", "paid_at", "voided_at", "uncollectible_at", "deleted_at")


@dataclass(frozen=True, kw_only=True)
class InvoiceNews:
    """What one event says of an invoice. ``told_at`` is the event's instant."""

    invoice_id: str
    status: InvoiceFact.Status
    told_at: datetime
    currency: str
    livemode: bool
    created_at: datetime
    subtotal_minor: int
    discount_minor: int
    tax_minor: int
    total_minor: int
    amount_due_minor: int
    amount_paid_minor: int
    amount_overpaid_minor: int = 0
    attempt_count: int = 0
    are_lines_truncated: bool = False
    account: str = ""
    stripe_customer_id: str = ""
    subscription_id: str = ""
    billing_reason: str = ""
    finalized_at: datetime | None = None
    paid_at: datetime | None = None
    voided_at: datetime | None = None
    uncollectible_at: datetime | None = None
    deleted_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class InvoicePaymentNews:
    """A payment paid an invoice. ``amount_minor`` is None where Stripe does not say how much of it."""

    invoice_id: str
    payment: str
    paid_at: datetime
    event_id: str
    amount_minor: int | None = None


def record_invoice(news: InvoiceNews) -> InvoiceFact:
    """Record what is known of an invoice. What is final stays; a nearer status or older news overwrites nothing.

    Raises:
        LedgerConflictError: it was known in another currency, mode or account, or for another subscription.
    """
    customer = identify(stripe_customer_id=news.stripe_customer_id)
    told = {name: getattr(news, name) for name in (*SNAPSHOT, *INSTANTS, "status", "told_at")}
    invoice = locks.lock_invoice(
        InvoiceFact(
            invoice_id=news.invoice_id,
            customer=customer,
            subscription_id=news.subscription_id,
            currency=news.currency,
            livemode=news.livemode,
            account=news.account,
            created_at=news.created_at,
            **told,
        )
    )
    _check_same(invoice, news)
    before = model_to_dict(invoice)
    invoice.customer = invoice.customer or customer
    invoice.subscription_id = invoice.subscription_id or news.subscription_id
    for name in INSTANTS:
        setattr(invoice, name, min(filter(None, (getattr(invoice, name), told[name])), default=None))
    if _order(told) > _order(vars(invoice)):
        for name in (*SNAPSHOT, "status", "told_at"):
            setattr(invoice, name, told[name])
    if model_to_dict(invoice) != before:
        invoice.save()
    _tell_overpaid(invoice)
    return invoice


def record_deletion(*, invoice_id: str, at: datetime) -> InvoiceFact | None:
    """Record that a draft was deleted, where Stripe tells no more than that; None while the draft is not known."""
    invoice = locks.relock_invoice(invoice_id=invoice_id)
    if invoice is not None:
        invoice.deleted_at = min(filter(None, (invoice.deleted_at, at)))
        invoice.save(update_fields=["deleted_at"])
    return invoice


def record_invoice_payment(news: InvoicePaymentNews) -> InvoicePaymentFact:
    """Record that a payment paid an invoice, and post what was credited on it out of band."""
    locks.lock_money_of_invoice(invoice_id=news.invoice_id)
    locks.lock_invoice_of_payment(payment=news.payment)
    link, is_new = InvoicePaymentFact.objects.get_or_create(
        invoice_id=news.invoice_id,
        payment=news.payment,
        defaults={"amount_minor": news.amount_minor, "paid_at": news.paid_at},
    )
    paid_at = min(link.paid_at, news.paid_at)
    amount = max(filter(None, (link.amount_minor, news.amount_minor)), default=None)
    if (paid_at, amount) != (link.paid_at, link.amount_minor):
        link.paid_at, link.amount_minor = paid_at, amount
        link.save(update_fields=["paid_at", "amount_minor"])
    if is_new:
        credit_notes.post_credit_notes_of(invoice_id=news.invoice_id, event_id=news.event_id)
    return link


def _order(told: dict[str, Any]) -> tuple[Any, ...]:
    return RANK[told["status"]], told["told_at"], *(told[name] for name in SNAPSHOT)


def _check_same(invoice: InvoiceFact, news: InvoiceNews) -> None:
    if (invoice.currency, invoice.livemode, invoice.account) != (news.currency, news.livemode, news.account):
        raise LedgerConflictError(
            f"invoice {news.invoice_id} was reported in two currencies, modes or accounts."
        )
    known = {invoice.subscription_id, news.subscription_id} - {""}
    if len(known) > 1:
        raise LedgerConflictError(f"invoice {news.invoice_id} was reported for two subscriptions.")


def _tell_overpaid(invoice: InvoiceFact) -> None:
    if invoice.amount_overpaid_minor:
        open_issue(
            kind="invoice_overpaid",
            subject=invoice.invoice_id,
            title=f"More was paid on invoice {invoice.invoice_id} than was due",
            severity=Issue.Severity.WARNING,
        )
    else:
        resolve_issue(kind="invoice_overpaid", subject=invoice.invoice_id)
