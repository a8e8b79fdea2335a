"""Read the days of a question: closed ones from their rollups, the others from the facts. Always exact."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from zoneinfo import ZoneInfo

from revenue_intel.conf import settings as conf
from revenue_intel.facts.models import DirtyDay
from revenue_intel.kit.periods import Window, day_of
from revenue_intel.kpis.counting import BY_LAG, PLAIN, count_days
from revenue_intel.kpis.databases import analytics_alias, analytics_connection
from revenue_intel.kpis.lags import LONGEST_WINDOW, WIDTH, count_at
from revenue_intel.kpis.local_days import day_from, number_of
from revenue_intel.kpis.models import DayRollup
from revenue_intel.kpis.questions import Question, Scope, inside
from revenue_intel.kpis.totals import Totals

#: The one count that a window needs of each text: the one at the day's lag, or the last there is.
AT_LAG: Final = ", ".join(
    "SUBSTR({name}, (CASE WHEN LENGTH({name}) < (number - {start} + 1) * {width} THEN LENGTH({name}) - {width}"
    " ELSE (number - {start}) * {width} END) + 1, {width})".format(
        name=f"{name}_by_lag",
        start="(CASE WHEN number >= %(start)s THEN %(start)s ELSE %(before)s END)",
        width=WIDTH,
    )
    for name in BY_LAG
)


@dataclass(frozen=True, kw_only=True)
class DaysRead:
    """The days of a question's two windows.

    ``days`` holds each day's numbers as its window counts them, by day number. ``missing`` are closed days
    of the window that were never worked out ahead, ``dirty`` those whose rollup no longer holds; both were
    read from the facts.
    """

    days: dict[int, Counter[str]]
    missing: tuple[date, ...]
    dirty: tuple[date, ...]

    def totals(self, *, first: date, last: date) -> Totals:
        """Return the sums from one day to another: a window of the question's."""
        found: Counter[str] = Counter()
        for number in range(number_of(first), number_of(last) + 1):
            found.update(self.days[number])
        return Totals(**found)


def read_days(question: Question) -> DaysRead:
    """Read both windows of a question; ``one_snapshot`` is the caller's."""
    window = question.window
    first, last = number_of(window.previous.first_day), number_of(window.last_day)
    stored, dirty = _read_stored(question, first, last) if is_kept(question) else ({}, set())
    wanted = [number for number in range(first, last + 1) if number not in stored]
    start, today = number_of(window.first_day), number_of(question.today)
    days = stored | dict(_read_live(question, wanted))
    is_kept_ahead = question.known_at is None  # what was worked out by then, nobody knows
    closed = [number for number in wanted if is_kept_ahead and start <= number < today]
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


def _read_stored(question: Question, first: int, last: int) -> tuple[dict[int, Counter[str]], set[int]]:
    """Return the days whose rollup holds, and the numbers of those of which it does not."""
    zone = question.window.zone
    dirty = find_dirty(
        question.scope, first=day_from(first), last=day_from(last), zone=zone, using=analytics_alias()
    )
    names = (*PLAIN, *BY_LAG)
    found = {}
    for number, *values in _rollup_rows(question, first, last):
        if number not in dirty:
            found[number] = Counter(
                {name: int(value) for name, value in zip(names, values, strict=True) if value not in {0, ""}}
            )
    return found, dirty


def find_dirty(scope: Scope, *, first: date, last: date, zone: ZoneInfo, using: str) -> set[int]:
    """Return the numbers of the days from ``first`` to ``last`` that are marked."""
    window = Window(days=(last - first).days + 1, last_day=last, zone=zone)
    marks = (
        DirtyDay.objects.using(using)
        .filter(inside(window, "at"), **scope.filters)
        .values_list("at", flat=True)
    )
    return {number_of(day_of(at, zone)) for at in marks}


def _rollup_rows(question: Question, first: int, last: int) -> Iterator[tuple[Any, ...]]:
    connection = analytics_connection()
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            SELECT number, {", ".join(PLAIN)}, {AT_LAG}
            FROM {connection.ops.quote_name(DayRollup._meta.db_table)}
            WHERE currency = %(currency)s AND livemode = %(livemode)s AND account = %(account)s
              AND number BETWEEN %(first)s AND %(last)s AND zone = %(zone)s
            """,  # noqa: S608 - names of our own columns
            {
                **question.scope.filters,
                "first": first,
                "last": last,
                "zone": question.window.zone.key,
                "start": number_of(question.window.first_day),
                "before": number_of(question.window.previous.first_day),
            },
        )
        yield from cursor.fetchall()


def _read_live(question: Question, numbers: list[int]) -> Iterator[tuple[int, Counter[str]]]:
    """Yield days from the facts, as the question's windows count them."""
    window = question.window
    start, before = number_of(window.first_day), number_of(window.previous.first_day)
    for first, last in runs(numbers):
        counted = count_days(
            question.scope,
            first=day_from(first),
            last=day_from(last),
            zone=window.zone,
            longest=max(window.days, LONGEST_WINDOW),
            known_at=question.known_at,
        )
        for number, day in counted.items():
            lag = number - (start if number >= start else before)
            yield (
                number,
                Counter(
                    {**day.plain, **{name: count_at(counts, lag) for name, counts in day.by_lag.items()}}
                ),
            )


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
