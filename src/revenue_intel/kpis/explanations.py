"""Drill down: the orders, entries, items and rows whose sum a KPI's value is, to the last unit."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from revenue_intel.exceptions import InvalidWindowError
from revenue_intel.facts.models import SubscriptionState
from revenue_intel.kpis.base import Kpi
from revenue_intel.kpis.bookings import find_reading, is_balance_read
from revenue_intel.kpis.databases import instant_of
from revenue_intel.kpis.fact_queries import facts_of
from revenue_intel.kpis.known import check_known
from revenue_intel.kpis.mrr import DiscountPolicy
from revenue_intel.kpis.part_people import CUSTOMER
from revenue_intel.kpis.part_sources import QUOTIENTS, SOURCES
from revenue_intel.kpis.part_stock import STOCK, read_stock_parts
from revenue_intel.kpis.part_subscriptions import MADE_OF, SUBSCRIPTIONS
from revenue_intel.kpis.parts import Part
from revenue_intel.kpis.questions import Question, ask
from revenue_intel.kpis.registry import KPIS
from revenue_intel.kpis.snapshot import one_snapshot

#: Parts on a page.
PAGE_SIZE: Final = 100
#: Pages that can be asked for: what is beyond is the export's business.
LAST_PAGE: Final = 1000
#: The KPIs that have parts.
WITH_PARTS: Final = (*SOURCES, *SUBSCRIPTIONS, *STOCK)


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

    @property
    def pages(self) -> int:
        """How many pages there are; one where there are no parts."""
        return max(-(-self.count // PAGE_SIZE), 1)


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
    policy: DiscountPolicy = DiscountPolicy.FOREVER_ONLY,
) -> Explanation:
    """Return what a KPI's value in a window is made of; arguments and errors as ``service.compute``.

    ``slug`` is one of ``WITH_PARTS``: a quotient is explained by the KPIs that ``made_of`` names. ``page`` says which
    ``PAGE_SIZE`` parts, from 1; ``policy`` which discounts lower MRR. Rows that add nothing are left out. Read from
    the facts: the time grows with the rows of the window, or with all states of subscriptions, or all movements of stock.

    Raises:
        InvalidWindowError: also where the KPI is no sum of rows, or there can be no such page.
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
        return answer_parts(question, slug, page=page, policy=policy)


def answer_parts(
    question: Question,
    slug: str,
    *,
    page: int = 1,
    policy: DiscountPolicy = DiscountPolicy.FOREVER_ONLY,
) -> Explanation:
    """Answer ``question`` from what the database shows now; ``one_snapshot`` is the caller's. Errors as ``explain``."""
    if slug not in WITH_PARTS:
        raise InvalidWindowError(why_no_parts(slug))
    if not 1 <= page <= LAST_PAGE:
        raise InvalidWindowError(f"page must be between 1 and {LAST_PAGE}.")
    kpi = KPIS[slug]
    if slug in SUBSCRIPTIONS:
        check_known(question.known_at, [SubscriptionState])
        return _listed(question, kpi, list(SUBSCRIPTIONS[slug](question, policy)), page=page)
    if slug in STOCK:
        return _listed(question, kpi, list(read_stock_parts(question, slug)), page=page)
    check_known(question.known_at)
    if kpi.unknown and not is_balance_read(question.window, find_reading(question.scope, question.known_at)):
        return Explanation(question=question, kpi=kpi, value=None, count=0, page=page, parts=())
    return _add_up(question, kpi, page=page)


def made_of(slug: str) -> tuple[str, ...]:
    """Return the KPIs with parts of which one without is made; none where it is not."""
    return QUOTIENTS.get(slug) or MADE_OF.get(slug, ())


def why_no_parts(slug: str) -> str:
    """Return why a KPI has no parts, and what to ask for in its place, a sentence."""
    if slug not in KPIS:
        return f"kpi must be one of {', '.join(WITH_PARTS)}."
    if others := made_of(slug):
        *most, last = others
        named = f"{', '.join(most)} and {last}" if most else last
        return f"{slug} is {'a quotient' if most else 'a multiple'}: ask for the parts of {named}."
    if KPIS[slug].of_stock:
        return f"{slug} has no parts: it is a quotient. The rows of stock stand in the answer on stock."
    return f"{slug} has no parts: it is no sum of rows. It is made of {', '.join(KPIS[slug].sources)}."


def parse_page(text: str) -> int:
    """Return the number of a page.

    Raises:
        InvalidWindowError: it is none.
    """
    if text.isascii() and text.isdigit() and len(text) < 6:
        return int(text)
    raise InvalidWindowError("page must be a number, from 1.")


def _listed(question: Question, kpi: Kpi, found: list[Part], *, page: int) -> Explanation:
    """Return a page of parts that were read in one go."""
    counted = [part for part in found if part.value]
    counted.sort(key=lambda part: (part.kind, part.id, part.value))
    counted.sort(key=lambda part: part.at, reverse=True)
    start = (page - 1) * PAGE_SIZE
    return Explanation(
        question=question,
        kpi=kpi,
        value=sum(part.value for part in counted),
        count=len(counted),
        page=page,
        parts=tuple(counted[start : start + PAGE_SIZE]),
    )


def _add_up(question: Question, kpi: Kpi, *, page: int) -> Explanation:
    """Return a page of parts that the database adds up and orders."""
    facts = facts_of(question)
    union = " UNION ALL ".join(source.select(facts) for source in SOURCES[kpi.slug])
    parts = (
        f"WITH parts (kind, id, at, reference, adds) AS ({union}) SELECT {{of}} FROM parts WHERE adds <> 0"  # noqa: S608
    )
    ((value, count),) = facts.rows(parts.replace("{of}", "COALESCE(SUM(adds), 0), COUNT(*)"))
    start = (page - 1) * PAGE_SIZE
    ordered = f"{parts} ORDER BY at DESC, kind, id, adds LIMIT {PAGE_SIZE} OFFSET {start}"
    return Explanation(
        question=question,
        kpi=kpi,
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
