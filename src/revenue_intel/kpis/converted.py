"""All currencies in one, at the host's rates (K4): each day's money at the rate of the day on which it moved.

An amount of one currency, day and number is rounded half up to the reporting currency's minor unit, once. A day
with money and without a rate is an error row, and the numbers it belongs to are None: never a sum that leaves
something out, and never a rate of 1. Money that is in the reporting currency already needs no rate.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import Any, Final

from django.utils.module_loading import import_string

from revenue_intel.conf import settings as conf
from revenue_intel.exceptions import ConfigurationError, InvalidWindowError
from revenue_intel.kit.money import exponent, normalize_currency, to_major
from revenue_intel.kpis.known import check_known
from revenue_intel.kpis.questions import Question, Scope
from revenue_intel.kpis.reading import read_days
from revenue_intel.kpis.service import read_currencies
from revenue_intel.kpis.snapshot import one_snapshot
from revenue_intel.kpis.totals import Totals

#: ``rate(currency, day)``: what one major unit of a currency was worth that day in the reporting currency.
Rate = Callable[[str, date], Decimal | None]

#: Ours, because the host's context may have fewer digits than an amount times a rate.
ROOMY: Final = Context(prec=64)

#: The numbers that add up over days and currencies, and how each is read from a day.
NUMBERS: Final[dict[str, Callable[[Totals], int]]] = {
    "revenue": lambda day: day.revenue_minor,
    "tax": lambda day: day.tax_minor,
    "shipping": lambda day: day.shipping_minor,
    "refunded_amount": lambda day: day.refunds_minor,
    "disputes_net": lambda day: day.disputes_minor,
    "credit_notes": lambda day: day.credited_minor,
}


@dataclass(frozen=True, kw_only=True)
class MissingRate:
    """A day on which money of a currency moved, for which the host gives no rate."""

    currency: str
    day: date


@dataclass(frozen=True, kw_only=True)
class Converted:
    """Money of all currencies, in minor units of ``currency``; None where a rate for it is missing."""

    currency: str
    currencies: tuple[str, ...]
    values: dict[str, int | None]
    errors: tuple[MissingRate, ...]


def compute_converted(question: Question) -> Converted:
    """Return the money of a question's window, mode and account, all currencies in the reporting currency.

    Time grows with the currencies and the days of the window. The rates are always those that the host gives now.

    Raises:
        InvalidWindowError: no reporting currency is set.
        ConfigurationError: the rates cannot be read, or one is no positive ``Decimal``.
    """
    if not conf.REPORTING_CURRENCY:
        raise InvalidWindowError(
            "There is no reporting currency: REVENUE_INTEL_REPORTING_CURRENCY is not set."
        )
    target, rate = normalize_currency(conf.REPORTING_CURRENCY), load_rate()
    sums = dict.fromkeys(NUMBERS, 0)
    errors: list[MissingRate] = []
    unknown: set[str] = set()
    with one_snapshot():
        check_known(question.known_at)
        currencies = read_currencies(question)
        for currency in currencies:
            for day, moved in _moved(question, currency):
                worth = Decimal(1) if currency == target else rate_of(rate, currency, day)
                if worth is None:
                    errors.append(MissingRate(currency=currency, day=day))
                    unknown.update(moved)
                    continue
                for name, amount_minor in moved.items():
                    sums[name] += convert(amount_minor, currency, worth, target)
    return Converted(
        currency=target,
        currencies=currencies,
        values={name: None if name in unknown else total for name, total in sums.items()},
        errors=tuple(errors),
    )


def _moved(question: Question, currency: str) -> list[tuple[date, dict[str, int]]]:
    """Return what is not 0 of each day of the window."""
    scope = Scope(currency=currency, livemode=question.scope.livemode, account=question.scope.account)
    read = read_days(replace(question, scope=scope))
    days = [(day, read.totals(first=day, last=day)) for day in question.window.dates()]
    found = [
        (day, {name: amount for name, number in NUMBERS.items() if (amount := number(totals))})
        for day, totals in days
    ]
    return [(day, moved) for day, moved in found if moved]


def load_rate() -> Rate:
    """Return the host's function.

    Raises:
        ConfigurationError: there is none at the path.
    """
    try:
        found = import_string(conf.EXCHANGE_RATES)
    except (ImportError, AttributeError, TypeError, ValueError) as error:
        raise ConfigurationError("REVENUE_INTEL_EXCHANGE_RATES cannot be imported.") from error
    if not callable(found):
        raise ConfigurationError("REVENUE_INTEL_EXCHANGE_RATES is no function.")
    rate: Rate = found
    return rate


def rate_of(rate: Rate, currency: str, day: date) -> Decimal | None:
    """Return the host's rate of a day, None where it has none.

    Raises:
        ConfigurationError: it is no positive ``Decimal``.
    """
    worth: Any = rate(currency, day)
    if worth is not None and not (isinstance(worth, Decimal) and worth.is_finite() and worth > 0):
        raise ConfigurationError(
            f"The rate of {currency} on {day} is {worth!r:.40}, and no positive Decimal."
        )
    known: Decimal | None = worth
    return known


def convert(amount_minor: int, currency: str, worth: Decimal, target: str) -> int:
    """Return an amount in minor units of ``target``, half up.

    >>> convert(1000, "jpy", Decimal("0.0052"), "gbp"), convert(-101, "usd", Decimal("0.5"), "gbp")
    (520, -51)
    """
    scaled = ROOMY.scaleb(ROOMY.multiply(to_major(amount_minor, currency), worth), exponent(target))
    return int(scaled.quantize(Decimal(1), rounding=ROUND_HALF_UP, context=ROOMY))
