"""Compute the KPIs of subscriptions. Nothing here writes."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

from revenue_intel.facts.models import SubscriptionState
from revenue_intel.kpis.base import Asked, Value
from revenue_intel.kpis.known import check_known
from revenue_intel.kpis.mrr import DiscountPolicy
from revenue_intel.kpis.questions import Question, ask
from revenue_intel.kpis.registry import KPIS
from revenue_intel.kpis.reports import SubscriptionReport
from revenue_intel.kpis.service import paired
from revenue_intel.kpis.snapshot import one_snapshot
from revenue_intel.kpis.subscription_windows import read_windows
from revenue_intel.kpis.totals import Totals


def compute_subscriptions(
    *,
    days: int,
    currency: str | None = None,
    as_of: date | None = None,
    livemode: bool | None = None,
    account: str = "",
    zone: ZoneInfo | None = None,
    complete_days: bool = False,
    policy: DiscountPolicy = DiscountPolicy.FOREVER_ONLY,
    known_at: datetime | None = None,
) -> SubscriptionReport:
    """Return every KPI of subscriptions, of the last ``days`` calendar days and of as many before.

    They are read from the states of all subscriptions up to the window's end, not from days worked out ahead.
    Arguments and errors as ``service.compute``; ``policy`` says which discounts lower MRR. ``known_at`` is refused
    also where a state names a discount without its terms: since when these were known is kept nowhere.
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
        return answer_subscriptions(question, policy=policy)


def answer_subscriptions(
    question: Question, *, policy: DiscountPolicy = DiscountPolicy.FOREVER_ONLY
) -> SubscriptionReport:
    """Answer ``question`` from what the database shows now; ``one_snapshot`` is the caller's."""
    check_known(question.known_at, [SubscriptionState])
    read = read_windows(question, policy=policy)
    both: list[dict[str, Value]] = []
    for window, subscriptions in zip(question.windows, read, strict=True):
        values: dict[str, Value] = {}
        asked = Asked(
            window=window, scope=question.scope, totals=Totals(), values=values, subscriptions=subscriptions
        )
        for slug, kpi in KPIS.items():
            if kpi.of_subscriptions:
                values[slug] = kpi.code(asked)
        both.append(values)
    return SubscriptionReport(
        window=question.window,
        scope=question.scope,
        policy=policy,
        values=paired(*both),
        known_at=question.known_at,
    )
