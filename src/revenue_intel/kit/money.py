"""Minor units: integers with a currency, by Stripe's exponents.

Stripe's table is not ISO's: ISK and UGX are sent with two decimals, MGA with none.
Source: https://docs.stripe.com/currencies
"""

from __future__ import annotations

from decimal import Context, Decimal, Inexact, InvalidOperation, Overflow
from typing import Final

from revenue_intel.exceptions import InexactAmountError, UnknownCurrencyError

ZERO_DECIMAL: Final = frozenset(
    ["bif", "clp", "djf", "gnf", "jpy", "kmf", "krw", "mga", "pyg", "rwf", "vnd", "vuv", "xaf", "xof", "xpf"]
)
THREE_DECIMAL: Final = frozenset(["bhd", "jod", "kwd", "omr", "tnd"])

#: Ours, because the host's context may round: here nothing is rounded, it raises.
EXACT: Final = Context(prec=64, traps=[Inexact, InvalidOperation, Overflow])


def normalize_currency(value: object) -> str:
    """Return the lower-case three-letter code.

    Raises:
        UnknownCurrencyError: ``value`` is not three ASCII letters.
    """
    code = value.strip().lower() if isinstance(value, str) and value.isascii() else ""
    if len(code) != 3 or not code.isalpha():
        raise UnknownCurrencyError(f"{value!r:.40} is not a three-letter currency code.")
    return code


def exponent(currency: str) -> int:
    """Return how many decimals the major unit has at Stripe: 0, 2 or 3."""
    if currency in ZERO_DECIMAL:
        return 0
    return 3 if currency in THREE_DECIMAL else 2


def to_major(amount_minor: int, currency: str) -> Decimal:
    """Return the exact amount in major units, with the currency's decimals.

    >>> str(to_major(1999, "gbp")), str(to_major(500, "jpy"))
    ('19.99', '500')
    """
    return EXACT.scaleb(Decimal(amount_minor), -exponent(currency))


def to_minor(amount: Decimal | int | str, currency: str) -> int:
    """Return the exact amount in minor units.

    >>> to_minor("19.99", "gbp")
    1999

    Raises:
        InexactAmountError: the amount is finer than the currency's minor unit, or no number.
    """
    try:
        minor = EXACT.scaleb(Decimal(amount), exponent(currency))
        whole = int(minor)
    except (ArithmeticError, ValueError) as error:
        raise InexactAmountError(f"{amount!r:.40} is not an amount of money.") from error
    if whole != minor:
        raise InexactAmountError(f"{amount} {currency} is finer than the minor unit of {currency}.")
    return whole
