"""Credit notes: what was credited, and through what. Refunds post themselves; only what left outside Stripe is posted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from revenue_intel.exceptions import UnsupportedShapeError
from revenue_intel.facts import services as facts
from revenue_intel.facts.models import CreditNoteFact
from revenue_intel.facts.services import CreditNoteNews
from revenue_intel.handlers import billing_fields, fields
from revenue_intel.webhooks.registry import Event, Handler, Result, applied

TAX_LISTS: Final = ("total_taxes", "tax_amounts")

Status = CreditNoteFact.Status


def changed(event: Event) -> Result:
    """``credit_note.*``: record the credit note."""
    facts.record_credit_note(_news(event))
    return applied()


def _news(event: Event) -> CreditNoteNews:
    note = event.object
    status = Status(billing_fields.word(note, "status", known=Status.values))
    invoice = fields.id_of(note, "invoice")
    if not invoice:
        raise UnsupportedShapeError("A credit note has no invoice.")
    amount = fields.minor(note, "amount")
    before, after = _parts(note, amount)
    out_of_band = billing_fields.optional_minor(note, "out_of_band_amount")
    if before + after != amount or out_of_band > after:
        raise UnsupportedShapeError("The parts of a credit note are not its amount.")
    voided_at = billing_fields.optional_timestamp(note, "voided_at")
    return CreditNoteNews(
        credit_note_id=fields.required_id(note),
        invoice_id=invoice,
        status=status,
        amount_minor=amount,
        tax_minor=_tax(note),
        pre_payment_minor=before,
        post_payment_minor=after,
        out_of_band_minor=out_of_band,
        currency=fields.currency(note),
        livemode=event.livemode,
        account=event.account,
        created_at=fields.timestamp(note, "created"),
        voided_at=(voided_at or event.created) if status == Status.VOID else None,
        refunds=_refunds(note),
        reason=fields.text(note, "reason")[:64],
        are_lines_truncated=billing_fields.is_truncated(fields.mapping(note, "lines")),
        event_id=event.id,
    )


def _parts(note: Mapping[str, Any], amount: int) -> tuple[int, int]:
    """Return what was credited before and after payment; before 2025-05-28 it is all one or all the other."""
    if "pre_payment_amount" in note or "post_payment_amount" in note:
        return fields.minor(note, "pre_payment_amount"), fields.minor(note, "post_payment_amount")
    kind = billing_fields.word(note, "type", known={"pre_payment", "post_payment"})
    return (amount, 0) if kind == "pre_payment" else (0, amount)


def _refunds(note: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the refunds that paid the credit note out: a list since 2025-03-31, before that at most one."""
    if "refunds" not in note and "refund" not in note:
        raise UnsupportedShapeError("A credit note says of no kind of refund whether it has one.")
    if "refunds" not in note:
        refund = fields.id_of(note, "refund")
        return (refund,) if refund else ()
    # One without a refund is a refund of a payment that did not go through Stripe.
    found = (fields.id_of(each, "refund") for each in fields.items(note, "refunds"))
    return tuple(refund for refund in found if refund)


def _tax(note: Mapping[str, Any]) -> int:
    """Return the tax that was credited: a list under one of its two names."""
    for key in TAX_LISTS:
        if note.get(key) is not None:
            return sum(fields.minor(tax, "amount") for tax in fields.items(note, key))
    if not any(key in note for key in TAX_LISTS):
        raise UnsupportedShapeError("A credit note says nothing of its tax.")
    return 0


HANDLERS: Final[Mapping[str, Handler]] = {
    f"credit_note.{change}": changed for change in ("created", "updated", "voided")
}
