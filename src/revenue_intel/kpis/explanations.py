"""Drill down: the orders and entries whose sum a KPI's value is, to the minor unit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.db.models import BigIntegerField, Case, CharField, F, Model, Q, QuerySet, Sum, Value, When
from django.db.models.expressions import Combinable
from django.db.models.functions import Cast

from revenue_intel.exceptions import InvalidWindowError
from revenue_intel.facts.balance import FEE_CATEGORY, MOVED_ONLY
from revenue_intel.facts.models import BalanceTransactionFact, LedgerEntry, OrderFact
from revenue_intel.kit.periods import Window
from revenue_intel.kpis.base import Kpi
from revenue_intel.kpis.bookings import find_reading, is_balance_read
from revenue_intel.kpis.databases import stored
from revenue_intel.kpis.questions import Question, Scope, ask, inside
from revenue_intel.kpis.registry import KPIS
from revenue_intel.kpis.snapshot import one_snapshot

#: Parts on a page.
PAGE_SIZE: Final = 100
#: Pages that can be asked for: what is beyond is the export's business.
LAST_PAGE: Final = 1000

COLUMNS: Final = ("part_kind", "part_id", "part_at", "part_reference", "part_value")


@dataclass(frozen=True, kw_only=True)
class Source:
    """Rows of one table that a KPI adds up: which of them, when they count, and what each adds."""

    model: type[Model]
    kind: Combinable
    key: str
    at: str
    reference: Combinable
    adds: Combinable
    only: Q

    def rows(self, window: Window, scope: Scope) -> QuerySet[Any]:
        """Return the rows of a window, with what each adds."""
        found: QuerySet[Any] = (
            stored(self.model)
            .filter(self.only, inside(window, self.at), **scope.filters)
            .order_by()
            .annotate(
                part_kind=Cast(self.kind, CharField()),
                part_id=F(self.key),
                part_at=F(self.at),
                part_reference=Cast(self.reference, CharField()),
                part_value=Cast(self.adds, BigIntegerField()),
            )
        )
        return found


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


_MINUS: Final = Value(-1, output_field=BigIntegerField())
_LESS: Final = F("amount_minor") * _MINUS
_NOBODY: Final = Q(customer=None)


def _orders(adds: Combinable, only: Q | None = None) -> Source:
    return Source(
        model=OrderFact,
        kind=Value("order"),
        key="reference",
        at="paid_at",
        reference=F("reference"),
        adds=adds,
        only=only or Q(),
    )


def _entries(*kinds: str, adds: Combinable) -> Source:
    return Source(
        model=LedgerEntry,
        kind=F("kind"),
        key="object_id",
        at="occurred_at",
        reference=F("order_reference"),
        adds=adds,
        only=Q(kind__in=kinds),
    )


def _bookings(adds: Combinable) -> Source:
    return Source(
        model=BalanceTransactionFact,
        kind=F("reporting_category"),
        key="transaction_id",
        at="created_at",
        reference=Value(""),
        adds=adds,
        only=Q(),
    )


_SALES: Final = _orders(F("total_minor") - F("tax_minor") - F("shipping_minor"))
_REFUNDS: Final = ("refund", "refund_reversal")
_DISPUTES: Final = ("dispute", "dispute_reversal")
_CREDITS: Final = ("credit_note", "credit_note_reversal")
#: In the ledger what went back is negative already.
_WENT_BACK: Final = _entries(*_REFUNDS, *_DISPUTES, *_CREDITS, adds=F("amount_minor"))
_IS_FEE: Final = Q(reporting_category=FEE_CATEGORY)
_IS_MOVED: Final = Q(reporting_category__in=sorted(MOVED_ONLY))

#: The KPIs that are sums of rows, and of which.
SOURCES: Final[Mapping[str, tuple[Source, ...]]] = {
    "revenue": (_orders(F("total_minor")),),
    "orders": (_orders(Value(1)),),
    "sales": (_SALES,),
    "net_sales": (_SALES, _WENT_BACK),
    "tax": (_orders(F("tax_minor")),),
    "shipping": (_orders(F("shipping_minor")),),
    "total_collected": (_orders(F("total_minor")), _WENT_BACK),
    "refunded_amount": (_entries(*_REFUNDS, adds=_LESS),),
    "refunded_of_sold": (_orders(F("refunded_minor")),),
    "disputes_net": (_entries(*_DISPUTES, adds=_LESS),),
    "credit_notes": (_entries(*_CREDITS, adds=_LESS),),
    "unidentified_orders": (_orders(Value(1), _NOBODY),),
    "fees": (
        _bookings(
            Case(
                When(_IS_FEE, then=F("net_minor") * _MINUS),
                default=F("fee_minor"),
                output_field=BigIntegerField(),
            )
        ),
    ),
    "net_cash": (
        _bookings(
            Case(
                When(_IS_MOVED, then=F("fee_minor") * _MINUS),
                default=F("net_minor"),
                output_field=BigIntegerField(),
            )
        ),
    ),
}


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
    page: int = 1,
) -> Explanation:
    """Return what a KPI's value in a window is made of; arguments and errors as ``service.compute``.

    ``slug`` is one of ``SOURCES``: a quotient is explained by the KPIs in its definition. ``page`` says which
    ``PAGE_SIZE`` parts, from 1. Rows that add nothing are left out. Read from the facts: the time grows with the
    rows of the window.

    Raises:
        InvalidWindowError: also where the KPI is no sum of rows, or there can be no such page.
    """
    if slug not in SOURCES:
        raise InvalidWindowError(f"kpi must be one of {', '.join(SOURCES)}.")
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
    )
    with one_snapshot():
        if KPIS[slug].unknown and not is_balance_read(
            question.window, find_reading(question.scope, question.known_at)
        ):
            return Explanation(question=question, kpi=KPIS[slug], value=None, count=0, page=page, parts=())
        return _add_up(question, slug, page=page)


def _add_up(question: Question, slug: str, *, page: int) -> Explanation:
    sources = [source.rows(question.window, question.scope).exclude(part_value=0) for source in SOURCES[slug]]
    value = sum(rows.aggregate(sum=Sum("part_value"))["sum"] or 0 for rows in sources)
    count = sum(rows.count() for rows in sources)
    first, *others = (rows.values_list(*COLUMNS) for rows in sources)
    everything = first.union(*others, all=True).order_by("-part_at", "part_kind", "part_id", "part_value")
    start = (page - 1) * PAGE_SIZE
    parts = tuple(
        Part(kind=kind, id=key, at=at, order_reference=reference, value=adds)
        for kind, key, at, reference, adds in everything[start : start + PAGE_SIZE]
    )
    return Explanation(
        question=question, kpi=KPIS[slug], value=int(value), count=count, page=page, parts=parts
    )
