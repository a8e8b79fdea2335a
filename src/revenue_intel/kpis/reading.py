"""Read the days of a question: closed ones from their rollups, the others from the facts. Always exact."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Final
from zoneinfo import ZoneInfo

from revenue_intel.conf import settings as conf
from revenue_intel.facts.models import DirtyDay
from revenue_intel.kit.periods import Window, day_of
from revenue_intel.kpis.counting import BY_LAG, PLAIN, count_days
from revenue_intel.kpis.databases import analytics_alias, analytics_connection, rows_of
from revenue_intel.kpis.lags import LONGEST_WINDOW, WIDTH, count_at
from revenue_intel.kpis.local_days import LocalDays, day_from, number_of
from revenue_intel.kpis.models import DayRollup
from revenue_intel.kpis.questions import Question, Scope, inside
from revenue_intel.kpis.totals import Totals

#: A day's numbers, in their order.
NAMES: Final = (*PLAIN, *BY_LAG)
#: The one count that a window needs of each text: the one at the day's lag, or the last there is. How long a text
#: is, a database knows only once it has unpacked all of it, and most reach as far as the lag.
AT_LAG: Final = ", ".join(
    "COALESCE(NULLIF(SUBSTR(r.{name}, (r.number - {start}) * {width} + 1, {width}), ''),"
    " SUBSTR(r.{name}, LENGTH(r.{name}) - {width} + 1, {width}))".format(
        name=f"{name}_by_lag",
        start="(CASE WHEN r.number >= %(start)s THEN %(start)s ELSE %(before)s END)",
        width=WIDTH,
    )
    for name in BY_LAG
)


@dataclass(frozen=True, kw_only=True)
class DaysRead:
    """The days of a question's two windows.

    ``days`` holds each day's ``NAMES`` as its window counts them, by day number. ``missing`` are closed days
    of the window that were never worked out ahead, ``dirty`` those whose rollup no longer holds; both were
    read from the facts.
    """

    days: dict[int, tuple[int, ...]]
    missing: tuple[date, ...]
    dirty: tuple[date, ...]

    def totals(self, *, first: date, last: date) -> Totals:
        """Return the sums from one day to another: a window of the question's."""
        days = [self.days[number] for number in range(number_of(first), number_of(last) + 1)]
        return Totals(**dict(zip(NAMES, map(sum, zip(*days, strict=True)), strict=True)))


def read_days(question: Question) -> DaysRead:
    """Read both windows of a question; ``one_snapshot`` is the caller's."""
    window = question.window
    first, last = number_of(window.previous.first_day), number_of(window.last_day)
    stored = dict(_read_stored(question, first, last)) if is_kept(question) else {}
    wanted = [number for number in range(first, last + 1) if number not in stored]
    start, today = number_of(window.first_day), number_of(question.today)
    days = stored | dict(_read_live(question, wanted))
    is_kept_ahead = question.known_at is None  # what was worked out by then, nobody knows
    closed = [number for number in wanted if is_kept_ahead and start <= number < today]
    dirty = _find_dirty_among(question, closed) if is_kept(question) else set()
    return DaysRead(
        days=days,
        missing=tuple(day_from(number) for number in closed if number not in dirty),
        dirty=tuple(day_from(number) for number in closed if number in dirty),
    )


def is_kept(question: Question) -> bool:
    """Say whether days were worked out for such a question: for the configured zone, windows of a year, and now."""
    if question.known_at is not None:
        return False
    return question.window.zone.key == conf.TIME_ZONE and question.window.days <= LONGEST_WINDOW


def _read_stored(question: Question, first: int, last: int) -> Iterator[tuple[int, tuple[int, ...]]]:
    """Yield the days whose rollup holds."""
    window = Window(days=last - first + 1, last_day=day_from(last), zone=question.window.zone)
    connection = analytics_connection()
    quote, adapt = connection.ops.quote_name, connection.ops.adapt_datetimefield_value
    days = LocalDays(vendor=connection.vendor, zone=window.zone, first=window.first_day, last=window.last_day)
    for number, *values in rows_of(
        f"""
        SELECT r.number, {", ".join(f"r.{name}" for name in PLAIN)}, {AT_LAG}
        FROM {quote(DayRollup._meta.db_table)} r
        WHERE r.currency = %(currency)s AND r.livemode = %(livemode)s AND r.account = %(account)s
          AND r.number BETWEEN %(first)s AND %(last)s AND r.zone = %(zone)s
          AND r.number NOT IN (
            SELECT {days.number("d.at")} FROM {quote(DirtyDay._meta.db_table)} d
            WHERE d.currency = %(currency)s AND d.livemode = %(livemode)s AND d.account = %(account)s
              AND d.at >= %(from)s AND d.at < %(until)s
          )
        """,  # noqa: S608 - names of our own columns
        {
            **question.scope.filters,
            "first": first,
            "last": last,
            "from": adapt(window.start),
            "until": adapt(window.end),
            "zone": window.zone.key,
            "start": number_of(question.window.first_day),
            "before": first,
        },
    ):
        yield number, tuple([int(value or 0) for value in values])


def _find_dirty_among(question: Question, numbers: list[int]) -> set[int]:
    """Return those of the days, in rising order, that are marked."""
    if not numbers:
        return set()
    return find_dirty(
        question.scope,
        first=day_from(numbers[0]),
        last=day_from(numbers[-1]),
        zone=question.window.zone,
        using=analytics_alias(),
    )


def find_dirty(scope: Scope, *, first: date, last: date, zone: ZoneInfo, using: str) -> set[int]:
    """Return the numbers of the days from ``first`` to ``last`` that are marked."""
    window = Window(days=(last - first).days + 1, last_day=last, zone=zone)
    marks = (
        DirtyDay.objects.using(using)
        .filter(inside(window, "at"), **scope.filters)
        .values_list("at", flat=True)
    )
    return {number_of(day_of(at, zone)) for at in marks}


def _read_live(question: Question, numbers: list[int]) -> Iterator[tuple[int, tuple[int, ...]]]:
    """Yield days from the facts, as the question's windows count them."""
    window = question.window
    start, before = number_of(window.first_day), number_of(window.previous.first_day)
    for first, last in runs(numbers):
        counted = count_days(
            [question.scope],
            first=day_from(first),
            last=day_from(last),
            zone=window.zone,
            longest=max(window.days, LONGEST_WINDOW),
            known_at=question.known_at,
        )
        for number, day in counted[question.scope.currency].items():
            lag = number - (start if number >= start else before)
            by_lag = (count_at(day.by_lag[name], lag) for name in BY_LAG)
            yield number, (*(day.plain[name] for name in PLAIN), *by_lag)


def runs(numbers: Iterable[int]) -> list[tuple[int, int]]:
    """Return rising numbers as (first, last) of each unbroken run.

    >>> runs([1, 2, 3, 7, 9, 10])
    [(1, 3), (7, 7), (9, 10)]
    """
    found: list[tuple[int, int]] = []
    for number in numbers:
        if found and found[-1][1] == number - 1:
            found[-1] = (found[-1][0], number)
        else:
            found.append((number, number))
    return found
