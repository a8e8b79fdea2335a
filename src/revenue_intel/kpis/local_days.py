"""The calendar day of an instant in any zone, in SQL, alike on every database.

A database's own zone data may be of another year than Python's, and SQLite has none: so the
offsets come from ``zoneinfo``, and the database only adds seconds.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

EPOCH: Final = date(1970, 1, 1)
DAY_SECONDS: Final = 86_400


def number_of(day: date) -> int:
    """Return the day counted from 1970-01-01."""
    return (day - EPOCH).days


def day_from(number: int) -> date:
    """Return the day with that number."""
    return EPOCH + timedelta(days=number)


@lru_cache(maxsize=64)
def offsets(zone: ZoneInfo, first_year: int, last_year: int) -> tuple[tuple[int, int], ...]:
    """Return (from second, seconds east of UTC) over some years, latest first; the last holds for all before."""
    first = int(datetime(first_year, 1, 1, tzinfo=UTC).timestamp())
    last = int(datetime(last_year, 12, 31, tzinfo=UTC).timestamp()) + DAY_SECONDS
    found = [(first, _offset(zone, first))]
    for second in range(first, last, DAY_SECONDS):
        until = second + DAY_SECONDS
        if _offset(zone, until) != found[-1][1]:
            low, high = second, until
            while high - low > 1:
                middle = (low + high) // 2
                low, high = (middle, high) if _offset(zone, middle) == found[-1][1] else (low, middle)
            found.append((high, _offset(zone, high)))
    return tuple(reversed(found))


@dataclass(frozen=True, kw_only=True)
class LocalDays:
    """Writes the SQL of one database for the days of one zone.

    The answers are right from ``first`` on. An instant before may be taken for its neighbour day, which
    matters to nobody who only asks whether it was long ago.
    """

    vendor: str
    zone: ZoneInfo
    first: date
    last: date

    def number(self, column: str) -> str:
        """Return SQL for the number of the local day of a column of instants."""
        if self.vendor == "postgresql":
            return f"(({column} AT TIME ZONE 'UTC' + {self._offset(column)})::date - DATE '{EPOCH}')"
        return f"(({self.seconds(column)} + {self._offset(column)}) / {DAY_SECONDS})"

    def seconds(self, column: str) -> str:
        """Return SQL for the whole seconds since 1970 of a column of instants."""
        if self.vendor == "postgresql":
            # EXTRACT would be exact too, and slower; what a double loses is less than the microsecond that is kept.
            return f"FLOOR(DATE_PART('epoch', {column}))::bigint"
        # Of the text without its fraction: SQLite rounds that to milliseconds, and may so come to the next second.
        return f"CAST(strftime('%%s', SUBSTR({column}, 1, 19)) AS INTEGER)"

    def _offset(self, column: str) -> str:
        """Return SQL for what to add to UTC; the latest days, of which there are most, are found first."""
        *later, (_, earliest) = offsets(self.zone, max(self.first.year, EPOCH.year), self.last.year)
        branches = [
            f"WHEN {column} >= {self._literal(second)} THEN {self._interval(offset)}"
            for second, offset in later
        ]
        if not branches:
            return self._interval(earliest)
        return f"CASE {' '.join(branches)} ELSE {self._interval(earliest)} END"

    def _interval(self, seconds: int) -> str:
        return f"INTERVAL '{seconds} seconds'" if self.vendor == "postgresql" else str(seconds)

    def _literal(self, second: int) -> str:
        text = datetime.fromtimestamp(second, tz=UTC).strftime("%Y-%m-%d %H:%M:%S")
        return f"'{text}+00'::timestamptz" if self.vendor == "postgresql" else f"'{text}'"


def _offset(zone: ZoneInfo, second: int) -> int:
    offset = datetime.fromtimestamp(second, tz=zone).utcoffset()
    return 0 if offset is None else int(offset.total_seconds())
