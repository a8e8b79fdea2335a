"""Read fields of Stripe objects by key presence. What cannot be read is an error, never a silent null."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from revenue_intel.exceptions import UnknownCurrencyError, UnsupportedShapeError
from revenue_intel.kit import clock, money

#: Stripe takes at most twelve digits; more is no amount.
MAX_MINOR: Final = 10**15
MAX_TEXT: Final = 255
MAX_RATE: Final = 10**9
RATE_STEP: Final = Decimal("1e-12")


def text(source: Mapping[str, Any], key: str) -> str:
    """Return a text field; empty where it is missing or null.

    Raises:
        UnsupportedShapeError: it is no text, too long, or holds control characters.
    """
    value = source.get(key)
    if value is None:
        return ""
    if not isinstance(value, str) or len(value) > MAX_TEXT or not value.isprintable():
        raise UnsupportedShapeError(f"{key} is not a short text.")
    return value


def required_text(source: Mapping[str, Any], key: str) -> str:
    """Return a text field.

    Raises:
        UnsupportedShapeError: it is missing or empty, or no short text.
    """
    value = text(source, key)
    if not value:
        raise UnsupportedShapeError(f"{key} is missing.")
    return value


def required_id(source: Mapping[str, Any]) -> str:
    """Return the object's own id.

    Raises:
        UnsupportedShapeError: it has none.
    """
    return required_text(source, "id")


def id_of(source: Mapping[str, Any], key: str) -> str:
    """Return the id of a related object, be it given as an id or expanded; empty where there is none.

    Raises:
        UnsupportedShapeError: it is neither, or the expanded object has no id.
    """
    value = source.get(key)
    return required_id(value) if isinstance(value, Mapping) else text(source, key)


def minor(source: Mapping[str, Any], key: str) -> int:
    """Return an amount in minor units.

    Raises:
        UnsupportedShapeError: it is missing, negative or no whole number.
    """
    value = source.get(key)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < MAX_MINOR:
        raise UnsupportedShapeError(f"{key} is not an amount in minor units.")
    return value


def signed_minor(source: Mapping[str, Any], key: str) -> int:
    """Return an amount in minor units that may be negative.

    Raises:
        UnsupportedShapeError: it is missing or no whole number.
    """
    value = source.get(key)
    if isinstance(value, bool) or not isinstance(value, int) or not -MAX_MINOR < value < MAX_MINOR:
        raise UnsupportedShapeError(f"{key} is not an amount in minor units.")
    return value


def flag(source: Mapping[str, Any], key: str) -> bool:
    """Return a yes or no.

    Raises:
        UnsupportedShapeError: it is missing or something else.
    """
    value = source.get(key)
    if not isinstance(value, bool):
        raise UnsupportedShapeError(f"{key} is neither true nor false.")
    return value


def rate(source: Mapping[str, Any], key: str) -> Decimal | None:
    """Return an exchange rate, with twelve decimals; None where it is missing or null.

    Raises:
        UnsupportedShapeError: it is no number, or none that can be a rate.
    """
    value = source.get(key)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < MAX_RATE:
        raise UnsupportedShapeError(f"{key} is not an exchange rate.")
    return Decimal(str(value)).quantize(RATE_STEP)


def currency(source: Mapping[str, Any]) -> str:
    """Return the currency of the object, lower-case.

    Raises:
        UnknownCurrencyError: it has none.
    """
    try:
        return money.normalize_currency(source.get("currency"))
    except UnknownCurrencyError:  # its message quotes the value, and nobody knows what that is
        raise UnknownCurrencyError("currency is not a three-letter code.") from None


def timestamp(source: Mapping[str, Any], key: str) -> datetime:
    """Return an instant.

    Raises:
        UnsupportedShapeError: it is missing or no timestamp.
    """
    return clock.from_timestamp(source.get(key))


def mapping(source: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    """Return an object inside the object; empty where it is missing or null.

    Raises:
        UnsupportedShapeError: it is something else.
    """
    value = source.get(key)
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise UnsupportedShapeError(f"{key} is not an object.")
    return value


def items(source: Mapping[str, Any], key: str) -> Sequence[Mapping[str, Any]]:
    """Return the objects of an embedded list; empty where it is missing or null.

    Raises:
        UnsupportedShapeError: it is no list of objects.
    """
    value = source.get(key)
    if value is None:
        return ()
    if not isinstance(value, list) or not all(isinstance(item, Mapping) for item in value):
        raise UnsupportedShapeError(f"{key} is not a list of objects.")
    return value
