"""Work out closed days ahead, and again where facts came late. A cache: nothing but speed depends on it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from typing import Final
from zoneinfo import ZoneInfo

from django.db import connections, router

from revenue_intel.conf import settings as conf
from revenue_intel.facts.models import DirtyDay
from revenue_intel.kit import clock, transactions
from revenue_intel.kit.periods import Window, day_of
from revenue_intel.kpis.counting import BY_LAG, PLAIN, DayCount, count_days
from revenue_intel.kpis.databases import instant_of
from revenue_intel.kpis.earliest import find_earliest
from revenue_intel.kpis.lags import count_at, first_packed, pack
from revenue_intel.kpis.local_days import day_from, number_of
from revenue_intel.kpis.locks import lock_scope
from revenue_intel.kpis.models import DayRollup, Restatement
from revenue_intel.kpis.questions import Scope
from revenue_intel.kpis.reading import find_dirty, runs

#: A transaction may have begun to write facts of a day while it was today, and not marked it; within this
#: time it has ended. Until then the day is read from the facts.
CLOSED_AFTER: Final = timedelta(hours=1)
#: Days worked out in one transaction. Each looks at the whole past of the people in it: few long ones are quicker.
DAYS_AT_ONCE: Final = 1_100
#: Currencies worked out together: that past is the same for all of them.
CURRENCIES_AT_ONCE: Final = 4


@dataclass(frozen=True, kw_only=True)
class Stretch:
    """Days without a gap that are to be worked out, of scopes that differ in currency alone."""

    scopes: tuple[Scope, ...]
    first: date
    last: date

    @property
    def days(self) -> int:
        """How many, of all the scopes."""
        return ((self.last - self.first).days + 1) * len(self.scopes)


def last_closed_day() -> date:
    """Return the last day that can be worked out ahead."""
    return day_of(clock.now() - CLOSED_AFTER, _zone()) - timedelta(days=1)


def find_stretches(
    *, first: date | None = None, last: date | None = None, everything: bool = False
) -> list[Stretch]:
    """Return what is to be worked out: dirty and missing days, or every day where ``everything``.

    Args:
        first: the first day; of each scope its first fact's where None.
        last: the last day; the last closed one where None.
        everything: also the days whose rollup holds.
    """
    until = min(last or last_closed_day(), last_closed_day())
    found: dict[tuple[bool, str], dict[int, list[Scope]]] = defaultdict(lambda: defaultdict(list))
    for scope, earliest in find_scopes().items():
        begin, end = max(number_of(first or earliest), number_of(earliest)), number_of(until)
        held = set() if everything else _held(scope, begin, end)
        for number in range(begin, end + 1):
            if number not in held:
                found[scope.livemode, scope.account][number].append(scope)
    return [stretch for wanted in found.values() for stretch in _stretches(wanted)]


def _stretches(wanted: Mapping[int, list[Scope]]) -> Iterator[Stretch]:
    """Yield the days that are wanted, those together that are wanted of the same scopes."""
    by_scopes: dict[tuple[Scope, ...], list[int]] = defaultdict(list)
    for number in sorted(wanted):
        scopes = wanted[number]
        for start in range(0, len(scopes), CURRENCIES_AT_ONCE):
            by_scopes[tuple(scopes[start : start + CURRENCIES_AT_ONCE])].append(number)
    for together, numbers in by_scopes.items():
        for first, last in runs(numbers):
            for start in range(first, last + 1, DAYS_AT_ONCE):
                stop = min(start + DAYS_AT_ONCE - 1, last)
                yield Stretch(scopes=together, first=day_from(start), last=day_from(stop))


def find_scopes() -> dict[Scope, date]:
    """Return every scope of which there are facts, with the day of its first."""
    found = find_earliest(using=router.db_for_write(DayRollup))
    ordered = sorted(found, key=lambda scope: (scope.currency, scope.livemode, scope.account))
    return {scope: day_of(found[scope], _zone()) for scope in ordered}


def build(stretch: Stretch) -> int:
    """Work out the days of a stretch, and return how many numbers came out otherwise than before.

    The marks are taken away first and the facts read afterwards: a fact that comes between leaves its mark,
    and the day is worked out once more.
    """
    return transactions.run(partial(_build, stretch))


def _build(stretch: Stretch) -> int:
    alias = router.db_for_write(DayRollup)
    for scope in stretch.scopes:
        lock_scope(scope, using=alias)
    causes = {scope: _take_marks(stretch, scope, using=alias) for scope in stretch.scopes}
    counted = count_days(stretch.scopes, first=stretch.first, last=stretch.last, zone=_zone(), using=alias)
    return sum(_keep(scope, counted[scope.currency], causes[scope], using=alias) for scope in stretch.scopes)


def _keep(
    scope: Scope, counted: Mapping[int, DayCount], causes: Mapping[int, set[str]], *, using: str
) -> int:
    """Keep what was counted, and return how many numbers came out otherwise than before."""
    rows = DayRollup.objects.using(using).filter(
        day__range=(day_from(min(counted)), day_from(max(counted))), zone=_zone().key, **scope.filters
    )
    before = {row.number: row for row in rows.order_by()}
    now = clock.now()
    restated = [
        Restatement(
            **scope.filters,
            day=day_from(number),
            metric=metric,
            old=old,
            new=new,
            cause=", ".join(sorted(causes.get(number, {"rebuild"})))[:255],
            recorded_at=now,
        )
        for number, count in counted.items()
        if number in before
        for metric, old, new in _differences(before[number], count)
    ]
    DayRollup.objects.bulk_create(
        [_row(scope, number, count, at=now) for number, count in counted.items()],
        update_conflicts=True,
        unique_fields=["currency", "livemode", "account", "number"],
        update_fields=["zone", *PLAIN, *(f"{name}_by_lag" for name in BY_LAG), "built_at"],
        batch_size=500,
    )
    Restatement.objects.bulk_create(restated, batch_size=500)
    return len(restated)


def _take_marks(stretch: Stretch, scope: Scope, *, using: str) -> Mapping[int, set[str]]:
    """Take the marks of these days away, and return what had caused them, by day number."""
    connection = connections[using]
    window = Window(days=(stretch.last - stretch.first).days + 1, last_day=stretch.last, zone=_zone())
    adapt = connection.ops.adapt_datetimefield_value
    causes: dict[int, set[str]] = defaultdict(set)
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            DELETE FROM {connection.ops.quote_name(DirtyDay._meta.db_table)}
            WHERE currency = %s AND livemode = %s AND account = %s AND at >= %s AND at < %s
            RETURNING at, cause
            """,  # noqa: S608 - the name of our own table
            [*scope.filters.values(), adapt(window.start), adapt(window.end)],
        )
        for at, cause in cursor.fetchall():
            causes[number_of(day_of(instant_of(at), _zone()))].add(cause)
    return causes


