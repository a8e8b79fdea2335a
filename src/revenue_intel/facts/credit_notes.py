"""Record credit notes, and post what no other object posts: money given back outside Stripe.

What a credit note takes off before payment was never paid, its refunds are posted by the refunds,
and the customer's credit lowers the payment of a later invoice. See ``docs/decisions``.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.forms.models import model_to_dict

from revenue_intel.exceptions import LedgerConflictError
from revenue_intel.facts import ledger, locks
from revenue_intel.facts.models import CreditNoteFact, CreditNoteRefund, InvoicePaymentFact, LedgerEntry


@dataclass(frozen=True, kw_only=True)
class CreditNoteNews:
    """What one event says of a credit note."""

    credit_note_id: str
    invoice_id: str
    status: CreditNoteFact.Status
    amount_minor: int
    tax_minor: int
    pre_payment_minor: int
    post_payment_minor: int
    out_of_band_minor: int
    currency: str
    livemode: bool
    created_at: datetime
    event_id: str
    account: str = ""
    voided_at: datetime | None = None
    refunds: tuple[str, ...] = ()
    reason: str = ""
    are_lines_truncated: bool = False


def record_credit_note(news: CreditNoteNews) -> CreditNoteFact:
    """Record what is known of a credit note, and post its part that was given back out of band.

    Raises:
        LedgerConflictError: it was reported with other amounts, or for another invoice, before.
    """
    locks.lock_money_of_invoice(invoice_id=news.invoice_id)
    note = locks.lock_credit_note(
        CreditNoteFact(
            credit_note_id=news.credit_note_id,
            invoice_id=news.invoice_id,
            status=news.status,
            amount_minor=news.amount_minor,
            tax_minor=news.tax_minor,
            pre_payment_minor=news.pre_payment_minor,
            post_payment_minor=news.post_payment_minor,
            out_of_band_minor=news.out_of_band_minor,
            currency=news.currency,
            livemode=news.livemode,
            account=news.account,
            reason=news.reason,
            are_lines_truncated=news.are_lines_truncated,
            created_at=news.created_at,
            voided_at=news.voided_at,
        )
    )
    _check_same(note, news)
    before = model_to_dict(note)
    note.voided_at = min(filter(None, (note.voided_at, news.voided_at)), default=None)
    if note.voided_at:
        note.status = CreditNoteFact.Status.VOID
    note.reason = note.reason or news.reason
    note.are_lines_truncated = note.are_lines_truncated and news.are_lines_truncated
    note.created_at = min(note.created_at, news.created_at)
    if model_to_dict(note) != before:
        note.save()
    CreditNoteRefund.objects.bulk_create(
        [CreditNoteRefund(credit_note=note, refund_id=refund) for refund in news.refunds],
        ignore_conflicts=True,
    )
    if InvoicePaymentFact.objects.filter(invoice_id=note.invoice_id).exists():
        _post(note, event_id=news.event_id)
    return note


def post_credit_notes_of(*, invoice_id: str, event_id: str) -> None:
    """Post the credit notes that came before the payment of their invoice. The caller holds the invoice's money."""
    for note in CreditNoteFact.objects.filter(invoice_id=invoice_id).order_by("pk"):
        _post(note, event_id=event_id)


def _post(note: CreditNoteFact, *, event_id: str) -> None:
    """Post what was given back out of band at the note's creation, and take it back where the note is void."""
    if not note.out_of_band_minor:
        return
    _enter(note, LedgerEntry.Kind.CREDIT_NOTE, -note.out_of_band_minor, note.created_at, event_id)
    if note.voided_at:
        _enter(note, LedgerEntry.Kind.CREDIT_NOTE_REVERSAL, note.out_of_band_minor, note.voided_at, event_id)


def _enter(
    note: CreditNoteFact, kind: LedgerEntry.Kind, amount_minor: int, at: datetime, event_id: str
) -> None:
    ledger.post(
        ledger.Posting(
            kind=kind,
            object_id=note.credit_note_id,
            amount_minor=amount_minor,
            currency=note.currency,
            livemode=note.livemode,
            account=note.account,
            occurred_at=at,
            event_id=event_id,
        )
    )


def _check_same(note: CreditNoteFact, news: CreditNoteNews) -> None:
    same = (
        "invoice_id", "amount_minor", "tax_minor", "pre_payment_minor", "post_payment_minor",
        "out_of_band_minor", "currency", "livemode", "account",
    )  # fmt: skip
    if any(getattr(note, name) != getattr(news, name) for name in same):
        raise LedgerConflictError(f"credit note {news.credit_note_id} was reported in two ways.")
