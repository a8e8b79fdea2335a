"""Balance transactions: what each movement of money does to the account, its fee and its currency.

The account settles in one currency. What comes in another one is exchanged at a fixed rate, and a
successful payment costs 1.5 % of the settled amount and 20 minor units; nothing else costs a fee, but
disputes do (see :mod:`~revenue_intel.testing.standin.disputes`). No refund brings a fee back.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import ClassVar, Unpack

from revenue_intel.kit.money import to_major
from revenue_intel.testing.events import Payload
from revenue_intel.testing.standin.desk import Desk, Page
from revenue_intel.testing.standin.params import moments, text
from revenue_intel.testing.standin.routes import Kinds, Routes, get, listing

FEE_RATE = Decimal("0.015")
FEE_FIXED = 20
#: Major units of a currency for one pound; others are exchanged one to one.
POUND_BUYS = {
    "gbp": Decimal(1),
    "eur": Decimal("1.16"),
    "usd": Decimal("1.25"),
    "jpy": Decimal(190),
    "kwd": Decimal("0.4"),
}
_DAYS_TO_AVAILABLE = 2
_DAY = 24 * 60 * 60


def payment_fee(settled: int) -> int:
    """Return what a payment costs, in minor units of the settlement currency."""
    return whole(settled * FEE_RATE) + FEE_FIXED


def whole(amount: Decimal) -> int:
    """Round to minor units, halves away from zero."""
    return int(amount.quantize(Decimal(1), rounding=ROUND_HALF_UP))


def exchange_rate(currency: str, into: str) -> Decimal:
    """Return what a minor unit of a currency is worth, in minor units of another one."""
    rate = POUND_BUYS.get(into, Decimal(1)) / POUND_BUYS.get(currency, Decimal(1))
    scale = to_major(1, currency) / to_major(1, into)
    return (rate * scale).quantize(Decimal("0.000001"))


class BalanceDesk(Desk):
    """The calls about balance transactions, and the booking of them."""

    #: What the account is paid out in.
    settlement_currency: str = "gbp"

    def get_balance_transaction(self, balance_transaction: str) -> Payload:
        """Return a balance transaction."""
        return self._retrieve("balance_transaction", balance_transaction)

    def list_balance_transactions(
        self,
        *,
        created: Mapping[str, int] | None = None,
        currency: str | None = None,
        payout: str | None = None,
        source: str | None = None,
        type: str | None = None,  # noqa: A002 - Stripe's own parameter
        **page: Unpack[Page],
    ) -> Payload:
        """List balance transactions, newest first; ``payout`` names one that was made automatically."""
        equal = {"currency": currency, "source": source, "type": type}
        paid_out = None if payout is None else self._state.notes["payout"].get(payout, [])
        return self._list("balance_transaction", equal=equal, created=created, page=page, among=paid_out)

    def _book(
        self,
        *,
        type: str,  # noqa: A002 - Stripe's own key
        source: Payload,
        amount: int,
        currency: str,
        category: str | None = None,
        fee: int | None = 0,
        description: str | None = None,
    ) -> Payload:
        """Keep a balance transaction over a signed amount of ``source``.

        ``fee`` is in the settlement currency; None means that of a payment.
        """
        into, now = self.settlement_currency, self._state.now()
        rate = None if currency == into else exchange_rate(currency, into)
        settled = amount if rate is None else whole(amount * rate)
        cost = payment_fee(settled) if fee is None else fee
        details = {"amount": cost, "application": None, "currency": into, "type": "stripe_fee"}
        booked = self._state.add(
            {
                "id": self._state.new_id("balance_transaction"),
                "object": "balance_transaction",
                "amount": settled,
                "available_on": now + _DAYS_TO_AVAILABLE * _DAY,
                "balance_type": "payments",
                "created": now,
                "currency": into,
                "description": description,
                "exchange_rate": None if rate is None else float(rate),
                "fee": cost,
                "fee_details": [{**details, "description": "Stripe processing fees"}] if cost else [],
                "net": settled - cost,
                "reporting_category": category or type,
                "source": source["id"],
                "status": "pending",
                "type": type,
            }
        )
        self._state.later(_DAYS_TO_AVAILABLE * _DAY, "_make_available", balance_transaction=booked["id"])
        return booked

    def _make_available(self, balance_transaction: str) -> None:
        self._state.get("balance_transaction", balance_transaction)["status"] = "available"

    KINDS: ClassVar[Kinds] = ("balance_transaction",)
    ROUTES: ClassVar[Routes] = (
        listing(
            "/v1/balance_transactions",
            list_balance_transactions,
            created=moments,
            currency=text,
            payout=text,
            source=text,
            type=text,
        ),
        get("/v1/balance_transactions/{id}", get_balance_transaction),
    )
