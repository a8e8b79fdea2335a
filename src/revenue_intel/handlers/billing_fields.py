"""Fields that only billing objects have: signed amounts, switches, words of a closed list, decimals, instants."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from revenue_intel.exceptions import UnsupportedShapeError
from revenue_intel.handlers import fields

#: Stripe's prices have at most twelve decimals.
MAX_DECIMALS: Final = 12


def signed_minor(source: Mapping[str, Any], key: str) -> int:
    """Return an amount in minor units that may be below zero, as a total with a credit in it may.

    Raises:
        UnsupportedShapeError: it is missing or no whole number.
    """
    value = source.get(key)
    if isinstance(value, bool) or not isinstance(value, int) or abs(value) >= fields.MAX_MINOR:
        raise UnsupportedShapeError(f"{key} is not an amount in minor units.")
    return value


def optional_minor(source: Mapping[str, Any], key: str) -> int:
    """Return an amount in minor units; 0 where it is missing or null.

    Raises:
        UnsupportedShapeError: it is something else.
    """
    return 0 if source.get(key) is None else fields.minor(source, key)


def whole(source: Mapping[str, Any], key: str, *, least: int, most: int) -> int:
    """Return a whole number between two bounds.

    Raises:
        UnsupportedShapeError: it is missing, no whole number, or out of bounds.
    """
    value = source.get(key)
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise UnsupportedShapeError(f"{key} is not a whole number from {least} to {most}.")
    return value


def flag(source: Mapping[str, Any], key: str) -> bool:
    """Return a switch; off where it is missing or null.

    Raises:
        UnsupportedShapeError: it is neither on nor off.
    """
    value = source.get(key)
    if value is not None and not isinstance(value, bool):
        raise UnsupportedShapeError(f"{key} is neither true nor false.")
    return bool(value)


def word(source: Mapping[str, Any], key: str, *, known: Collection[str]) -> str:
    """Return a word of a closed list: its meaning decides numbers, so a new one is not guessed at.

    Raises:
        UnsupportedShapeError: it is missing, or a word that we do not know.
    """
    value = fields.text(source, key)
    if value not in known:
        raise UnsupportedShapeError(f"{key} is {value!r:.40}, which is not known.")
    return value


def decimal(source: Mapping[str, Any], key: str) -> Decimal:
    """Return a decimal that is not below zero, written as a text or a number.

    Raises:
        UnsupportedShapeError: it is missing or no such number.
    """
    value = source.get(key)
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise UnsupportedShapeError(f"{key} is not a decimal.")
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        raise UnsupportedShapeError(f"{key} is not a decimal.") from None
    exponent = number.as_tuple().exponent
    if not isinstance(exponent, int) or exponent < -MAX_DECIMALS or not 0 <= number < fields.MAX_MINOR:
        raise UnsupportedShapeError(f"{key} is not a decimal.")
    return number


def optional_timestamp(source: Mapping[str, Any], key: str) -> datetime | None:
    """Return an instant; None where it is missing or null.

    Raises:
        UnsupportedShapeError: it is no timestamp.
    """
    return None if source.get(key) is None else fields.timestamp(source, key)


def is_truncated(sublist: Mapping[str, Any]) -> bool:
    """Say whether Stripe sent only the first page of an embedded list.

    Raises:
        UnsupportedShapeError: it does not say so either way.
    """
    if not isinstance(sublist.get("has_more"), bool):
        raise UnsupportedShapeError("A list does not say whether there is more.")
    return bool(sublist["has_more"])
