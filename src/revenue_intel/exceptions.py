"""Everything that can go wrong, as one tree.

The first line of a class's docstring is its default message; ``code`` is stable and
may be shown to people and machines. This module knows neither HTTP nor DRF:
``api/errors.py`` maps errors to status codes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar


class RevenueIntelError(Exception):
    """Something went wrong in revenue-intel."""

    code: ClassVar[str] = "error"

    def __init__(self, message: str | None = None) -> None:
        """Keep ``message``, or the first docstring line where none is given."""
        super().__init__(message or (self.__doc__ or "").strip().splitlines()[0])


class ConfigurationError(RevenueIntelError):
    """A setting is missing or wrong."""

    code = "configuration"


class SignatureError(RevenueIntelError):
    """The webhook signature could not be verified."""

    code = "signature"


class MalformedEventError(RevenueIntelError):
    """The verified body is not a Stripe event."""

    code = "malformed_event"


class EventPrunedError(RevenueIntelError):
    """The event's body has been dropped; it cannot be applied again from here."""

    code = "event_pruned"


class UnsupportedShapeError(RevenueIntelError):
    """A Stripe object lacks a field that its meaning depends on."""

    code = "unsupported_shape"


class UnknownCurrencyError(RevenueIntelError):
    """The currency is not a three-letter code."""

    code = "unknown_currency"


class InexactAmountError(RevenueIntelError):
    """The amount has more decimals than its currency allows."""

    code = "inexact_amount"


class OrderNotFoundError(RevenueIntelError):
    """There is no such order."""

    code = "order_not_found"


class CustomerNotFoundError(RevenueIntelError):
    """Nobody is known by any of these names."""

    code = "customer_not_found"


class IllegalTransitionError(RevenueIntelError):
    """The order's state does not allow this."""

    code = "illegal_transition"


class InvalidOrderError(RevenueIntelError):
    """The order's quantities or amounts cannot be true, or do not add up."""

    code = "invalid_order"


class InvalidInstantError(RevenueIntelError):
    """The instant has no time zone, or is one at which this cannot have happened."""

    code = "invalid_instant"


class LedgerConflictError(RevenueIntelError):
    """The same money was reported with two different amounts."""

    code = "ledger_conflict"


class PaymentMismatchError(RevenueIntelError):
    """The payment's amount, currency, mode or account is not the order's."""

    code = "payment_mismatch"


class PaymentGatewayError(RevenueIntelError):
    """Stripe could not be reached or refused the request."""

    code = "payment_gateway"


class PaymentRefusedError(PaymentGatewayError):
    """Stripe refused the request; nothing was done."""

    code = "payment_refused"


class GatewayUnreachableError(PaymentGatewayError):
    """Stripe could not be reached; the same request may succeed later."""

    code = "gateway_unreachable"


class RateLimitedError(GatewayUnreachableError):
    """Stripe asks to be called less often."""

    code = "rate_limited"

    def __init__(self, message: str | None = None, *, retry_after_seconds: float | None = None) -> None:
        """Carry how long Stripe asks to wait, where it says."""
        super().__init__(message)
        self.retry_after_seconds = retry_after_seconds


class RefundNotPossibleError(RevenueIntelError):
    """The refund is not possible as it was asked for."""

    code = "refund_not_possible"


class InvalidWindowError(RevenueIntelError):
    """The window, day or currency asked for is not valid."""

    code = "invalid_window"


class ContractViolation(RevenueIntelError):
    """The data breaks the contract of its export; nothing was written."""

    code = "contract_violation"


@dataclass(frozen=True, kw_only=True)
class ShortLine:
    """One stock row that has less than an order wants (whole pieces)."""

    label: str
    wanted: int
    available: int


class StockOversellError(RevenueIntelError):
    """There is not enough stock for the order; nothing was taken."""

    code = "stock_oversell"

    def __init__(self, short: Sequence[ShortLine]) -> None:
        """Carry every short line, not only the first."""
        self.short = tuple(short)
        lines = ", ".join(
            f"{line.label}: wanted {line.wanted}, available {line.available}" for line in self.short
        )
        super().__init__(f"There is not enough stock for the order; nothing was taken ({lines}).")


class StockChangedError(RevenueIntelError):
    """The stock row does not hold what it was thought to hold."""

    code = "stock_changed"
