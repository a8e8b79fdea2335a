"""Credit notes: what an invoice is lowered by, before it was paid or after."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Unpack

from revenue_intel.testing.events import Payload
from revenue_intel.testing.payloads import nulls
from revenue_intel.testing.standin.desk import Page, merged
from revenue_intel.testing.standin.faults import ApiFault, wrong_state
from revenue_intel.testing.standin.invoice_shapes import sublist
from revenue_intel.testing.standin.invoices import InvoiceDesk
from revenue_intel.testing.standin.params import clearable, integer, metadata, moments, one_of, text
from revenue_intel.testing.standin.payments import checked_amount
from revenue_intel.testing.standin.refunds import RefundDesk
from revenue_intel.testing.standin.routes import Kinds, Routes, get, listing, post
from revenue_intel.testing.standin.state import snapshot

_REASONS = ("duplicate", "fraudulent", "order_change", "product_unsatisfactory")


class CreditNoteDesk(InvoiceDesk, RefundDesk):
    """The calls about credit notes."""

    def create_credit_note(
        self,
        *,
        invoice: str,
        amount: int,
        refund_amount: int = 0,
        credit_amount: int = 0,
        out_of_band_amount: int = 0,
        reason: str | None = None,
        memo: str | None = None,
        metadata: Mapping[str, str] | None = None,
    ) -> Payload:
        """Lower an invoice.

        An open one is owed less. Of a paid one the three amounts say what becomes of the money, and must
        add up: a refund, credit in the customer's balance, or something outside of Stripe.
        """
        with self._state.turn():
            billed = self._in_status(invoice, ("open", "paid"), "credited")
            open_ = billed["status"] == "open"
            _check_amount(billed, amount)
            if not open_ and refund_amount + credit_amount + out_of_band_amount != amount:
                raise ApiFault(
                    "The sum of refund_amount, credit_amount and out_of_band_amount must be the amount.",
                    param="amount",
                )
            note = self._state.add(
                _note(
                    billed,
                    id=self._state.new_id("credit_note"),
                    line=self._state.new_id("credit_note_line_item"),
                    created=self._state.now(),
                    amount=amount,
                    out_of_band_amount=out_of_band_amount or None,
                    reason=reason,
                    memo=memo,
                    metadata=merged({}, metadata),
                )
            )
            if open_:
                self._lower(billed, amount)
            else:
                billed["post_payment_credit_notes_amount"] += amount
                self._give_back(billed, note, refund_amount, credit_amount)
            self._state.emit("credit_note.created", note)
            if open_ and billed["amount_remaining"] == 0:
                self._settle(billed)
            copy: Payload = snapshot(note)
            return copy

    def void_credit_note(self, credit_note: str) -> Payload:
        """Take back a credit note on an invoice that is still open."""
        with self._state.turn():
            note = self._state.get("credit_note", credit_note)
            billed = self._state.get("invoice", note["invoice"])
            if note["status"] == "void" or billed["status"] != "open":
                raise wrong_state("Only a credit note on an open invoice can be voided.")
            note.update(status="void", voided_at=self._state.now())
            self._lower(billed, -note["amount"])
            self._state.emit("credit_note.voided", note)
            copy: Payload = snapshot(note)
            return copy

    def get_credit_note(self, credit_note: str) -> Payload:
        """Return a credit note."""
        return self._retrieve("credit_note", credit_note)

    def list_credit_notes(
        self,
        *,
        invoice: str | None = None,
        customer: str | None = None,
        created: Mapping[str, int] | None = None,
        **page: Unpack[Page],
    ) -> Payload:
        """List credit notes, newest first."""
        equal = {"invoice": invoice, "customer": customer}
        return self._list("credit_note", equal=equal, created=created, page=page)

    def _lower(self, invoice: Payload, amount: int) -> None:
        invoice["pre_payment_credit_notes_amount"] += amount
        invoice["amount_due"] -= amount
        invoice["amount_remaining"] -= amount
        row = self._payment_of(invoice)
        if row is not None and row["status"] == "open" and invoice["amount_due"]:
            row["amount_requested"] = invoice["amount_due"]
            self._intent_of(invoice)["amount"] = invoice["amount_due"]

    def _give_back(self, invoice: Payload, note: Payload, refund: int, credit: int) -> None:
        if credit:
            self._state.get("customer", invoice["customer"])["balance"] -= credit
        if refund:
            intent = self._intent_of(invoice)["id"]
            made = self.refund(payment_intent=intent, amount=refund)
            note["refunds"] = [
                {
                    "amount_refunded": refund,
                    "payment_record_refund": None,
                    "refund": made["id"],
                    "type": "refund",
                }
            ]

    KINDS: ClassVar[Kinds] = ("credit_note",)
    ROUTES: ClassVar[Routes] = (
        post(
            "/v1/credit_notes",
            create_credit_note,
            {
                "amount": integer,
                "credit_amount": integer,
                "invoice": text,
                "memo": clearable,
                "metadata": metadata,
                "out_of_band_amount": integer,
                "reason": one_of(*_REASONS),
                "refund_amount": integer,
            },
            required=("invoice", "amount"),
        ),
        listing("/v1/credit_notes", list_credit_notes, invoice=text, customer=text, created=moments),
        get("/v1/credit_notes/{id}", get_credit_note),
        post("/v1/credit_notes/{id}/void", void_credit_note),
    )


def _check_amount(invoice: Payload, amount: int) -> None:
    """Refuse to credit more than is owed, or was paid and not credited yet."""
    left = invoice["amount_remaining"]
    if invoice["status"] == "paid":
        left = invoice["amount_paid"] - invoice["post_payment_credit_notes_amount"]
    if checked_amount(amount) > left:
        raise wrong_state(f"Only {left} of invoice {invoice['id']} can be credited.", param="amount")


def _note(
    invoice: Payload,
    *,
    id: str,  # noqa: A002 - Stripe's own key
    line: str,
    created: int,
    amount: int,
    out_of_band_amount: int | None,
    reason: str | None,
    memo: str | None,
    metadata: dict[str, str],
) -> Payload:
    paid = invoice["status"] == "paid"
    return {
        **nulls("customer_account customer_balance_transaction shipping_cost voided_at"),
        "id": id,
        "object": "credit_note",
        "amount": amount,
        "amount_shipping": 0,
        "created": created,
        "currency": invoice["currency"],
        "customer": invoice["customer"],
        "discount_amount": 0,
        "discount_amounts": [],
        "effective_at": created,
        "invoice": invoice["id"],
        "lines": sublist([_line(line, amount, memo)], f"/v1/credit_notes/{id}/lines"),
        "livemode": False,
        "memo": memo,
        "metadata": metadata,
        "number": f"{invoice['number']}-CN-{id[-2:]}",
        "out_of_band_amount": out_of_band_amount,
        "pdf": f"https://pay.stripe.com/credit_notes/{id}/pdf",
        "post_payment_amount": amount if paid else 0,
        "pre_payment_amount": 0 if paid else amount,
        "pretax_credit_amounts": [],
        "reason": reason,
        "refunds": [],
        "status": "issued",
        "subtotal": amount,
        "subtotal_excluding_tax": amount,
        "total": amount,
        "total_excluding_tax": amount,
        "total_taxes": [],
        "type": "post_payment" if paid else "pre_payment",
    }


def _line(identifier: str, amount: int, memo: str | None) -> Payload:
    return {
        **nulls("invoice_line_item taxes"),
        "id": identifier,
        "object": "credit_note_line_item",
        "amount": amount,
        "description": memo or "Credit",
        "discount_amount": 0,
        "discount_amounts": [],
        "livemode": False,
        "metadata": {},
        "pretax_credit_amounts": [],
        "quantity": 1,
        "tax_rates": [],
        "type": "custom_line_item",
        "unit_amount": amount,
        "unit_amount_decimal": str(amount),
    }