def _differences(row: DayRollup, count: DayCount) -> Iterator[tuple[str, int, int]]:
    """Yield (metric, old, new) of a day's own numbers that changed."""
    for name in PLAIN:
        old, new = getattr(row, name), count.plain[name]
        if old != new:
            yield name, old, new
    for name in BY_LAG:
        old = first_packed(getattr(row, f"{name}_by_lag"))
        new = count_at(count.by_lag[name], 0)
        if old != new:
            yield name, old, new


def _row(scope: Scope, number: int, count: DayCount, *, at: datetime) -> DayRollup:
    return DayRollup(
        **scope.filters,
        day=day_from(number),
        number=number,
        zone=_zone().key,
        built_at=at,
        **count.plain,
        **{f"{name}_by_lag": pack(counts) for name, counts in count.by_lag.items()},
    )


def _held(scope: Scope, first: int, last: int) -> set[int]:
    """Return the numbers of the days whose rollup holds."""
    if last < first:
        return set()
    one, other = day_from(first), day_from(last)
    alias = router.db_for_write(DayRollup)
    built = DayRollup.objects.using(alias).filter(zone=_zone().key, day__range=(one, other), **scope.filters)
    return set(built.values_list("number", flat=True)) - find_dirty(
        scope, first=one, last=other, zone=_zone(), using=alias
    )


def _zone() -> ZoneInfo:
    return clock.zone(conf.TIME_ZONE)
