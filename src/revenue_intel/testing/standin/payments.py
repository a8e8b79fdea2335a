"""PaymentIntents and charges: created, tried with a card, paid, declined, cancelled."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Unpack

from revenue_intel.exceptions import UnknownCurrencyError
from revenue_intel.kit.money import normalize_currency
from revenue_intel.testing import events
from revenue_intel.testing.events import Payload
from revenue_intel.testing.standin.cards import CARDS, Card, Decline
from revenue_intel.testing.standin.desk import Desk, Page, change, cleared, merged
from revenue_intel.testing.standin.faults import ApiFault, CardDeclined, missing_resource, wrong_state
from revenue_intel.testing.standin.state import snapshot

_OPEN = ("requires_payment_method", "requires_confirmation")
_LARGEST_AMOUNT = 99_999_999


def checked_amount(amount: int, *, param: str = "amount") -> int:
    """Return a positive amount that a card can be charged with.

    Raises:
        ApiFault: it is not positive, or has more than eight digits.
    """
    if amount < 1:
        raise ApiFault(
            "This value must be greater than or equal to 1.", code="parameter_invalid_integer", param=param
        )
    if amount > _LARGEST_AMOUNT:
        raise ApiFault(f"Amount must be no more than {_LARGEST_AMOUNT}", code="amount_too_large", param=param)
    return amount


def checked_currency(currency: str, *, param: str = "currency") -> str:
    """Return the currency in lower case.

    Raises:
        ApiFault: it is not a three-letter code.
    """
    try:
        return normalize_currency(currency)
    except UnknownCurrencyError as problem:
        raise ApiFault(f"Invalid currency: {currency[:20]}", param=param) from problem


class PaymentDesk(Desk):
    """The calls about PaymentIntents and charges."""

    def create_payment_intent(
        self,
        *,
        amount: int,
        currency: str,
        customer: str | None = None,
        metadata: Mapping[str, str] | None = None,
        payment_method: str | None = None,
        confirm: bool = False,
        **fields: Any,
    ) -> Payload:
        """Create a PaymentIntent, and try it at once with ``confirm``.

        ``fields`` are further keys of the object: description, receipt_email, shipping, …

        Raises:
            ApiFault: a parameter is wrong; nothing was created.
            CardDeclined: it was created, tried and declined.
        """
        with self._state.lock:
            if customer is not None:
                self._state.get("customer", customer, param="customer")
            method = self._payment_method(payment_method) if payment_method else None
            if confirm and method is None:
                raise ApiFault(
                    "You must provide a payment method to confirm this PaymentIntent.", param="payment_method"
                )
            identifier = self._state.new_id("payment_intent")
            intent = self._state.add(
                events.payment_intent(
                    id=identifier,
                    amount=checked_amount(amount),
                    currency=checked_currency(currency),
                    status="requires_confirmation" if method else "requires_payment_method",
                    created=self._state.now(),
                    customer=customer,
                    payment_method=method,
                    metadata=merged({}, metadata),
                    client_secret=f"{identifier}_secret_{self._state.new_id('secret')}",
                    **cleared(fields),
                )
            )
            self._state.emit("payment_intent.created", intent)
            if confirm:
                self._try(intent)
            copy: Payload = snapshot(intent)
            return copy

    def get_payment_intent(self, payment_intent: str) -> Payload:
        """Return a PaymentIntent."""
        return self._retrieve("payment_intent", payment_intent)

    def update_payment_intent(
        self, payment_intent: str, *, payment_method: str | None = None, **changes: Any
    ) -> Payload:
        """Change metadata at any time; amount, currency and the rest while it is unpaid."""
        with self._state.lock:
            intent = self._state.get("payment_intent", payment_intent)
            if (payment_method or set(changes) - {"metadata", "description"}) and intent[
                "status"
            ] not in _OPEN:
                raise _unexpected(intent, "update")
            if "amount" in changes:
                checked_amount(changes["amount"])
            if "currency" in changes:
                changes["currency"] = checked_currency(changes["currency"])
            if changes.get("customer"):
                self._state.get("customer", changes["customer"], param="customer")
            if payment_method:
                changes["payment_method"] = self._payment_method(payment_method)
                changes["status"] = "requires_confirmation"
            change(intent, changes)
            copy: Payload = snapshot(intent)
            return copy

    def confirm(self, payment_intent: str, *, payment_method: str | None = None, **changes: Any) -> Payload:
        """Try a PaymentIntent with a card, ``pm_card_visa`` or another of Stripe's test cards.

        Raises:
            CardDeclined: the card was declined; the PaymentIntent waits for another one.
            ApiFault: it is paid or cancelled already, or there is no payment method.
        """
        with self._state.lock:
            intent = self._state.get("payment_intent", payment_intent)
            if intent["status"] not in _OPEN:
                raise _unexpected(intent, "confirm")
            if payment_method:
                changes["payment_method"] = self._payment_method(payment_method)
            elif not intent["payment_method"]:
                raise wrong_state(
                    "You cannot confirm this PaymentIntent because it's missing a payment method.",
                    code="payment_intent_unexpected_state",
                )
            change(intent, changes)
            self._try(intent)
            copy: Payload = snapshot(intent)
            return copy

    def cancel(self, payment_intent: str, *, cancellation_reason: str | None = None) -> Payload:
        """Cancel an unpaid PaymentIntent."""
        with self._state.lock:
            intent = self._state.get("payment_intent", payment_intent)
            if intent["status"] not in _OPEN:
                raise _unexpected(intent, "cancel")
            self._cancel(intent, reason=cancellation_reason)
            copy: Payload = snapshot(intent)
            return copy

    def list_payment_intents(
        self,
        *,
        customer: str | None = None,
        created: Mapping[str, int] | None = None,
        **page: Unpack[Page],
    ) -> Payload:
        """List PaymentIntents, newest first."""
        return self._list("payment_intent", equal={"customer": customer}, created=created, page=page)

    def get_charge(self, charge: str) -> Payload:
        """Return a charge."""
        return self._retrieve("charge", charge)

    def list_charges(
        self,
        *,
        customer: str | None = None,
        payment_intent: str | None = None,
        created: Mapping[str, int] | None = None,
        **page: Unpack[Page],
    ) -> Payload:
        """List charges, newest first: one per attempt."""
        equal = {"customer": customer, "payment_intent": payment_intent}
        return self._list("charge", equal=equal, created=created, page=page)

    def _payment_method(self, token: str) -> str:
        """Return the payment method of a test card's token, or the known one of that identifier."""
        if token in self._state.payment_methods:
            return token
        if token not in CARDS:
            raise missing_resource("PaymentMethod", token, param="payment_method")
        identifier = self._state.new_id("payment_method")
        self._state.payment_methods[identifier] = token
        return identifier

    def _cancel(self, intent: Payload, *, reason: str | None) -> None:
        change(
            intent,
            {"status": "canceled", "canceled_at": self._state.now(), "cancellation_reason": reason},
        )
        self._state.emit("payment_intent.canceled", intent)

    def _try(self, intent: Payload, *, email: str | None = None) -> None:
        """Charge the card of a PaymentIntent."""
        card = CARDS[self._state.payment_methods[intent["payment_method"]]]
        charge = events.charge(
            id=self._state.new_id("charge"),
            amount=intent["amount"],
            currency=intent["currency"],
            status="failed" if card.decline else "succeeded",
            created=self._state.now(),
            payment_intent=intent["id"],
            customer=intent["customer"],
            payment_method=intent["payment_method"],
            metadata=intent["metadata"],
            description=intent["description"],
            email=email or intent["receipt_email"],
            payment_method_details=events.card_details(brand=card.brand, last4=card.last4),
        )
        self._state.add(charge)
        intent["latest_charge"] = charge["id"]
        if card.decline is not None:
            self._decline(intent, charge, card, card.decline)
        intent.update(status="succeeded", amount_received=intent["amount"], last_payment_error=None)
        self._state.emit("charge.succeeded", charge)
        self._state.emit("payment_intent.succeeded", intent)

    def _decline(self, intent: Payload, charge: Payload, card: Card, decline: Decline) -> None:
        charge.update(failure_code=decline.code, failure_message=decline.message)
        charge["outcome"]["reason"] = decline.decline_code
        error = {
            "charge": charge["id"],
            "code": decline.code,
            "decline_code": decline.decline_code,
            "message": decline.message,
            "payment_method": {
                "id": intent["payment_method"],
                "object": "payment_method",
                "card": {"brand": card.brand, "last4": card.last4},
                "type": "card",
            },
        }
        intent.update(
            status="requires_payment_method",
            payment_method=None,
            last_payment_error={**error, "type": "card_error"},
        )
        self._state.emit("charge.failed", charge)
        self._state.emit("payment_intent.payment_failed", intent)
        more = {key: value for key, value in error.items() if key not in ("code", "message")}
        raise CardDeclined(
            decline.message,
            status=402,
            kind="card_error",
            code=decline.code,
            replayable=True,
            payment_intent=snapshot(intent),
            **more,
        )


def _unexpected(intent: Payload, verb: str) -> ApiFault:
    return wrong_state(
        f"You cannot {verb} this PaymentIntent because it has a status of {intent['status']}. "
        f"Only a PaymentIntent with one of the following statuses can be used here: {', '.join(_OPEN)}.",
        code="payment_intent_unexpected_state",
    )
