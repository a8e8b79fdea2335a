"""PaymentIntents: created, changed, confirmed, cancelled."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Unpack

from revenue_intel.exceptions import UnknownCurrencyError
from revenue_intel.kit.money import normalize_currency
from revenue_intel.testing import events
from revenue_intel.testing.events import Payload
from revenue_intel.testing.standin.attempts import AttemptDesk, unexpected
from revenue_intel.testing.standin.desk import Page, change, cleared, merged
from revenue_intel.testing.standin.faults import ApiFault, wrong_state
from revenue_intel.testing.standin.params import (
    Reader,
    boolean,
    clearable,
    integer,
    mapping,
    metadata,
    moments,
    one_of,
    text,
)
from revenue_intel.testing.standin.routes import Kinds, Routes, get, listing, post
from revenue_intel.testing.standin.state import snapshot

_OPEN = ("requires_payment_method", "requires_confirmation")
_CANCELABLE = (*_OPEN, "requires_action", "requires_capture")
LARGEST_AMOUNT = 99_999_999


def checked_amount(amount: int, *, param: str = "amount") -> int:
    """Return a positive amount that a card can be charged with.

    Raises:
        ApiFault: it is not positive, or has more than eight digits.
    """
    if amount < 1:
        raise ApiFault(
            "This value must be greater than or equal to 1.", code="parameter_invalid_integer", param=param
        )
    if amount > LARGEST_AMOUNT:
        raise ApiFault(f"Amount must be no more than {LARGEST_AMOUNT}", code="amount_too_large", param=param)
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


_CHANGES: dict[str, Reader] = {
    "customer": text,
    "description": clearable,
    "metadata": metadata,
    "payment_method": text,
    "receipt_email": clearable,
    "setup_future_usage": one_of("off_session", "on_session"),
    "shipping": mapping,
    "statement_descriptor": clearable,
    "statement_descriptor_suffix": clearable,
}
_IGNORED = (
    "automatic_payment_methods",
    "confirmation_method",
    "off_session",
    "payment_method_options",
    "payment_method_types",
    "return_url",
)
_CAPTURE = one_of("automatic", "automatic_async", "manual")
_CANCELLATION = one_of("abandoned", "duplicate", "fraudulent", "requested_by_customer")


class PaymentDesk(AttemptDesk):
    """The calls about PaymentIntents."""

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
        with self._state.turn():
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
        with self._state.turn():
            intent = self._state.get("payment_intent", payment_intent)
            if (payment_method or set(changes) - {"metadata", "description"}) and intent[
                "status"
            ] not in _OPEN:
                raise unexpected(intent, "update", *_OPEN)
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
        with self._state.turn():
            intent = self._state.get("payment_intent", payment_intent)
            if intent["status"] not in _OPEN:
                raise unexpected(intent, "confirm", *_OPEN)
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
        with self._state.turn():
            intent = self._state.get("payment_intent", payment_intent)
            if intent["status"] not in _CANCELABLE:
                raise unexpected(intent, "cancel", *_CANCELABLE)
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

    KINDS: ClassVar[Kinds] = ("payment_intent",)
    ROUTES: ClassVar[Routes] = (
        post(
            "/v1/payment_intents",
            create_payment_intent,
            {
                **_CHANGES,
                "amount": integer,
                "capture_method": _CAPTURE,
                "confirm": boolean,
                "currency": text,
            },
            required=("amount", "currency"),
            ignored=_IGNORED,
        ),
        listing("/v1/payment_intents", list_payment_intents, customer=text, created=moments),
        get("/v1/payment_intents/{id}", get_payment_intent),
        post(
            "/v1/payment_intents/{id}",
            update_payment_intent,
            {**_CHANGES, "amount": integer, "currency": text},
            ignored=_IGNORED,
        ),
        post(
            "/v1/payment_intents/{id}/confirm",
            confirm,
            {
                name: reader
                for name, reader in _CHANGES.items()
                if name in ("payment_method", "receipt_email", "setup_future_usage", "shipping")
            },
            ignored=_IGNORED,
        ),
        post("/v1/payment_intents/{id}/cancel", cancel, {"cancellation_reason": _CANCELLATION}),
    )
