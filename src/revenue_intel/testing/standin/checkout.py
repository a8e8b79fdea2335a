"""Checkout Sessions in payment mode: made by the shop, ended by the visitor on the hosted page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Unpack

from revenue_intel.testing import events
from revenue_intel.testing.events import Payload
from revenue_intel.testing.standin.checkout_params import SESSION
from revenue_intel.testing.standin.desk import Page, cut, merged
from revenue_intel.testing.standin.faults import ApiFault, CardDeclined, missing_param, wrong_state
from revenue_intel.testing.standin.params import moments, one_of, text
from revenue_intel.testing.standin.payments import PaymentDesk, checked_amount, checked_currency
from revenue_intel.testing.standin.routes import Kinds, Routes, get, listing, post
from revenue_intel.testing.standin.state import snapshot

#: Statuses in which the visitor is not done.
_UNDECIDED = ("requires_payment_method", "requires_action")
_SHORTEST = 30 * 60
_LONGEST = 24 * 60 * 60


class CheckoutDesk(PaymentDesk):
    """The calls about Checkout Sessions, and what visitors do with them."""

    def create_checkout_session(
        self,
        *,
        line_items: Sequence[Mapping[str, Any]],
        success_url: str,
        mode: str = "payment",
        customer: str | None = None,
        customer_email: str | None = None,
        payment_intent_data: Mapping[str, Any] | None = None,
        expires_at: int | None = None,
        metadata: Mapping[str, str] | None = None,
        **fields: Any,
    ) -> Payload:
        """Create a session; ``url`` of the answer is the hosted page.

        Args:
            line_items: ``{"price_data": {"currency", "unit_amount", "product_data": {"name"}}, "quantity"}``.
            success_url: where the visitor goes after paying; ``{CHECKOUT_SESSION_ID}`` is filled in.
            mode: only ``payment``.
            customer: an existing customer; this or ``customer_email``.
            customer_email: the address the page is filled with.
            payment_intent_data: ``metadata`` and ``description`` of the PaymentIntent.
            expires_at: Unix seconds, from half an hour to a day ahead; a day when not given.
            metadata: of the session itself, not of the PaymentIntent.
            fields: further keys of the object: cancel_url, client_reference_id, customer_creation, …
        """
        if mode != "payment":
            raise ApiFault("The stand-in speaks mode=payment only.", param="mode")
        with self._state.turn():
            now = self._state.now()
            email = self._known_email(customer, customer_email)
            rows = [self._line_item(position, row) for position, row in enumerate(line_items)]
            session = events.checkout_session(
                id=self._state.new_id("checkout.session"),
                amount_total=_total(rows),
                currency=rows[0]["currency"],
                status="open",
                created=now,
                customer=customer,
                customer_email=customer_email,
                email=email,
                metadata=merged({}, metadata),
                success_url=success_url,
                expires_at=_checked_expiry(expires_at, now),
                **fields,
            )
            return self._opened(session, rows, dict(payment_intent_data or {}))

    def _opened(self, session: Payload, rows: list[Payload], intent_data: Payload) -> Payload:
        """Keep a new session."""
        identifier = session["id"]
        session["url"] = f"{self._state.base_url}/c/pay/{identifier}"
        self._state.add(session)
        self._state.notes["line_items"][identifier] = rows
        self._state.notes["intent_data"][identifier] = intent_data
        self._state.later(session["expires_at"] - session["created"], "_run_out", session=identifier)
        copy: Payload = snapshot(session)
        return copy

    def get_checkout_session(self, session: str) -> Payload:
        """Return a session."""
        return self._retrieve("checkout.session", session)

    def list_checkout_session_line_items(self, session: str, **page: Unpack[Page]) -> Payload:
        """List the line items of a session, in the order of the shop."""
        with self._state.turn():
            self._state.get("checkout.session", session)
            rows = self._state.notes["line_items"][session]
            return cut(rows, kind="item", url=f"/v1/checkout/sessions/{session}/line_items", page=page)

    def list_checkout_sessions(
        self,
        *,
        customer: str | None = None,
        payment_intent: str | None = None,
        status: str | None = None,
        created: Mapping[str, int] | None = None,
        **page: Unpack[Page],
    ) -> Payload:
        """List sessions, newest first."""
        equal = {"customer": customer, "payment_intent": payment_intent, "status": status}
        return self._list("checkout.session", equal=equal, created=created, page=page)

    def expire_checkout_session(self, session: str) -> Payload:
        """Expire an open session, so that nobody can pay with it any more."""
        with self._state.turn():
            found = self._open(session)
            self._expire(found)
            copy: Payload = snapshot(found)
            return copy

    def pay_checkout_session(
        self, session: str, *, email: str | None = None, payment_method: str = "pm_card_visa"
    ) -> Payload:
        """Do what a visitor does who presses *Pay*.

        With a bank debit the session is complete and unpaid; ``async_payment_succeeded`` or
        ``async_payment_failed`` comes when the bank answers. With a card whose bank asks for more it
        stays open until :meth:`authenticate`.

        Raises:
            ApiFault: the session is complete or expired.
            CardDeclined: the test card was declined; the session stays open.
        """
        with self._state.turn():
            found = self._open(session)
            if email and not found["customer_details"]:
                found["customer_details"] = events.customer_details(email=email)
            if found["customer_creation"] == "always" and found["customer"] is None:
                found["customer"] = self._new_customer(found)
            if found["amount_total"]:
                self._charge(found, payment_method)
            self._complete(found)
            copy: Payload = snapshot(found)
            return copy

    def decline_checkout_session(self, session: str, *, email: str | None = None) -> Payload:
        """Do what a visitor does whose card is declined; the session stays open."""
        try:
            self.pay_checkout_session(session, email=email, payment_method="pm_card_chargeDeclined")
        except CardDeclined:
            pass
        return self.get_checkout_session(session)

    def _known_email(self, customer: str | None, customer_email: str | None) -> str | None:
        """Return the address the shop knows already."""
        if customer is None:
            return customer_email
        if customer_email is not None:
            raise ApiFault("You may only specify one of these parameters: customer, customer_email.")
        email: str | None = self._state.get("customer", customer, param="customer")["email"]
        return email

    def _line_item(self, position: int, row: Mapping[str, Any]) -> Payload:
        param = f"line_items[{position}]"
        if "price_data" not in row:
            raise missing_param(f"{param}[price_data]")
        price = row["price_data"]
        amount, quantity = price["unit_amount"], row.get("quantity", 1)
        if amount:
            checked_amount(amount, param=f"{param}[price_data][unit_amount]")
        return events.line_item(
            id=self._state.new_id("item"),
            description=price["product_data"]["name"],
            unit_amount=amount,
            quantity=checked_amount(quantity, param=f"{param}[quantity]"),
            currency=checked_currency(price["currency"], param=f"{param}[price_data][currency]"),
            created=self._state.now(),
            metadata=row.get("metadata"),
        )

    def _charge(self, session: Payload, payment_method: str) -> None:
        """Pay the session's PaymentIntent, which is made at the first attempt."""
        details = session["customer_details"] or {}
        if session["payment_intent"] is None:
            intent = self.create_payment_intent(
                amount=session["amount_total"],
                currency=session["currency"],
                customer=session["customer"],
                **self._state.notes["intent_data"][session["id"]],
            )
            session["payment_intent"] = intent["id"]
        intent = self._state.get("payment_intent", session["payment_intent"])
        intent["payment_method"] = self._payment_method(payment_method)
        self._try(intent, email=details.get("email"))

    def _complete(self, session: Payload) -> None:
        """End a session, unless its bank wants to see the visitor first."""
        status = "no_payment_required"
        if session["payment_intent"] is not None:
            intent = self._state.get("payment_intent", session["payment_intent"])
            if intent["status"] in _UNDECIDED:
                return
            status = "paid" if intent["status"] == "succeeded" else "unpaid"
        session.update(status="complete", payment_status=status, url=None)
        self._state.emit("checkout.session.completed", session)

    def _concluded(self, intent: Payload) -> None:
        """Let a session know that its payment came in late, or did not."""
        super()._concluded(intent)
        for session in self._state.objects["checkout.session"].values():
            if session["payment_intent"] != intent["id"]:
                continue
            if session["status"] == "open":
                self._complete(session)
            elif intent["status"] == "succeeded":
                session["payment_status"] = "paid"
                self._state.emit("checkout.session.async_payment_succeeded", session)
            else:
                self._state.emit("checkout.session.async_payment_failed", session)

    def _new_customer(self, session: Payload) -> str:
        details = session["customer_details"] or {}
        customer = self._state.add(
            events.customer(
                id=self._state.new_id("customer"),
                email=details.get("email"),
                created=self._state.now(),
            )
        )
        self._state.emit("customer.created", customer)
        identifier: str = customer["id"]
        return identifier

    def _open(self, session: str) -> Payload:
        found = self._state.get("checkout.session", session)
        if found["status"] != "open":
            raise wrong_state(
                f'Only Checkout Sessions with a status in ["open"] can be used here. '
                f"Checkout Session {session} has a status of `{found['status']}`."
            )
        return found

    def _run_out(self, session: str) -> None:
        """Let an open session end whose time is over."""
        found = self._state.get("checkout.session", session)
        if found["status"] == "open":
            self._expire(found)

    def _expire(self, session: Payload) -> None:
        session.update(status="expired", url=None)
        if session["payment_intent"] is not None:
            self._cancel(self._state.get("payment_intent", session["payment_intent"]), reason="automatic")
        self._state.emit("checkout.session.expired", session)

    KINDS: ClassVar[Kinds] = ("checkout.session",)
    ROUTES: ClassVar[Routes] = (
        post(
            "/v1/checkout/sessions",
            create_checkout_session,
            SESSION,
            required=("line_items", "mode", "success_url"),
            ignored=("payment_method_types", "payment_method_options"),
        ),
        listing(
            "/v1/checkout/sessions",
            list_checkout_sessions,
            customer=text,
            payment_intent=text,
            status=one_of("complete", "expired", "open"),
            created=moments,
        ),
        get("/v1/checkout/sessions/{id}", get_checkout_session),
        listing("/v1/checkout/sessions/{id}/line_items", list_checkout_session_line_items),
        post("/v1/checkout/sessions/{id}/expire", expire_checkout_session),
    )


def _total(rows: Sequence[Payload]) -> int:
    if not rows:
        raise missing_param("line_items")
    if len({row["currency"] for row in rows}) > 1:
        raise ApiFault("All prices on a Checkout Session must be in the same currency.", param="line_items")
    total = sum(row["amount_total"] for row in rows)
    return checked_amount(total, param="line_items") if total else 0


def _checked_expiry(expires_at: int | None, now: int) -> int:
    if expires_at is None:
        return now + _LONGEST
    if not _SHORTEST <= expires_at - now <= _LONGEST:
        raise ApiFault(
            "The `expires_at` timestamp must be from 30 minutes to 24 hours after the Checkout Session's creation.",
            param="expires_at",
        )
    return expires_at
