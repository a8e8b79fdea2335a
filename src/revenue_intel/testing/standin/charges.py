"""Charges: one per attempt, with its balance transaction."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Unpack

from revenue_intel.testing import events
from revenue_intel.testing.events import Payload
from revenue_intel.testing.standin.balance import BalanceDesk
from revenue_intel.testing.standin.cards import CARDS, Card
from revenue_intel.testing.standin.desk import Page, change
from revenue_intel.testing.standin.faults import missing_resource
from revenue_intel.testing.standin.params import clearable, metadata, moments, text
from revenue_intel.testing.standin.routes import Kinds, Routes, get, listing, post
from revenue_intel.testing.standin.state import snapshot


class ChargeDesk(BalanceDesk):
    """The calls about charges."""

    #: How long an ``automatic_async`` payment waits for its balance transaction.
    balance_delay_seconds: int = 0

    def get_charge(self, charge: str) -> Payload:
        """Return a charge."""
        return self._retrieve("charge", charge)

    def update_charge(self, charge: str, **changes: Any) -> Payload:
        """Change description, receipt_email or metadata."""
        with self._state.turn():
            found = self._state.get("charge", charge)
            previous = change(found, changes)
            if previous:
                self._state.emit("charge.updated", found, previous=previous)
            copy: Payload = snapshot(found)
            return copy

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

    def _payment_method(self, token: str, *, param: str = "payment_method") -> str:
        """Return the payment method of a test token, or the known one of that identifier."""
        known = self._state.notes["payment_method"]
        if token in known:
            return token
        if token not in CARDS:
            raise missing_resource("PaymentMethod", token, param=param)
        identifier = self._state.new_id("payment_method")
        known[identifier] = token
        return identifier

    def _card(self, payload: Payload) -> Card:
        """Return the card of a payment or a charge."""
        return CARDS[self._state.notes["payment_method"][payload["payment_method"]]]

    def _new_charge(self, intent: Payload, *, status: str, email: str | None) -> Payload:
        """Make the charge of an attempt, and name it in the payment."""
        card = self._card(intent)
        details = events.card_details(brand=card.brand, last4=card.last4)
        if card.delayed:
            bank = {"account_type": "checking", "bank_name": "STRIPE TEST BANK", "last4": card.last4}
            details = {"type": "us_bank_account", "us_bank_account": bank}
        charge = self._state.add(
            events.charge(
                id=self._state.new_id("charge"),
                amount=intent["amount"],
                currency=intent["currency"],
                status=status,
                created=self._state.now(),
                payment_intent=intent["id"],
                customer=intent["customer"],
                payment_method=intent["payment_method"],
                metadata=intent["metadata"],
                description=intent["description"],
                email=email or intent["receipt_email"],
                payment_method_details=details,
            )
        )
        intent["latest_charge"] = charge["id"]
        return charge

    def _settle_charge(self, charge: Payload, *, at_once: bool) -> None:
        """Book a captured charge: at once, or later with a ``charge.updated`` that tells of it."""
        if at_once:
            self._book_charge(charge)
        else:
            self._state.later(self.balance_delay_seconds, "_bring_balance", charge=charge["id"])

    def _book_charge(self, charge: Payload) -> None:
        bank = charge["payment_method_details"]["type"] != "card"
        charge["balance_transaction"] = self._book(
            type="payment" if bank else "charge",
            category="charge",
            source=charge,
            amount=charge["amount_captured"],
            currency=charge["currency"],
            fee=None,
            description=charge["description"],
        )["id"]

    def _bring_balance(self, charge: str) -> None:
        found = self._state.get("charge", charge)
        self._book_charge(found)
        self._state.emit("charge.updated", found, previous={"balance_transaction": None})

    KINDS: ClassVar[Kinds] = ("charge",)
    ROUTES: ClassVar[Routes] = (
        listing("/v1/charges", list_charges, customer=text, payment_intent=text, created=moments),
        get("/v1/charges/{id}", get_charge),
        post(
            "/v1/charges/{id}",
            update_charge,
            {"description": clearable, "metadata": metadata, "receipt_email": clearable},
        ),
    )
