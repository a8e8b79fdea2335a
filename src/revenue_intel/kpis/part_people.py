"""The people and orders that are counted once each in a window, however many rows of theirs there are."""

from __future__ import annotations

from typing import Any, Final

from django.db.models import (
    BigIntegerField,
    CharField,
    Count,
    Exists,
    F,
    Max,
    OuterRef,
    Q,
    QuerySet,
    Sum,
    Value,
)
from django.db.models.functions import Cast

from revenue_intel.facts.models import FunnelStep, LedgerEntry, OrderFact
from revenue_intel.kit.periods import Window
from revenue_intel.kpis.databases import stored
from revenue_intel.kpis.questions import Scope, inside
from revenue_intel.kpis.revenue import paid_orders

#: The kind of a part that is a person, named by the opaque key.
CUSTOMER: Final = "customer"

Rows = QuerySet[Any, Any]


def buyers(window: Window, scope: Scope) -> Rows:
    """Return who paid in a window."""
    return _people(_bought(window, scope), at="paid_at")


def new_buyers(window: Window, scope: Scope) -> Rows:
    """Return who paid for the first time, in any currency, in a window."""
    return _people(_bought(window, scope).filter(~_bought_before(window, scope)), at="paid_at")


def returning_buyers(window: Window, scope: Scope) -> Rows:
    """Return who paid in a window and before it."""
    return _people(_bought(window, scope).filter(_bought_before(window, scope)), at="paid_at")


def repeat_buyers(window: Window, scope: Scope) -> Rows:
    """Return who paid at least two orders in a window."""
    return buyers(window, scope).filter(rows__gt=1)


def wishers(window: Window, _scope: Scope) -> Rows:
    """Return who put something on a wishlist in a window; a wish has no currency or mode."""
    wishes = stored(FunnelStep).filter(inside(window, "at"), step=FunnelStep.Step.WISHLISTED)
    return _people(wishes, at="at")


def refunded_orders(window: Window, scope: Scope) -> Rows:
    """Return the orders to which money went back in a window."""
    refunds = stored(LedgerEntry).filter(
        inside(window, "occurred_at"),
        ~Q(order_reference=""),
        kind__in=("refund", "refund_reversal"),
        **scope.filters,
    )
    by_order: Rows = refunds.order_by().values(group=F("order_reference"))
    return _as_parts(
        by_order.annotate(part_at=Max("occurred_at"), went_back=Sum("amount_minor")).filter(went_back__lt=0),
        kind="order",
        key="order_reference",
        reference=F("order_reference"),
    )


def _bought(window: Window, scope: Scope) -> QuerySet[OrderFact]:
    return paid_orders(scope).filter(inside(window, "paid_at"), customer__isnull=False)


def _bought_before(window: Window, scope: Scope) -> Exists:
    return Exists(
        stored(OrderFact).filter(
            customer__canonical=OuterRef("customer__canonical"),
            livemode=scope.livemode,
            account=scope.account,
            paid_at__lt=window.start,
        )
    )


def _people(rows: QuerySet[Any], *, at: str) -> Rows:
    by_person: Rows = rows.order_by().values(group=F("customer__canonical"))
    return _as_parts(
        by_person.annotate(part_at=Max(at), rows=Count("pk")), kind=CUSTOMER, key="customer__canonical"
    )


def _as_parts(grouped: Rows, *, kind: str, key: str, reference: Any = None) -> Rows:
    parts: Rows = grouped.annotate(
        part_kind=Cast(Value(kind), CharField()),
        part_id=Cast(F(key), CharField()),
        part_reference=Cast(reference or Value(""), CharField()),
        part_value=Cast(Value(1), BigIntegerField()),
    )
    return parts
