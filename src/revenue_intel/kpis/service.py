"""Compute KPIs. Nothing here writes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from revenue_intel.facts.models import BalanceReading, LedgerEntry
from revenue_intel.kit.periods import Window, day_of
from revenue_intel.kpis.base import Asked, KpiValue, Value
from revenue_intel.kpis.bookings import find_reading, is_balance_read
from revenue_intel.kpis.databases import analytics_connection, instant_of, rows_of, stored
from revenue_intel.kpis.funnel import find_recorded_steps
from revenue_intel.kpis.known import as_known, check_known, count_issues, table_known_at
from revenue_intel.kpis.local_days import number_of
from revenue_intel.kpis.questions import Question, ask
from revenue_intel.kpis.reading import NAMES, DaysRead, read_days
from revenue_intel.kpis.registry import KPIS
from revenue_intel.kpis.reports import Completeness, DayRevenue, KpiReport
from revenue_intel.kpis.snapshot import one_snapshot

#: Where these are among a day's numbers.
REVENUE: Final = NAMES.index("revenue_minor")
ORDERS: Final = NAMES.index("orders")


def compute(
    *,
    days: int,
    currency: str | None = None,
    as_of: date | None = None,
    livemode: bool | None = None,
    account: str = "",
    zone: ZoneInfo | None = None,
    complete_days: bool = False,
    known_at: datetime | None = None,
) -> KpiReport:
    """Return every KPI of the last ``days`` calendar days, and of as many before.

    Those of subscriptions are ``compute_subscriptions``'s, whose time grows with the subscriptions, and those of
    stock ``compute_inventory``'s.

    Args:
        days: one of ``REVENUE_INTEL_WINDOWS_DAYS``.
        currency: three-letter code; the configured currency where None.
        as_of: the window's last day; today where None.
        livemode: live or test money; the configured mode where None, and live where none is.
        account: Connect account; empty for the platform's own.
        zone: where days begin and end; the configured zone where None.
        complete_days: end the window with yesterday, where it would hold today.
        known_at: an aware instant: answer as it was known then (``docs/howto/known-at.md``). Slower.

    Raises:
        InvalidWindowError: the days are not on offer, or the currency, the day or the instant is not valid.
    """
    question = ask(
        days=days,
        currency=currency,
        as_of=as_of,
        livemode=livemode,
        account=account,
        zone=zone,
        complete_days=complete_days,
        known_at=known_at,
    )
    with one_snapshot():
        return answer(question)


def compute_daily_revenue(
    *,
    days: int,
    currency: str | None = None,
    as_of: date | None = None,
    livemode: bool | None = None,
    account: str = "",
    zone: ZoneInfo | None = None,
    complete_days: bool = False,
) -> list[DayRevenue]:
    """Return revenue by calendar day, oldest first, without gaps; arguments and errors as ``compute``."""
    question = ask(
        days=days,
        currency=currency,
        as_of=as_of,
        livemode=livemode,
        account=account,
        zone=zone,
        complete_days=complete_days,
    )
    with one_snapshot():
        return list(days_of(question, read_days(question)))


def answer(question: Question) -> KpiReport:
    """Answer ``question`` from what the database shows now; ``one_snapshot`` is the caller's."""
    check_known(question.known_at)
    read = read_days(question)
    daily = days_of(question, read)
    return KpiReport(
        window=question.window,
        scope=question.scope,
        values=read_values(question, read),
        daily=daily,
        latest_snapshot_day=find_latest_day(question),
        completeness=read_completeness(question, daily=daily, read=read),
        currencies=read_currencies(question),
        known_at=question.known_at,
    )


def read_values(question: Question, read: DaysRead) -> Mapping[str, KpiValue]:
    """Work out every KPI of both windows but those of subscriptions and stock, in the registry's order."""
    steps = find_recorded_steps(question.known_at)
    reading = find_reading(question.scope, question.known_at)
    now, previous = (values_of(window, question, read, steps, reading) for window in question.windows)
    return paired(now, previous)


