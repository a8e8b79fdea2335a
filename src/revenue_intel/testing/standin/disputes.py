"""Disputes: opened by the bank, answered by the shop, won or lost, and what they do to the balance."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Unpack

from revenue_intel.testing.events import Payload
from revenue_intel.testing.standin.charges import ChargeDesk
from revenue_intel.testing.standin.desk import Page, change
from revenue_intel.testing.standin.faults import wrong_state
from revenue_intel.testing.standin.params import boolean, integer, mapping, metadata, moments, text
from revenue_intel.testing.standin.payments import checked_amount
from revenue_intel.testing.standin.routes import Kinds, Routes, get, listing, post
from revenue_intel.testing.standin.state import snapshot

_DAYS_TO_ANSWER = 9
_DAYS_OF_INQUIRY = 120
_DAY = 24 * 60 * 60
_INQUIRY = ("warning_needs_response", "warning_under_review")
_FORMAL = ("needs_response", "under_review")


class DisputeDesk(ChargeDesk):
    """The calls about disputes, and what banks do in them."""

    def open_dispute(
        self,
        charge: str,
        *,
        amount: int | None = None,
        inquiry: bool = False,
        reason: str = "fraudulent",
    ) -> Payload:
        """Let the customer's bank dispute a charge, or inquire about it.

        Args:
            charge: the charge, which must be captured.
            amount: in the charge's currency, also more than was charged; what is not refunded by default.
            inquiry: whether the bank only asks; no money moves then.
            reason: what the customer says.
        """
        with self._state.turn():
            paid = self._state.get("charge", charge, param="charge")
            if not (paid["paid"] and paid["captured"]):
                raise wrong_state(f"Charge {charge} took no money and cannot be disputed.", param="charge")
            now, left = self._state.now(), paid["amount_captured"] - paid["amount_refunded"]
            dispute = self._state.add(
                _dispute(
                    paid,
                    id=self._state.new_id("dispute"),
                    amount=checked_amount(left if amount is None else amount),
                    created=now,
                    inquiry=inquiry,
                    reason=reason,
                )
            )
            paid["disputed"] = True
            if not inquiry:
                self._withdraw(dispute)
            self._state.emit("charge.dispute.created", dispute)
            if dispute["balance_transactions"]:
                self._state.emit("charge.dispute.funds_withdrawn", dispute)
            self._state.later(_DAYS_OF_INQUIRY * _DAY, "_forget_inquiry", dispute=dispute["id"])
            copy: Payload = snapshot(dispute)
            return copy

    def escalate_dispute(self, dispute: str) -> Payload:
        """Turn an inquiry into a formal dispute: the money goes."""
        with self._state.turn():
            found = self._in(dispute, _INQUIRY, "escalated")
            self._turn_to(found, "needs_response")
            found["payment_method_details"]["card"]["case_type"] = "chargeback"
            self._withdraw(found)
            if found["balance_transactions"]:
                self._state.emit("charge.dispute.funds_withdrawn", found)
            copy: Payload = snapshot(found)
            return copy

    def update_dispute(
        self,
        dispute: str,
        *,
        evidence: Mapping[str, Any] | None = None,
        submit: bool = True,
        metadata: Mapping[str, str] | None = None,
    ) -> Payload:
        """Answer with evidence; with ``submit`` the bank begins to look at it."""
        with self._state.turn():
            found = self._in(dispute, (*_INQUIRY, *_FORMAL), "updated")
            previous = change(found, {"metadata": metadata or {}})
            if evidence:
                details = found["evidence_details"]
                previous |= {"evidence": found["evidence"], "evidence_details": dict(details)}
                found["evidence"] = {**found["evidence"], **evidence}
                details.update(has_evidence=True, submission_count=details["submission_count"] + submit)
                if submit and found["status"].endswith("needs_response"):
                    previous["status"] = found["status"]
                    found["status"] = found["status"].replace("needs_response", "under_review")
            if previous:
                self._state.emit("charge.dispute.updated", found, previous=previous)
            copy: Payload = snapshot(found)
            return copy

    def win_dispute(self, dispute: str, *, amount: int | None = None) -> Payload:
        """Let the bank decide for the shop, also after it had decided against it.

        ``amount`` is what comes back, in the dispute's currency; by default all that went. An inquiry
        is only closed. The dispute fee stays paid.
        """
        with self._state.turn():
            found = self._in(dispute, (*_INQUIRY, *_FORMAL, "lost"), "won")
            withdrawn: int = self._state.notes["withdrawn"].get(dispute, 0)
            back = withdrawn if amount is None else checked_amount(amount)
            if back > withdrawn:
                raise wrong_state(f"Only {withdrawn} went for dispute {dispute}.", param="amount")
            self._close(found, "warning_closed" if found["status"] in _INQUIRY else "won")
            if back:
                self._shift(found, back, category="dispute_reversal", fee=0)
                self._state.emit("charge.dispute.funds_reinstated", found)
            copy: Payload = snapshot(found)
            return copy

    def lose_dispute(self, dispute: str) -> Payload:
        """Let the bank decide against the shop, or accept the dispute."""
        with self._state.turn():
            found = self._in(dispute, _FORMAL, "lost")
            self._close(found, "lost")
            copy: Payload = snapshot(found)
            return copy

    def get_dispute(self, dispute: str) -> Payload:
        """Return a dispute."""
        return self._retrieve("dispute", dispute)

    def list_disputes(
        self,
        *,
        charge: str | None = None,
        payment_intent: str | None = None,
        created: Mapping[str, int] | None = None,
        **page: Unpack[Page],
    ) -> Payload:
        """List disputes, newest first."""
        equal = {"charge": charge, "payment_intent": payment_intent}
        return self._list("dispute", equal=equal, created=created, page=page)

    def _in(self, dispute: str, allowed: tuple[str, ...], verb: str) -> Payload:
        found = self._state.get("dispute", dispute)
        if found["status"] not in allowed:
            raise wrong_state(f"A dispute with status {found['status']} cannot be {verb}.")
        return found

    def _turn_to(self, dispute: Payload, status: str) -> None:
        previous = {"status": dispute["status"]}
        dispute["status"] = status
        self._state.emit("charge.dispute.updated", dispute, previous=previous)

    def _close(self, dispute: Payload, status: str) -> None:
        dispute.update(status=status, is_charge_refundable=status in ("won", "warning_closed"))
        self._state.emit("charge.dispute.closed", dispute)

    def _withdraw(self, dispute: Payload) -> None:
        """Take the money and the fee; nothing when all was refunded before."""
        dispute["is_charge_refundable"] = False
        paid = self._state.get("charge", dispute["charge"])
        if paid["refunded"]:
            return
        self._state.notes["withdrawn"][dispute["id"]] = dispute["amount"]
        self._shift(dispute, -dispute["amount"], category="dispute", fee=self._state.terms.dispute_fee)

    def _shift(self, dispute: Payload, amount: int, *, category: str, fee: int) -> None:
        word = "withdrawal" if amount < 0 else "reversal"
        booked = self._book(
            type="adjustment",
            category=category,
            source=dispute,
            amount=amount,
            currency=dispute["currency"],
            fee=fee,
            description=f"Chargeback {word} for {dispute['charge']}",
        )
        dispute["balance_transactions"].append(snapshot(booked))

    def _forget_inquiry(self, dispute: str) -> None:
        found = self._state.get("dispute", dispute)
        if found["status"] in _INQUIRY:
            self._close(found, "warning_closed")

    KINDS: ClassVar[Kinds] = ("dispute",)
    ROUTES: ClassVar[Routes] = (
        listing("/v1/disputes", list_disputes, charge=text, payment_intent=text, created=moments),
        get("/v1/disputes/{id}", get_dispute),
        post(
            "/v1/disputes/{id}",
            update_dispute,
            {"evidence": mapping, "metadata": metadata, "submit": boolean},
        ),
        post("/v1/disputes/{id}/close", lose_dispute),
        post(
            "/_standin/charges/{id}/dispute",
            open_dispute,
            {"amount": integer, "inquiry": boolean, "reason": text},
        ),
        post("/_standin/disputes/{id}/escalate", escalate_dispute),
        post("/_standin/disputes/{id}/win", win_dispute, {"amount": integer}),
        post("/_standin/disputes/{id}/lose", lose_dispute),
    )


def _dispute(
    charge: Payload,
    *,
    id: str,  # noqa: A002 - Stripe's own key
    amount: int,
    created: int,
    inquiry: bool,
    reason: str,
) -> Payload:
    brand = charge["payment_method_details"].get("card", {}).get("brand", "visa")
    card = {"brand": brand, "network_reason_code": "10.4"}
    return {
        "id": id,
        "object": "dispute",
        "amount": amount,
        "balance_transactions": [],
        "charge": charge["id"],
        "created": created,
        "currency": charge["currency"],
        "enhanced_eligibility_types": [],
        "evidence": {},
        "evidence_details": {
            "due_by": created + _DAYS_TO_ANSWER * _DAY,
            "enhanced_eligibility": {},
            "has_evidence": False,
            "past_due": False,
            "submission_count": 0,
            "submission_method": None,
        },
        "intended_submission_method": None,
        "is_charge_refundable": inquiry,
        "livemode": False,
        "metadata": {},
        "network_reason_code": "10.4",
        "payment_intent": charge["payment_intent"],
        "payment_method_details": {
            "card": {**card, "case_type": "inquiry" if inquiry else "chargeback"},
            "type": "card",
        },
        "reason": reason,
        "status": "warning_needs_response" if inquiry else "needs_response",
    }
