"""Invoices: drafted, finalised, paid by card, tried again, voided, written off."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Unpack

from revenue_intel.testing.events import Payload
from revenue_intel.testing.standin import invoice_shapes as shapes
from revenue_intel.testing.standin.desk import Page, cut
from revenue_intel.testing.standin.faults import ApiFault, CardDeclined, wrong_state
from revenue_intel.testing.standin.params import Spec, boolean, moments, nested, one_of, text
from revenue_intel.testing.standin.payments import PaymentDesk
from revenue_intel.testing.standin.routes import Kinds, Routes, get, listing, post
from revenue_intel.testing.standin.state import snapshot

_STATUSES = ("draft", "open", "paid", "uncollectible", "void")
_PAYMENT = Spec(readers={"type": one_of("payment_intent"), "payment_intent": text}, required=("type",))


class InvoiceDesk(PaymentDesk):
    """The calls about invoices and their payments."""

    def get_invoice(self, invoice: str) -> Payload:
        """Return an invoice."""
        return self._retrieve("invoice", invoice)

    def list_invoices(
        self,
        *,
        customer: str | None = None,
        subscription: str | None = None,
        status: str | None = None,
        created: Mapping[str, int] | None = None,
        **page: Unpack[Page],
    ) -> Payload:
        """List invoices, newest first."""
        among = None
        if subscription is not None:
            rows = self._state.objects["invoice"].values()
            among = [row["id"] for row in rows if subscription_of(row) == subscription]
        equal = {"customer": customer, "status": status}
        return self._list("invoice", equal=equal, created=created, page=page, among=among)

    def list_invoice_lines(self, invoice: str, **page: Unpack[Page]) -> Payload:
        """List the lines of an invoice."""
        with self._state.turn():
            rows = self._state.get("invoice", invoice)["lines"]["data"]
            return cut(rows, kind="line_item", url=f"/v1/invoices/{invoice}/lines", page=page)

    def finalize_invoice(self, invoice: str) -> Payload:
        """Finalise a draft; it is not paid yet."""
        with self._state.turn():
            found = self._in_status(invoice, ("draft",), "finalized")
            self._finalize(found)
            copy: Payload = snapshot(found)
            return copy

    def pay_invoice(
        self, invoice: str, *, payment_method: str | None = None, paid_out_of_band: bool = False
    ) -> Payload:
        """Pay an invoice: by card, or outside of Stripe.

        Raises:
            CardDeclined: the card was declined; the invoice stays open.
            ApiFault: it is not open, or there is no card.
        """
        with self._state.turn():
            found = self._in_status(invoice, ("draft", "open", "uncollectible"), "paid")
            if found["status"] == "draft":
                self._finalize(found)
            if found["status"] == "paid":
                pass
            elif paid_out_of_band:
                found["amount_paid_off_stripe"] = found["amount_remaining"]
                self._settle(found)
            else:
                declined = self._attempt(found, payment_method=payment_method)
                if declined is not None:
                    raise declined
            copy: Payload = snapshot(found)
            return copy

    def void_invoice(self, invoice: str) -> Payload:
        """Annul an invoice."""
        return self._end(invoice, "void", "voided_at", "invoice.voided")

    def mark_invoice_uncollectible(self, invoice: str) -> Payload:
        """Write an invoice off; it can still be paid or voided."""
        return self._end(invoice, "uncollectible", "marked_uncollectible_at", "invoice.marked_uncollectible")

    def get_invoice_payment(self, invoice_payment: str) -> Payload:
        """Return the payment of an invoice."""
        return self._retrieve("invoice_payment", invoice_payment)

    def list_invoice_payments(
        self,
        *,
        invoice: str | None = None,
        status: str | None = None,
        payment: Mapping[str, str] | None = None,
        created: Mapping[str, int] | None = None,
        **page: Unpack[Page],
    ) -> Payload:
        """List the payments of invoices, newest first; ``payment`` holds a type and an identifier."""
        equal = {"invoice": invoice, "status": status, "payment": payment}
        return self._list("invoice_payment", equal=equal, created=created, page=page)

    def _draft(self, lines: list[Payload], **facts: Any) -> Payload:
        """Make a draft and tell of it."""
        invoice = self._state.add(
            shapes.invoice(id=self._state.new_id("invoice"), created=self._state.now(), lines=lines, **facts)
        )
        self._state.emit("invoice.created", invoice)
        return invoice

    def _finalize(self, invoice: Payload) -> None:
        """Work out what is due, with the customer's balance; nothing due is paid at once."""
        now, customer = self._state.now(), self._state.get("customer", invoice["customer"])
        balance = invoice["total"] + customer["balance"]
        number = f"{customer['invoice_prefix']}-{customer['next_invoice_sequence']:04}"
        invoice.update(
            status="open",
            number=number,
            effective_at=now,
            starting_balance=customer["balance"],
            ending_balance=min(0, balance),
            amount_due=max(0, balance),
            amount_remaining=max(0, balance),
            automatically_finalizes_at=None,
        )
        invoice["status_transitions"]["finalized_at"] = now
        customer.update(balance=min(0, balance), next_invoice_sequence=customer["next_invoice_sequence"] + 1)
        self._state.emit("invoice.finalized", invoice)
        if invoice["amount_due"] == 0:
            self._settle(invoice)

    def _attempt(self, invoice: Payload, *, payment_method: str | None = None) -> ApiFault | None:
        """Try to collect an open invoice; return what stood in the way."""
        token = payment_method or self._default_method(invoice)
        problem: ApiFault | None = None
        invoice.update(attempted=True, attempt_count=invoice["attempt_count"] + 1)
        intent = self._intent_of(invoice)
        if token is None:
            problem = wrong_state(
                "This customer has no attached payment source or default payment method.",
                code="resource_missing",
            )
        else:
            intent["payment_method"] = self._payment_method(token)
            try:
                self._try(intent)
            except CardDeclined as declined:
                problem = declined
        if intent["status"] == "succeeded":
            self._settle(invoice)
        elif intent["status"] == "requires_action":
            self._state.emit("invoice.payment_action_required", invoice)
        elif problem is not None:
            self._not_collected(invoice)
        return problem

    def _intent_of(self, invoice: Payload) -> Payload:
        """Return the payment of an invoice, which is made at the first attempt."""
        row = self._payment_of(invoice)
        if row is not None:
            return self._state.get("payment_intent", row["payment"]["payment_intent"])
        made = self.create_payment_intent(
            amount=invoice["amount_remaining"],
            currency=invoice["currency"],
            customer=invoice["customer"],
            description=f"Invoice {invoice['number']}",
        )
        row = self._state.add(
            shapes.invoice_payment(
                id=self._state.new_id("invoice_payment"),
                created=self._state.now(),
                invoice=invoice,
                payment_intent=made["id"],
            )
        )
        self._state.notes["payment_of_invoice"][invoice["id"]] = row["id"]
        self._state.notes["invoice_of_payment"][made["id"]] = invoice["id"]
        return self._state.get("payment_intent", made["id"])

    def _settle(self, invoice: Payload) -> None:
        """Let an invoice be paid."""
        now = self._state.now()
        row = self._payment_of(invoice)
        if row is not None and row["status"] == "open" and self._intent_of(invoice)["status"] == "succeeded":
            row.update(status="paid", amount_paid=row["amount_requested"])
            row["status_transitions"]["paid_at"] = now
            self._state.emit("invoice_payment.paid", row)
        invoice.update(
            status="paid",
            amount_paid=invoice["amount_paid"] + invoice["amount_remaining"],
            amount_remaining=0,
            attempted=True,
            next_payment_attempt=None,
        )
        invoice["status_transitions"]["paid_at"] = now
        self._state.emit("invoice.paid", invoice)
        self._state.emit("invoice.payment_succeeded", invoice)
        self._invoice_ended(invoice)

    def _not_collected(self, invoice: Payload) -> None:
        """Tell that an attempt failed."""
        self._state.emit("invoice.payment_failed", invoice)

    def _invoice_ended(self, invoice: Payload) -> None:
        """Hear that nothing more is to be paid on an invoice; whoever made it adds to this."""

    def _default_method(self, invoice: Payload) -> str | None:
        """Return what an invoice is paid with, unless told."""
        customer = self._state.get("customer", invoice["customer"])
        method: str | None = customer["invoice_settings"]["default_payment_method"]
        return method

    def _concluded(self, intent: Payload) -> None:
        """Let an invoice know that its payment came in late, or did not."""
        super()._concluded(intent)
        known = self._state.notes["invoice_of_payment"].get(intent["id"])
        if known is not None:
            invoice = self._state.get("invoice", known)
            decide = self._settle if intent["status"] == "succeeded" else self._not_collected
            if invoice["status"] == "open":
                decide(invoice)

    def _end(self, invoice: str, status: str, moment: str, event_type: str) -> Payload:
        with self._state.turn():
            allowed = ("open", "uncollectible") if status == "void" else ("open",)
            found = self._in_status(invoice, allowed, status)
            found.update(status=status, auto_advance=False, next_payment_attempt=None)
            found["status_transitions"][moment] = self._state.now()
            if status == "void":
                self._withdraw_payments(found)
            self._state.emit(event_type, found)
            self._invoice_ended(found)
            copy: Payload = snapshot(found)
            return copy

    def _withdraw_payments(self, invoice: Payload) -> None:
        """Cancel what was to pay a void invoice."""
        row = self._payment_of(invoice)
        if row is not None and row["status"] == "open":
            row["status"] = "canceled"
            row["status_transitions"]["canceled_at"] = self._state.now()
            self._cancel(self._intent_of(invoice), reason="void_invoice")

    def _payment_of(self, invoice: Payload) -> Payload | None:
        """Return the payment of an invoice, if an attempt made one."""
        known = self._state.notes["payment_of_invoice"].get(invoice["id"])
        return None if known is None else self._state.get("invoice_payment", known)

    def _in_status(self, invoice: str, allowed: tuple[str, ...], verb: str) -> Payload:
        found = self._state.get("invoice", invoice)
        if found["status"] not in allowed:
            raise wrong_state(f"An invoice with status {found['status']} cannot be {verb}.")
        return found

    KINDS: ClassVar[Kinds] = ("invoice", "invoice_payment")
    ROUTES: ClassVar[Routes] = (
        listing(
            "/v1/invoices",
            list_invoices,
            customer=text,
            subscription=text,
            status=one_of(*_STATUSES),
            created=moments,
        ),
        get("/v1/invoices/{id}", get_invoice),
        listing("/v1/invoices/{id}/lines", list_invoice_lines),
        post("/v1/invoices/{id}/finalize", finalize_invoice, ignored=("auto_advance",)),
        post("/v1/invoices/{id}/pay", pay_invoice, {"payment_method": text, "paid_out_of_band": boolean}),
        post("/v1/invoices/{id}/void", void_invoice),
        post("/v1/invoices/{id}/mark_uncollectible", mark_invoice_uncollectible),
        listing(
            "/v1/invoice_payments",
            list_invoice_payments,
            invoice=text,
            status=one_of("open", "paid", "canceled"),
            payment=nested(_PAYMENT),
            created=moments,
        ),
        get("/v1/invoice_payments/{id}", get_invoice_payment),
    )


def subscription_of(invoice: Payload) -> str | None:
    """Return the subscription that made an invoice."""
    details = (invoice["parent"] or {}).get("subscription_details") or {}
    subscription: str | None = details.get("subscription")
    return subscription