def values_of(
    window: Window,
    question: Question,
    read: DaysRead,
    recorded_steps: tuple[str, ...],
    reading: BalanceReading | None,
) -> Mapping[str, Value]:
    """Work out every KPI of one window but those of subscriptions and stock."""
    values: dict[str, Value] = {}
    totals = read.totals(first=window.first_day, last=window.last_day)
    asked = Asked(
        window=window,
        scope=question.scope,
        totals=totals,
        values=values,
        recorded_steps=recorded_steps,
        known_at=question.known_at,
        balance_is_read=is_balance_read(window, reading),
    )
    for slug, kpi in KPIS.items():
        if not (kpi.of_subscriptions or kpi.of_stock):
            values[slug] = kpi.code(asked)
    return values


def paired(now: Mapping[str, Value], previous: Mapping[str, Value]) -> Mapping[str, KpiValue]:
    """Return each KPI with its values of both windows."""
    return {
        slug: KpiValue(kpi=KPIS[slug], value=value, previous=previous[slug]) for slug, value in now.items()
    }


def days_of(question: Question, read: DaysRead) -> tuple[DayRevenue, ...]:
    """Return every day of the window, oldest first, those without a sale too."""
    found = []
    for day in question.window.dates():
        numbers = read.days[number_of(day)]
        found.append(
            DayRevenue(
                day=day,
                revenue_minor=numbers[REVENUE],
                orders=numbers[ORDERS],
                partial=day >= question.today,
            )
        )
    return tuple(found)


def find_latest_day(question: Question) -> date | None:
    """Return the last day, up to the window's last, on which money moved in this scope.

    Only entries that stand: one that was moved to another day leaves no trace here, so the answer
    does not depend on the order in which news arrived.
    """
    ledger = table_known_at(LedgerEntry, question.known_at, quote=analytics_connection().ops.quote_name)
    arguments = {**question.scope.filters, "end": _adapted(question.window.end)}
    if question.known_at is not None:
        arguments["known_at"] = _adapted(question.known_at)
    # Whether an entry was undone is asked entry by entry, from the latest on: the first nearly always stands.
    # As a plain condition a database would look it up for all there are.
    found = rows_of(
        f"""
        SELECT e.occurred_at FROM {ledger} e
        WHERE e.currency = %(currency)s AND e.livemode = %(livemode)s AND e.account = %(account)s
          AND e.occurred_at < %(end)s AND e.reverses_id IS NULL
          AND COALESCE((SELECT 1 FROM {ledger} r WHERE r.reverses_id = e.id), 0) = 0
        ORDER BY e.occurred_at DESC LIMIT 1
        """,  # noqa: S608 - the name of our own table
        arguments,
    )
    return day_of(instant_of(found[0][0]), question.window.zone) if found else None


def _adapted(instant: datetime) -> Any:
    return analytics_connection().ops.adapt_datetimefield_value(instant)


def read_completeness(question: Question, *, daily: tuple[DayRevenue, ...], read: DaysRead) -> Completeness:
    """Say what is in doubt, and what is missing."""
    is_open, errors = count_issues(question.known_at)
    return Completeness(
        complete=not errors,
        open_issues=is_open,
        partial_day=question.partial_day,
        days_without_sales=tuple(day.day for day in daily if not day.orders),
        missing_days=read.missing,
        dirty_days=read.dirty,
    )


def read_currencies(question: Question) -> tuple[str, ...]:
    """Return the currencies that the ledger holds in this mode and account, in order.

    One statement that looks into the index once for each currency, however many entries there are.
    """
    if question.known_at is not None:
        known = as_known(stored(LedgerEntry), question.known_at)
        of_scope = known.filter(livemode=question.scope.livemode, account=question.scope.account)
        return tuple(of_scope.order_by("currency").values_list("currency", flat=True).distinct())
    connection = analytics_connection()
    ledger = connection.ops.quote_name(LedgerEntry._meta.db_table)
    found = rows_of(
        f"""
        WITH RECURSIVE codes (code) AS (
          SELECT MIN(currency) FROM {ledger}
          UNION ALL
          SELECT (SELECT MIN(currency) FROM {ledger} WHERE currency > codes.code)
          FROM codes WHERE codes.code IS NOT NULL
        )
        SELECT code FROM codes WHERE code IS NOT NULL AND EXISTS (
          SELECT 1 FROM {ledger} WHERE currency = code AND livemode = %s AND account = %s
        ) ORDER BY code
        """,  # noqa: S608 - the name of our own table
        [question.scope.livemode, question.scope.account],
    )
    return tuple(code for (code,) in found)
