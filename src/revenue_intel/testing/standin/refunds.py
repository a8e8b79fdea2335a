"""Refunds: whole and part, pending, failed after the fact, cancelled."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Unpack

from revenue_intel.kit.money import to_major
from revenue_intel.testing import events
from revenue_intel.testing.events import Payload
from revenue_intel.testing.standin.charges import ChargeDesk
from revenue_intel.testing.standin.desk import Page, change, merged
from revenue_intel.testing.standin.faults import ApiFault, wrong_state
from revenue_intel.testing.standin.params import Reader, integer, metadata, moments, one_of, text
from revenue_intel.testing.standin.payments import checked_amount
from revenue_intel.testing.standin.routes import Kinds, Routes, get, listing, post
from revenue_intel.testing.standin.state import snapshot

_METADATA: dict[str, Reader] = {"metadata": metadata}


class RefundDesk(ChargeDesk):
    """The calls about refunds, and what banks do to them."""

    def refund(
        self,
        *,
        payment_intent: str | None = None,
        charge: str | None = None,
        amount: int | None = None,
        reason: str | None = None,
        metadata: Mapping[str, str] | None = None,
        status: str | None = None,
    ) -> Payload:
        """Refund a payment, all that is left of it unless an amount is given.

        Args:
            payment_intent: the payment; this or ``charge``.
            charge: the charge.
            amount: minor units of the charge's currency.
            reason: duplicate, fraudulent or requested_by_customer.
            metadata: as everywhere.
            status: what the refund starts as: succeeded, pending or requires_action; by default what
                the test card says. Not a parameter of Stripe's: only for callers in the same process.

        Raises:
            ApiFault: there is nothing to refund, or less than the amount.
        """
        with self._state.turn():
            paid = self._refundable(payment_intent=payment_intent, charge=charge)
            self._refuse_disputed(paid)
            wanted = _refund_amount(paid, amount)
            card = self._card(paid)
            refund = self._state.add(
                events.refund(
                    id=self._state.new_id("refund"),
                    amount=wanted,
                    currency=paid["currency"],
                    status=status or card.refund_status,
                    created=self._state.now(),
                    charge=paid["id"],
                    payment_intent=paid["payment_intent"],
                    customer=paid["customer"],
                    payment_method=paid["payment_method"],
                    reason=reason,
                    metadata=merged({}, metadata),
                )
            )
            if refund["status"] == "succeeded":
                self._book_refund(refund)
            return self._made(refund, paid, fails=card.refund_fails)

    def _made(self, refund: Payload, charge: Payload, *, fails: bool) -> Payload:
        """Tell of a new refund, and return it as it was before it failed."""
        self._state.emit("refund.created", refund)
        previous = self._move_refunded(charge, refund["amount"])
        self._state.emit("charge.refunded", charge, previous=previous)
        answer: Payload = snapshot(refund)
        if fails:
            self.fail_refund(refund["id"])
        return answer

    def settle_refund(self, refund: str) -> Payload:
        """Let a pending refund, or one that waits for the customer, succeed."""
        with self._state.turn():
            found = self._in_state(refund, ("pending", "requires_action"), "settled")
            self._book_refund(found)
            self._turn(found, "succeeded")
            copy: Payload = snapshot(found)
            return copy

    def fail_refund(self, refund: str, *, reason: str = "unknown") -> Payload:
        """Let a refund fail, also one that had succeeded: the bank sent the money back.

        The amount can be refunded again: it no longer counts in the charge's ``amount_refunded``.
        If it had left the balance, it comes back there. Stripe sends ``refund.updated``,
        ``charge.refund.updated`` and ``refund.failed``.
        """
        with self._state.turn():
            found = self._in_state(refund, ("succeeded", "pending", "requires_action"), "failed")
            found.update(failure_reason=reason, failure_balance_transaction=self._book_failure(found))
            self._turn(found, "failed")
            self._state.emit("refund.failed", found)
            copy: Payload = snapshot(found)
            return copy

    def cancel_refund(self, refund: str) -> Payload:
        """Cancel a refund that waits for the customer; Stripe cancels no others."""
        with self._state.turn():
            found = self._in_state(refund, ("requires_action",), "canceled")
            self._turn(found, "canceled")
            copy: Payload = snapshot(found)
            return copy

    def get_refund(self, refund: str) -> Payload:
        """Return a refund."""
        return self._retrieve("refund", refund)

    def update_refund(self, refund: str, *, metadata: Mapping[str, str] | None = None) -> Payload:
        """Change the metadata; Stripe lets nothing else be changed."""
        with self._state.turn():
            found = self._state.get("refund", refund)
            previous = change(found, {"metadata": metadata or {}})
            if previous:
                self._tell(found, previous)
            copy: Payload = snapshot(found)
            return copy

    def list_refunds(
        self,
        *,
        payment_intent: str | None = None,
        charge: str | None = None,
        created: Mapping[str, int] | None = None,
        **page: Unpack[Page],
    ) -> Payload:
        """List refunds, newest first."""
        equal = {"payment_intent": payment_intent, "charge": charge}
        return self._list("refund", equal=equal, created=created, page=page)

    def _refuse_disputed(self, charge: Payload) -> None:
        for dispute in self._state.objects["dispute"].values():
            if dispute["charge"] == charge["id"] and not dispute["is_charge_refundable"]:
                raise wrong_state(
                    f"Charge {charge['id']} has been charged back; cannot issue a refund.",
                    code="charge_disputed",
                )

    def _refundable(self, *, payment_intent: str | None, charge: str | None) -> Payload:
        if charge is not None:
            paid = self._state.get("charge", charge, param="charge")
            if payment_intent is not None and paid["payment_intent"] != payment_intent:
                raise ApiFault("The charge does not belong to the payment_intent.", param="charge")
            if not paid["paid"]:
                raise wrong_state(f"Charge {charge} was not successful and cannot be refunded.")
            return paid
        if payment_intent is None:
            raise ApiFault(
                "One of the following params should be provided for this request: payment_intent or charge.",
                code="parameter_missing",
            )
        intent = self._state.get("payment_intent", payment_intent, param="payment_intent")
        if intent["status"] != "succeeded":
            raise wrong_state(
                f"This PaymentIntent ({payment_intent}) does not have a successful charge to refund."
            )
        return self._state.get("charge", intent["latest_charge"])

    def _in_state(self, refund: str, allowed: tuple[str, ...], verb: str) -> Payload:
        found = self._state.get("refund", refund)
        if found["status"] not in allowed:
            raise wrong_state(f"A refund with status {found['status']} cannot be {verb}.")
        return found

    def _turn(self, refund: Payload, status: str) -> None:
        """Give a refund another status and tell of it."""
        previous: dict[str, Any] = {"status": refund["status"]}
        refund["status"] = status
        if "pending_reason" in refund:
            previous["pending_reason"] = refund.pop("pending_reason")
        if status in ("failed", "canceled"):
            self._move_refunded(self._state.get("charge", refund["charge"]), -refund["amount"])
        self._tell(refund, previous)

    def _tell(self, refund: Payload, previous: Mapping[str, Any]) -> None:
        """Tell of a change, under the newer name and the older one."""
        self._state.emit("refund.updated", refund, previous=previous)
        self._state.emit("charge.refund.updated", refund, previous=previous)

    def _book_refund(self, refund: Payload) -> None:
        """Take the money of a refund from the balance."""
        bank = refund["destination_details"]["type"] != "card"
        refund["balance_transaction"] = self._book(
            type="payment_refund" if bank else "refund",
            category="refund",
            source=refund,
            amount=-refund["amount"],
            currency=refund["currency"],
        )["id"]

    def _book_failure(self, refund: Payload) -> str | None:
        """Give the money of a refund back to the balance, if it had left it."""
        if refund["balance_transaction"] is None:
            return None
        booked = self._book(
            type="refund_failure",
            source=refund,
            amount=refund["amount"],
            currency=refund["currency"],
        )
        identifier: str = booked["id"]
        return identifier

    def _move_refunded(self, charge: Payload, amount: int) -> dict[str, Any]:
        total = charge["amount_refunded"] + amount
        return change(charge, {"amount_refunded": total, "refunded": total == charge["amount_captured"]})

    KINDS: ClassVar[Kinds] = ("refund",)
    ROUTES: ClassVar[Routes] = (
        post(
            "/v1/refunds",
            refund,
            {
                **_METADATA,
                "amount": integer,
                "charge": text,
                "payment_intent": text,
                "reason": one_of("duplicate", "fraudulent", "requested_by_customer"),
            },
        ),
        listing("/v1/refunds", list_refunds, payment_intent=text, charge=text, created=moments),
        get("/v1/refunds/{id}", get_refund),
        post("/v1/refunds/{id}", update_refund, _METADATA),
        post("/v1/refunds/{id}/cancel", cancel_refund),
        post("/_standin/refunds/{id}/settle", settle_refund),
        post("/_standin/refunds/{id}/fail", fail_refund, {"reason": text}),
    )


def _refund_amount(charge: Payload, amount: int | None) -> int:
    """Return what to refund: the amount wanted, or all that is left."""
    left: int = charge["amount_captured"] - charge["amount_refunded"]
    if left == 0:
        raise wrong_state(f"Charge {charge['id']} has already been refunded.", code="charge_already_refunded")
    wanted = left if amount is None else checked_amount(amount)
    if wanted > left:
        currency = charge["currency"]
        raise wrong_state(
            f"Refund amount ({to_major(wanted, currency)} {currency.upper()}) is greater than "
            f"unrefunded amount on charge ({to_major(left, currency)} {currency.upper()})",
            param="amount",
        )
    return wanted
