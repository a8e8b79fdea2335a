"""Windows of calendar days (KPI contract K1).

A window of N days is the last N calendar days in a zone, ``as_of`` included: half-open
``[midnight of the first day, midnight after the last day)``. A day in which the clocks
change has 23 or 25 hours; instants are made from dates, never by adding hours.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo


@dataclass(frozen=True, kw_only=True)
class Window:
    """A run of calendar days in one zone.

    ``start`` is inclusive and ``end`` exclusive, both aware UTC instants.
    """

    days: int
    last_day: date
    zone: ZoneInfo

    @property
    def first_day(self) -> date:
        """The first calendar day inside."""
        return self.last_day - timedelta(days=self.days - 1)

    @property
    def start(self) -> datetime:
        """The instant at which the first day begins."""
        return midnight(self.first_day, self.zone)

    @property
    def end(self) -> datetime:
        """The instant after the last day: the first that is no longer inside."""
        return midnight(self.last_day + timedelta(days=1), self.zone)

    @property
    def previous(self) -> Window:
        """The window of as many days just before."""
        return Window(days=self.days, last_day=self.first_day - timedelta(days=1), zone=self.zone)

    def dates(self) -> list[date]:
        """Return every calendar day inside, oldest first."""
        return [self.first_day + timedelta(days=n) for n in range(self.days)]


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """Return the instant at which ``day`` begins in ``zone``, in UTC."""
    return datetime.combine(day, time.min, tzinfo=zone).astimezone(UTC)


def day_of(instant: datetime, zone: ZoneInfo) -> date:
    """Return the calendar day of ``instant`` in ``zone``."""
    return instant.astimezone(zone).date()
