"""What holds for an account at this Stripe, and can be chosen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from revenue_intel.kit.money import normalize_currency

_DAY = 24 * 60 * 60


@dataclass(frozen=True, kw_only=True)
class Terms:
    """The terms of a stand-in; the defaults are Stripe's, but for the waiting that tests do not want.

    Attributes:
        settlement_currency: what the balance is kept in; other currencies are exchanged.
        balance_delay_seconds: how long an ``automatic_async`` payment waits for its balance
            transaction; 0 brings it, with ``charge.updated``, right after the call that paid.
        delayed_seconds: how long a bank debit is under way.
        dispute_fee: minor units of the settlement currency.
        daily_payouts: whether what is available is paid out at midnight, UTC.
        finalize_seconds: how long the invoice of a renewal is a draft.
        retry_days: days after a failed renewal on which it is tried again.
        dunning: what becomes of the subscription when the last of them failed.
        event_days: how long events can be asked for; None means for ever.
    """

    settlement_currency: str = "gbp"
    balance_delay_seconds: int = 0
    delayed_seconds: int = 3 * _DAY
    dispute_fee: int = 2000
    daily_payouts: bool = False
    finalize_seconds: int = 60 * 60
    retry_days: tuple[int, ...] = (3, 8, 15)
    dunning: Literal["cancel", "unpaid"] = "cancel"
    event_days: int | None = 30

    def __post_init__(self) -> None:
        """Write the currency as Stripe does.

        Raises:
            UnknownCurrencyError: it is none.
        """
        object.__setattr__(self, "settlement_currency", normalize_currency(self.settlement_currency))
