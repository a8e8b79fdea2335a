"""Minor units: integers with a currency, by Stripe's exponents.

Stripe's table is not ISO's: ISK and UGX are sent with two decimals, MGA with none.
Source: https://docs.stripe.com/currencies
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Context, Decimal, Inexact, InvalidOperation, Overflow
from typing import Final

from revenue_intel.exceptions import InexactAmountError, UnknownCurrencyError

ZERO_DECIMAL: Final = frozenset(
    ["bif", "clp", "djf", "gnf", "jpy", "kmf", "krw", "mga", "pyg", "rwf", "vnd", "vuv", "xaf", "xof", "xpf"]
)
THREE_DECIMAL: Final = frozenset(["bhd", "jod", "kwd", "omr", "tnd"])

#: Ours, because the host's context may round: here nothing is rounded, it raises.
EXACT: Final = Context(prec=64, traps=[Inexact, InvalidOperation, Overflow])

#: Signs of currencies, where everybody reads them alike; else the code stands before the amount.
SIGNS: Final = {"gbp": "£", "eur": "€", "usd": "$", "jpy": "¥"}


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
    return _whole(amount, exponent(currency), f"is finer than the minor unit of {currency}")


def check_minor(amount: Decimal | int | str) -> int:
    """Return an amount that is in minor units already.

    Raises:
        InexactAmountError: it is no whole number.
    """
    return _whole(amount, 0, "is no whole number of minor units")


def money_text(amount_minor: int, currency: str) -> str:
    """Return an amount in major units, with its sign or code.

    >>> money_text(-123456, "gbp"), money_text(500, "chf")
    ('-£1,234.56', 'CHF 5.00')
    """
    sign = SIGNS.get(currency, f"{currency.upper()} ")
    return f"{'-' if amount_minor < 0 else ''}{sign}{abs(to_major(amount_minor, currency)):,}"


def allocate(amount_minor: int, weights: Sequence[int]) -> list[int]:
    """Split an amount in proportion to ``weights`` so that the parts add up to it exactly (largest remainder).

    For a discount, a tax or a shipping fee over the lines of an order. A part is the exact share, rounded down or up
    by less than one minor unit; the units that are left go to the largest remainders, of equal ones to the first.
    Where all weights are 0 the amount is split evenly.

    >>> allocate(100, [1, 1, 1])
    [34, 33, 33]

    Raises:
        ValueError: a weight is negative, or there is an amount and nothing to split it over.
    """
    if any(weight < 0 for weight in weights) or (amount_minor and not weights):
        raise ValueError("An amount is split over weights that are 0 or more, and at least one.")
    if amount_minor < 0:
        return [-part for part in allocate(-amount_minor, weights)]
    shares = list(weights) if any(weights) else [1] * len(weights)
    whole = sum(shares)
    parts = [amount_minor * share // whole for share in shares]
    by_remainder = sorted(range(len(shares)), key=lambda place: -(amount_minor * shares[place] % whole))
    for place in by_remainder[: amount_minor - sum(parts)]:
        parts[place] += 1
    return parts


def _whole(amount: Decimal | int | str, decimals: int, otherwise: str) -> int:
    try:
        minor = EXACT.scaleb(Decimal(amount), decimals)
        whole = int(minor)
    except (ArithmeticError, TypeError, ValueError) as error:
        raise InexactAmountError(f"{amount!r:.40} is not an amount of money.") from error
    if whole != minor:
        raise InexactAmountError(f"{amount!s:.40} {otherwise}.")
    return whole
