"""Drill down: the orders and entries whose sum a KPI's value is, to the minor unit."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from revenue_intel.exceptions import InvalidWindowError
from revenue_intel.kpis.base import Kpi
from revenue_intel.kpis.bookings import find_reading, is_balance_read
from revenue_intel.kpis.databases import instant_of
from revenue_intel.kpis.fact_queries import facts_of
from revenue_intel.kpis.known import check_known
from revenue_intel.kpis.part_people import CUSTOMER
from revenue_intel.kpis.part_sources import QUOTIENTS, SOURCES
from revenue_intel.kpis.questions import Question, ask
from revenue_intel.kpis.registry import KPIS
from revenue_intel.kpis.snapshot import one_snapshot

#: Parts on a page.
PAGE_SIZE: Final = 100
#: Pages that can be asked for: what is beyond is the export's business.
LAST_PAGE: Final = 1000


@dataclass(frozen=True, kw_only=True)
class Part:
    """One row that a value is made of: ``value`` is what it adds, in the KPI's unit."""

    kind: str
    id: str
    at: datetime
    order_reference: str
    value: int


@dataclass(frozen=True, kw_only=True)
class Explanation:
    """A KPI's value and a page of its parts, the newest first. The parts of all pages add up to ``value``.

    Where the value is not known it is None, and there are no parts.
    """

    question: Question
    kpi: Kpi
    value: int | None
    count: int
    page: int
    parts: tuple[Part, ...]


def explain(
    slug: str,
    *,
    days: int,
    currency: str | None = None,
    as_of: date | None = None,
    livemode: bool | None = None,
    account: str = "",
    zone: ZoneInfo | None = None,
    complete_days: bool = False,
    known_at: datetime | None = None,
    page: int = 1,
) -> Explanation:
    """Return what a KPI's value in a window is made of; arguments and errors as ``service.compute``.

    ``slug`` is one of ``SOURCES``: a quotient is explained by the KPIs in ``QUOTIENTS``. ``page`` says which
    ``PAGE_SIZE`` parts, from 1. Rows that add nothing are left out. Read from the facts: the time grows with the
    rows of the window.

    Raises:
        InvalidWindowError: also where the KPI is no sum of rows, or there can be no such page.
    """
    if slug not in SOURCES:
        raise InvalidWindowError(why_no_parts(slug))
    if not 1 <= page <= LAST_PAGE:
        raise InvalidWindowError(f"page must be between 1 and {LAST_PAGE}.")
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
        check_known(known_at)
        if KPIS[slug].unknown and not is_balance_read(
            question.window, find_reading(question.scope, question.known_at)
        ):
            return Explanation(question=question, kpi=KPIS[slug], value=None, count=0, page=page, parts=())
        return _add_up(question, slug, page=page)


def why_no_parts(slug: str) -> str:
    """Return why a KPI has no parts, and what to ask for in its place, a sentence."""
    if slug not in KPIS:
        return f"kpi must be one of {', '.join(SOURCES)}."
    if slug in QUOTIENTS:
        return f"{slug} is a quotient: ask for the parts of {' and '.join(QUOTIENTS[slug])}."
    if KPIS[slug].of_subscriptions:
        return f"{slug} has no parts: it is read from the states of subscriptions, which are no sum of rows."
    if KPIS[slug].of_stock:
        return f"{slug} has no parts: the rows of stock stand in the answer on stock."
    return f"{slug} has no parts: it is no sum of rows. It is made of {', '.join(KPIS[slug].sources)}."


def _add_up(question: Question, slug: str, *, page: int) -> Explanation:
    facts = facts_of(question)
    union = " UNION ALL ".join(source.select(facts) for source in SOURCES[slug])
    parts = (
        f"WITH parts (kind, id, at, reference, adds) AS ({union}) SELECT {{of}} FROM parts WHERE adds <> 0"  # noqa: S608
    )
    ((value, count),) = facts.rows(parts.replace("{of}", "COALESCE(SUM(adds), 0), COUNT(*)"))
    start = (page - 1) * PAGE_SIZE
    ordered = f"{parts} ORDER BY at DESC, kind, id, adds LIMIT {PAGE_SIZE} OFFSET {start}"
    return Explanation(
        question=question,
        kpi=KPIS[slug],
        value=int(value),
        count=count,
        page=page,
        parts=tuple(
            Part(
                kind=kind,
                id=str(UUID(key)) if kind == CUSTOMER else key,
                at=instant_of(at),
                order_reference=reference,
                value=int(adds),
            )
            for kind, key, at, reference, adds in facts.rows(ordered.replace("{of}", "*"))
        ),
    )
