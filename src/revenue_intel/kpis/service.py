"""Compute KPIs. Nothing here writes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from zoneinfo import ZoneInfo

from django.db.models import Count, Q

from revenue_intel.facts.models import LedgerEntry
from revenue_intel.issues.models import Issue
from revenue_intel.issues.selectors import open_issues
from revenue_intel.kit.periods import day_of
from revenue_intel.kpis.base import KpiValue, Pair
from revenue_intel.kpis.daily import read_days
from revenue_intel.kpis.questions import Question, ask
from revenue_intel.kpis.registry import KPIS, TOPICS
from revenue_intel.kpis.reports import Completeness, DayRevenue, KpiReport
from revenue_intel.kpis.snapshot import one_snapshot


def compute(
    *,
    days: int,
    currency: str | None = None,
    as_of: date | None = None,
    livemode: bool | None = None,
    account: str = "",
    zone: ZoneInfo | None = None,
) -> KpiReport:
    """Return every KPI of the last ``days`` calendar days, and of as many before.

    Args:
        days: one of ``REVENUE_INTEL_WINDOWS_DAYS``.
        currency: three-letter code; the configured currency where None.
        as_of: the window's last day; today where None.
        livemode: live or test money; the configured mode where None, and live where none is.
        account: Connect account; empty for the platform's own.
        zone: where days begin and end; the configured zone where None.

    Raises:
        InvalidWindowError: the days are not on offer, or the currency or the day is not valid.
    """
    question = ask(days=days, currency=currency, as_of=as_of, livemode=livemode, account=account, zone=zone)
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
) -> list[DayRevenue]:
    """Return revenue by calendar day, oldest first, without gaps; arguments and errors as ``compute``."""
    question = ask(days=days, currency=currency, as_of=as_of, livemode=livemode, account=account, zone=zone)
    with one_snapshot():
        return read_days(question)


def answer(question: Question) -> KpiReport:
    """Answer ``question`` from what the database shows now; ``one_snapshot`` is the caller's."""
    daily = tuple(read_days(question))
    return KpiReport(
        window=question.window,
        scope=question.scope,
        values=read_values(question),
        daily=daily,
        latest_snapshot_day=find_latest_day(question),
        completeness=read_completeness(question, daily=daily),
        currencies=read_currencies(question),
    )


def read_values(question: Question) -> Mapping[str, KpiValue]:
    """Measure every topic, then derive the rest, in the registry's order."""
    pairs: dict[str, Pair] = {}
    for topic in TOPICS:
        pairs.update(topic.measure(question))
    for kpi in KPIS.values():
        if kpi.derive is not None:
            pairs[kpi.slug] = Pair(
                now=kpi.derive({slug: pair.now for slug, pair in pairs.items()}),
                previous=kpi.derive({slug: pair.previous for slug, pair in pairs.items()}),
            )
    return {
        slug: KpiValue(kpi=kpi, value=pairs[slug].now, previous=pairs[slug].previous)
        for slug, kpi in KPIS.items()
    }


def find_latest_day(question: Question) -> date | None:
    """Return the last day, up to the window's last, on which money moved in this scope.

    Only entries that stand: one that was moved to another day leaves no trace here, so the answer
    does not depend on the order in which news arrived.
    """
    latest = (
        LedgerEntry.objects.filter(
            occurred_at__lt=question.window.end, reverses=None, reversed_by=None, **question.scope.filters
        )
        .order_by("-occurred_at")
        .values_list("occurred_at", flat=True)
        .first()
    )
    return None if latest is None else day_of(latest, question.window.zone)


def read_completeness(question: Question, *, daily: tuple[DayRevenue, ...]) -> Completeness:
    """Say what is in doubt, and what is missing."""
    issues = open_issues().aggregate(
        open=Count("pk"), errors=Count("pk", filter=Q(severity=Issue.Severity.ERROR))
    )
    return Completeness(
        complete=not issues["errors"],
        open_issues=issues["open"],
        partial_day=question.partial_day,
        days_without_sales=tuple(day.day for day in daily if not day.orders),
    )


def read_currencies(question: Question) -> tuple[str, ...]:
    """Return the currencies that the ledger holds in this mode and account, in order."""
    scope = question.scope
    return tuple(
        LedgerEntry.objects.filter(livemode=scope.livemode, account=scope.account)
        .order_by("currency")
        .values_list("currency", flat=True)
        .distinct()
    )
