"""Payouts: what is available goes to the bank, once a day or on demand."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Unpack

from revenue_intel.testing.events import Payload
from revenue_intel.testing.payloads import nulls
from revenue_intel.testing.standin.balance import BalanceDesk
from revenue_intel.testing.standin.desk import Page, within
from revenue_intel.testing.standin.faults import wrong_state
from revenue_intel.testing.standin.params import moments, one_of
from revenue_intel.testing.standin.routes import Kinds, Routes, get, listing, post
from revenue_intel.testing.standin.state import snapshot

_DAY = 24 * 60 * 60
_DAYS_UNDER_WAY = 2
_STATUSES = ("canceled", "failed", "in_transit", "paid", "pending")


class PayoutDesk(BalanceDesk):
    """The calls about payouts, and what banks do to them."""

    def pay_out(self) -> Payload:
        """Make the automatic payout of a day over all that is available and was not paid out.

        Raises:
            ApiFault: nothing is available, or less than nothing.
        """
        with self._state.turn():
            rows = self._available()
            total = sum(row["net"] for row in rows)
            if total <= 0:
                raise wrong_state("You have insufficient funds in your account.", code="balance_insufficient")
            now, currency = self._state.now(), self._state.terms.settlement_currency
            payout = self._state.add(
                {
                    **nulls("application_fee application_fee_amount failure_balance_transaction"),
                    **nulls("failure_code failure_message original_payout payout_method reversed_by"),
                    **nulls("statement_descriptor"),
                    "id": self._state.new_id("payout"),
                    "object": "payout",
                    "amount": total,
                    "arrival_date": now + _DAYS_UNDER_WAY * _DAY,
                    "automatic": True,
                    "balance_transaction": None,
                    "created": now,
                    "currency": currency,
                    "description": "STRIPE PAYOUT",
                    "destination": None,
                    "livemode": False,
                    "metadata": {},
                    "method": "standard",
                    "reconciliation_status": "completed",
                    "source_type": "card",
                    "status": "in_transit",
                    "trace_id": {"status": "pending", "value": None},
                    "type": "bank_account",
                }
            )
            booked = self._book(type="payout", source=payout, amount=-total, currency=currency)
            booked.update(status="available", available_on=now)
            payout["balance_transaction"] = booked["id"]
            members = [row["id"] for row in rows]
            self._state.notes["payout"][payout["id"]] = [*members, booked["id"]]
            self._state.notes["paid_out"].update(dict.fromkeys([*members, booked["id"]], True))
            self._state.emit("payout.created", payout)
            self._state.later(_DAYS_UNDER_WAY * _DAY, "_arrive", payout=payout["id"])
            copy: Payload = snapshot(payout)
            return copy

    def fail_payout(self, payout: str) -> Payload:
        """Let the bank send a payout back, also one that had arrived; the money is available again."""
        with self._state.turn():
            found = self._state.get("payout", payout)
            if found["status"] not in ("in_transit", "paid"):
                raise wrong_state(f"A payout with status {found['status']} cannot fail.")
            back = self._book(
                type="payout_failure", source=found, amount=found["amount"], currency=found["currency"]
            )
            back["status"] = "available"
            found.update(
                status="failed",
                failure_balance_transaction=back["id"],
                failure_code="account_closed",
                failure_message="The bank account has been closed.",
            )
            self._state.emit("payout.failed", found)
            copy: Payload = snapshot(found)
            return copy

    def get_payout(self, payout: str) -> Payload:
        """Return a payout."""
        return self._retrieve("payout", payout)

    def list_payouts(
        self,
        *,
        status: str | None = None,
        created: Mapping[str, int] | None = None,
        arrival_date: Mapping[str, int] | None = None,
        **page: Unpack[Page],
    ) -> Payload:
        """List payouts, newest first."""
        among = None
        if arrival_date is not None:
            rows = self._state.objects["payout"].values()
            among = [row["id"] for row in rows if within(row["arrival_date"], arrival_date)]
        return self._list("payout", equal={"status": status}, created=created, page=page, among=among)

    def _available(self) -> list[Payload]:
        gone = self._state.notes["paid_out"]
        return [
            row
            for row in self._state.objects["balance_transaction"].values()
            if row["status"] == "available" and row["id"] not in gone
        ]

    def _pay_out_today(self) -> None:
        """Pay out if there is anything, and come back tomorrow."""
        self._state.later(_DAY, "_pay_out_today")
        if sum(row["net"] for row in self._available()) > 0:
            self.pay_out()

    def _arrive(self, payout: str) -> None:
        found = self._state.get("payout", payout)
        if found["status"] == "in_transit":
            found.update(status="paid", trace_id={"status": "supported", "value": "STANDIN"})
            self._state.emit("payout.paid", found)

    KINDS: ClassVar[Kinds] = ("payout",)
    ROUTES: ClassVar[Routes] = (
        listing(
            "/v1/payouts",
            list_payouts,
            status=one_of(*_STATUSES),
            created=moments,
            arrival_date=moments,
        ),
        get("/v1/payouts/{id}", get_payout),
        post("/_standin/payouts", pay_out),
        post("/_standin/payouts/{id}/fail", fail_payout),
    )
