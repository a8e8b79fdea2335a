"""The one place that asks what time it is, and the one that reads Stripe's timestamps."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime

from revenue_intel.exceptions import ConfigurationError, UnsupportedShapeError


def now() -> datetime:
    """Return the current instant (aware, UTC)."""
    return timezone.now()


def from_timestamp(value: object) -> datetime:
    """Return Stripe's whole seconds as an aware UTC instant.

    Raises:
        UnsupportedShapeError: ``value`` is not a whole number of seconds in a sane range.
    """
    if isinstance(value, bool) or not isinstance(value, int):
        raise UnsupportedShapeError("A timestamp is missing or not a whole number.")
    try:
        return datetime.fromtimestamp(value, tz=UTC)
    except (OverflowError, OSError, ValueError) as error:
        raise UnsupportedShapeError("A timestamp is out of range.") from error


def zone(name: str) -> ZoneInfo:
    """Return the time zone of that name.

    Raises:
        ConfigurationError: there is no such zone.
    """
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ConfigurationError(f"REVENUE_INTEL_TIME_ZONE: there is no time zone {name!r:.40}.") from error


def parse_instant(text: str, *, zone: ZoneInfo) -> datetime:
    """Return the instant that a person typed: a day (its beginning) or a day and a time, in ``zone`` unless it says.

    Raises:
        ValueError: it is neither.
    """
    try:
        day = parse_date(text)
        instant = parse_datetime(text) if day is None else datetime(day.year, day.month, day.day)  # noqa: DTZ001
    except ValueError as error:  # it is written well, and there is no such day or hour
        raise ValueError(f"{text!r:.40} does not exist: {error}.") from error
    if instant is None:
        raise ValueError(f"{text!r:.40} is neither YYYY-MM-DD nor YYYY-MM-DDTHH:MM.")
    return instant if instant.tzinfo else instant.replace(tzinfo=zone)
