"""Attempts to pay a PaymentIntent: paid at once, reserved, asked for more, days later, or declined."""

from __future__ import annotations

from typing import ClassVar

from revenue_intel.testing.events import Payload
from revenue_intel.testing.standin.cards import Card, Decline
from revenue_intel.testing.standin.charges import ChargeDesk
from revenue_intel.testing.standin.desk import change
from revenue_intel.testing.standin.faults import ApiFault, CardDeclined, wrong_state
from revenue_intel.testing.standin.params import integer
from revenue_intel.testing.standin.routes import Routes, post
from revenue_intel.testing.standin.state import snapshot

_DAY = 24 * 60 * 60
#: How long a card's money stays reserved for a capture.
RESERVED_SECONDS = 7 * _DAY
_NO_FUNDS = Decline(
    code="insufficient_funds",
    message="The customer's account has insufficient funds to cover this payment.",
    decline_code="insufficient_funds",
)

_NOT_YOU = Decline(
    code="payment_intent_authentication_failure",
    message="The provided payment method has failed authentication.",
    decline_code="authentication_required",
)


class AttemptDesk(ChargeDesk):
    """What banks do with payments, and the calls that drive them."""

    #: How long a bank debit takes, unless it is settled or failed before.
    delayed_seconds: int = 3 * _DAY

    def capture(self, payment_intent: str, *, amount_to_capture: int | None = None) -> Payload:
        """Take the reserved money, or a part of it; the rest is let go."""
        with self._state.turn():
            intent = self._expected(payment_intent, "requires_capture", "capture")
            amount = intent["amount"] if amount_to_capture is None else amount_to_capture
            if not 1 <= amount <= intent["amount_capturable"]:
                raise wrong_state(
                    "The payment could not be captured because the requested capture amount is greater "
                    "than the amount you can capture for this charge.",
                    code="amount_too_large",
                    param="amount_to_capture",
                )
            charge = self._state.get("charge", intent["latest_charge"])
            charge.update(captured=True, amount_captured=amount)
            intent.update(status="succeeded", amount_capturable=0, amount_received=amount)
            self._settle_charge(charge, at_once=True)
            self._state.emit("charge.captured", charge)
            self._state.emit("payment_intent.succeeded", intent)
            copy: Payload = snapshot(intent)
            return copy

    def authenticate(self, payment_intent: str) -> Payload:
        """Do what a customer does who passes 3-D Secure."""
        with self._state.turn():
            intent = self._expected(payment_intent, "requires_action", "authenticate")
            self._state.notes["authenticated"][payment_intent] = True
            self._try(intent)
            self._concluded(intent)
            copy: Payload = snapshot(intent)
            return copy

    def settle_payment(self, payment_intent: str) -> Payload:
        """Let a bank debit that is under way come in now."""
        with self._state.turn():
            intent = self._expected(payment_intent, "processing", "settle")
            charge = self._state.get("charge", intent["latest_charge"])
            charge.update(
                status="succeeded", paid=True, captured=True, amount_captured=charge["amount"], outcome=None
            )
            self._pay(intent, charge)
            self._concluded(intent)
            copy: Payload = snapshot(intent)
            return copy

    def fail_payment(self, payment_intent: str) -> Payload:
        """Let a bank debit that is under way fail now, or a customer fail 3-D Secure."""
        with self._state.turn():
            intent = self._state.get("payment_intent", payment_intent)
            if intent["status"] == "requires_action":
                self._decline(intent, self._new_charge(intent, status="failed", email=None), _NOT_YOU)
            else:
                self._expected(payment_intent, "processing", "fail")
                charge = self._state.get("charge", intent["latest_charge"])
                charge["status"] = "failed"
                self._decline(intent, charge, self._card(intent).decline or _NO_FUNDS)
            self._concluded(intent)
            copy: Payload = snapshot(intent)
            return copy

    def _try(self, intent: Payload, *, email: str | None = None) -> None:
        """Charge the card of a PaymentIntent; a bank account is only asked, and answers days later."""
        card = self._card(intent)
        if card.asks and intent["id"] not in self._state.notes["authenticated"]:
            intent.update(status="requires_action", next_action={"type": "use_stripe_sdk"})
            self._state.emit("payment_intent.requires_action", intent)
        elif card.delayed:
            charge = self._new_charge(intent, status="pending", email=email)
            intent.update(status="processing", last_payment_error=None)
            self._state.emit("charge.pending", charge)
            self._state.emit("payment_intent.processing", intent)
            self._state.later(self.delayed_seconds, "_answer", charge=charge["id"])
        elif card.decline is not None:
            charge = self._new_charge(intent, status="failed", email=email)
            self._decline(intent, charge, card.decline)
            raise _card_error(intent, card.decline)
        else:
            self._pay(intent, self._new_charge(intent, status="succeeded", email=email))

    def _pay(self, intent: Payload, charge: Payload) -> None:
        """Let the money of a PaymentIntent come in, or only be reserved."""
        intent.update(last_payment_error=None, next_action=None)
        if intent["capture_method"] == "manual":
            charge.update(captured=False, amount_captured=0)
            intent.update(status="requires_capture", amount_capturable=intent["amount"])
            self._state.emit("charge.succeeded", charge)
            self._state.emit("payment_intent.amount_capturable_updated", intent)
            self._state.later(RESERVED_SECONDS, "_lapse", payment_intent=intent["id"])
            return
        intent.update(status="succeeded", amount_received=intent["amount"])
        self._settle_charge(charge, at_once=intent["capture_method"] == "automatic")
        self._state.emit("charge.succeeded", charge)
        self._state.emit("payment_intent.succeeded", intent)

    def _decline(self, intent: Payload, charge: Payload, decline: Decline) -> None:
        """Let an attempt fail; the payment waits for another payment method."""
        charge.update(failure_code=decline.code, failure_message=decline.message)
        charge["outcome"]["reason"] = decline.decline_code
        card = self._card(charge)
        kind = charge["payment_method_details"]["type"]
        method = {"id": intent["payment_method"], "object": "payment_method", "type": kind}
        intent.update(
            status="requires_payment_method",
            payment_method=None,
            next_action=None,
            last_payment_error={
                "charge": charge["id"],
                "code": decline.code,
                "decline_code": decline.decline_code,
                "message": decline.message,
                "payment_method": {**method, kind: _shown(card)},
                "type": "card_error",
            },
        )
        self._state.emit("charge.failed", charge)
        self._state.emit("payment_intent.payment_failed", intent)

    def _concluded(self, intent: Payload) -> None:
        """Hear how an attempt ended that was not decided at once; whoever waits for it adds to this."""

    def _answer(self, charge: str) -> None:
        """Let a bank answer, unless somebody else did."""
        asked = self._state.get("charge", charge)
        if asked["status"] == "pending":
            answer = self.fail_payment if self._card(asked).decline else self.settle_payment
            answer(asked["payment_intent"])

    def _lapse(self, payment_intent: str) -> None:
        """Let reserved money go that nobody took in time."""
        intent = self._state.get("payment_intent", payment_intent)
        if intent["status"] == "requires_capture":
            self._state.emit("charge.expired", self._state.get("charge", intent["latest_charge"]))
            self._cancel(intent, reason="expired")

    def _cancel(self, intent: Payload, *, reason: str | None) -> None:
        now = self._state.now()
        change(intent, {"status": "canceled", "canceled_at": now, "cancellation_reason": reason})
        intent.update(amount_capturable=0, next_action=None)
        self._state.emit("payment_intent.canceled", intent)

    def _expected(self, payment_intent: str, status: str, verb: str) -> Payload:
        intent = self._state.get("payment_intent", payment_intent)
        if intent["status"] != status:
            raise unexpected(intent, verb, status)
        return intent

    ROUTES: ClassVar[Routes] = (
        post("/v1/payment_intents/{id}/capture", capture, {"amount_to_capture": integer}),
        post("/_standin/payment_intents/{id}/authenticate", authenticate),
        post("/_standin/payment_intents/{id}/settle", settle_payment),
        post("/_standin/payment_intents/{id}/fail", fail_payment),
    )


def _shown(card: Card) -> Payload:
    if card.delayed:
        return {"bank_name": "STRIPE TEST BANK", "last4": card.last4}
    return {"brand": card.brand, "last4": card.last4}


def _card_error(intent: Payload, decline: Decline) -> CardDeclined:
    """Return the answer to the caller whose card was declined."""
    error = intent["last_payment_error"]
    more = {key: value for key, value in error.items() if key not in ("code", "message", "type")}
    return CardDeclined(
        decline.message,
        status=402,
        kind="card_error",
        code=decline.code,
        replayable=True,
        payment_intent=snapshot(intent),
        **more,
    )


def unexpected(intent: Payload, verb: str, *allowed: str) -> ApiFault:
    """The PaymentIntent is not in one of the statuses that allow this."""
    return wrong_state(
        f"You cannot {verb} this PaymentIntent because it has a status of {intent['status']}. "
        f"Only a PaymentIntent with one of the following statuses can be used here: {', '.join(allowed)}.",
        code="payment_intent_unexpected_state",
    )
