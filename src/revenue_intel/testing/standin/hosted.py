"""The hosted page over HTTP: shows a session and takes the visitor's decision."""

from __future__ import annotations

from revenue_intel.testing.events import Payload
from revenue_intel.testing.standin import page
from revenue_intel.testing.standin.answers import Answer, Request
from revenue_intel.testing.standin.api import Api
from revenue_intel.testing.standin.faults import ApiFault, CardDeclined
from revenue_intel.testing.standin.forms import decode
from revenue_intel.testing.standin.params import clearable
from revenue_intel.testing.standin.urls import after_payment

#: Where the page of a session is.
PREFIX = "/c/pay/"

_CARDS = {
    "pay": "pm_card_visa",
    "later": "pm_usBankAccount_success",
    "bounce": "pm_usBankAccount_insufficientFunds",
    "decline": "pm_card_chargeDeclined",
}
# No form-action: browsers apply it to the redirect after the form too, which leads to the shop.
_HEADERS = {
    "Content-Type": "text/html; charset=utf-8",
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


class HostedPage:
    """The page of every session."""

    def __init__(self, *, api: Api) -> None:
        """Show the sessions of ``api``."""
        self._api = api

    def answer(self, request: Request) -> Answer:
        """Show a session, or try to pay it; never twice."""
        try:
            session = self._api.get_checkout_session(request.path.removeprefix(PREFIX))
            if request.method not in ("GET", "POST"):
                return _html(405, page.notice_page("Not like this", "Open this page, or press a button."))
            if request.method == "GET" or session["status"] != "open":
                return self._show(session)
            return self._decide(session, request.body)
        except ApiFault as fault:
            title = "No such checkout" if fault.status == 404 else "That did not work"
            return _html(fault.status, page.notice_page(title, str(fault)))

    def _show(self, session: Payload, *, problem: str = "", status: int = 200) -> Answer:
        if session["status"] != "open":
            return _html(200, page.ended_page(session))
        items = self._api.list_checkout_session_line_items(session["id"], limit=100)["data"]
        return _html(status, page.checkout_page(session, items, problem=problem))

    def _decide(self, session: Payload, body: bytes) -> Answer:
        form = decode(body)
        action = clearable("action", form.get("action", ""))
        if action == "abandon":
            return self._abandon(session)
        card = _CARDS.get(action)
        if card is None:
            return self._show(session, problem="Press one of the buttons.", status=400)
        email = clearable("email", form.get("email", "")).strip()
        try:
            paid = self._api.pay_checkout_session(session["id"], email=email[:254], payment_method=card)
        except CardDeclined as declined:
            return self._show(
                self._api.get_checkout_session(session["id"]), problem=str(declined), status=402
            )
        return _redirect(after_payment(paid["success_url"], paid["id"]))

    def _abandon(self, session: Payload) -> Answer:
        ended = self._api.expire_checkout_session(session["id"])
        return _redirect(ended["cancel_url"]) if ended["cancel_url"] else self._show(ended)


def _redirect(address: str) -> Answer:
    return Answer(status=303, body=b"", headers={"Location": address, "Cache-Control": "no-store"})


def _html(status: int, text: str) -> Answer:
    return Answer(status=status, body=text.encode(), headers=dict(_HEADERS))
