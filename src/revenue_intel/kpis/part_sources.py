"""Which rows a KPI adds up: the orders, entries, bookings, payments and people whose sum its value is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from django.db.models import (
    BigIntegerField,
    Case,
    CharField,
    F,
    Model,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
    Value,
    When,
)
from django.db.models.expressions import Combinable
from django.db.models.functions import Cast, Coalesce

from revenue_intel.facts.balance import FEE_CATEGORY, MOVED_ONLY
from revenue_intel.facts.models import (
    BalanceTransactionFact,
    DisputeFact,
    LedgerEntry,
    OrderFact,
    OrderLineFact,
    PaymentFact,
)
from revenue_intel.kit.periods import Window
from revenue_intel.kpis.databases import stored
from revenue_intel.kpis.part_people import (
    buyers,
    new_buyers,
    refunded_orders,
    repeat_buyers,
    returning_buyers,
    wishers,
)
from revenue_intel.kpis.questions import Scope, inside

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
    needs: Mapping[str, Subquery] = field(default_factory=dict)

    def rows(self, window: Window, scope: Scope) -> QuerySet[Any]:
        """Return the rows of a window, with what each adds."""
        found: QuerySet[Any] = (
            stored(self.model)
            .annotate(**self.needs)
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


@dataclass(frozen=True)
class Grouped:
    """People or orders that a KPI counts once each, however many rows of theirs there are."""

    read: Callable[[Window, Scope], QuerySet[Any, Any]]

    def rows(self, window: Window, scope: Scope) -> QuerySet[Any, Any]:
        """Return them, each adding one."""
        return self.read(window, scope)


_MINUS: Final = Value(-1, output_field=BigIntegerField())
_LESS: Final = F("amount_minor") * _MINUS
_NOBODY: Final = Q(customer=None)


def _orders(adds: Combinable, only: Q | None = None, *, is_split: bool = False) -> Source:
    return Source(
        model=OrderFact,
        kind=Value("order"),
        key="reference",
        at="paid_at",
        reference=F("reference"),
        adds=adds,
        only=only or Q(),
        needs={"lines_amount": _of_lines("amount_minor")} if is_split else {},
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


def _payments(at: str, only: Q) -> Source:
    return Source(
        model=PaymentFact,
        kind=Value("payment"),
        key="payment_intent",
        at=at,
        reference=Value(""),
        adds=Value(1),
        only=only,
    )


def _of_lines(field: str) -> Subquery:
    """Return the sum of a field over an order's lines, read where the order is; null where it has none."""
    lines: QuerySet[Any, Any] = (
        QuerySet(OrderLineFact).filter(order=OuterRef("pk")).order_by().values("order")
    )
    return Subquery(lines.annotate(sum=Sum(field, output_field=BigIntegerField())).values("sum"))


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


_SOLD: Final = F("total_minor") - F("tax_minor") - F("shipping_minor")
_SALES: Final = _orders(_SOLD)
_REFUNDS: Final = ("refund", "refund_reversal")
_DISPUTES: Final = ("dispute", "dispute_reversal")
_CREDITS: Final = ("credit_note", "credit_note_reversal")
#: In the ledger what went back is negative already.
_WENT_BACK: Final = _entries(*_REFUNDS, *_DISPUTES, *_CREDITS, adds=F("amount_minor"))
_IS_FEE: Final = Q(reporting_category=FEE_CATEGORY)
_IS_MOVED: Final = Q(reporting_category__in=sorted(MOVED_ONLY))

#: The discounts of an order, as ``counting.read_orders`` counts them: its own counts once where the lines hold it.
_DISCOUNTS: Final = Coalesce(_of_lines("discount_minor"), 0) + Case(
    When(
        Q(lines_amount=F("total_minor") - F("shipping_minor"))
        | Q(lines_amount=F("total_minor") - F("shipping_minor") - F("tax_minor")),
        then=0,
    ),
    default=F("discount_minor"),
    output_field=BigIntegerField(),
)

#: The KPIs that are sums of rows, and of which.
SOURCES: Final[Mapping[str, tuple[Source | Grouped, ...]]] = {
    "revenue": (_orders(F("total_minor")),),
    "orders": (_orders(Value(1)),),
    "gross_sales": (_orders(_SOLD + _DISCOUNTS, is_split=True),),
    "discounts": (_orders(_DISCOUNTS, is_split=True),),
    "units": (_orders(Coalesce(_of_lines("quantity"), 0)),),
    "unsplit_orders": (_orders(Value(1), Q(lines_amount=None), is_split=True),),
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
    "refunded_orders": (Grouped(refunded_orders),),
    "unique_customers": (Grouped(buyers),),
    "new_customers": (Grouped(new_buyers),),
    "returning_customers": (Grouped(returning_buyers),),
    "repeat_customers": (Grouped(repeat_buyers),),
    "purchased_users": (Grouped(buyers),),
    "wishlisted_users": (Grouped(wishers),),
    "payments_succeeded": (_payments("succeeded_at", Q()),),
    "payments_failed": (_payments("failed_at", Q(succeeded_at=None)),),
    "disputes_opened": (
        Source(
            model=DisputeFact,
            kind=Value("dispute"),
            key="dispute_id",
            at="created_at",
            reference=F("order_reference"),
            adds=Value(1),
            only=~Q(status__startswith="warning"),
        ),
    ),
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

#: The KPIs that are one KPI of these divided by the other, or by both.
QUOTIENTS: Final[Mapping[str, tuple[str, str]]] = {
    "aov": ("revenue", "orders"),
    "aov_merchandise": ("sales", "orders"),
    "refund_rate_orders_pct": ("refunded_orders", "orders"),
    "refund_rate_cohort_pct": ("refunded_of_sold", "revenue"),
    "dispute_rate_pct": ("disputes_opened", "payments_succeeded"),
    "repeat_rate_pct": ("repeat_customers", "unique_customers"),
    "payment_success_rate_pct": ("payments_succeeded", "payments_failed"),
}
