"""Refunds: each is its own dated entry in the ledger, and so is a refund that failed afterwards (K6)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from django.db.models import Count, Q, Sum

from revenue_intel.facts.models import LedgerEntry
from revenue_intel.kpis.base import Kpi, Pair, Topic, Unit, percentage
from revenue_intel.kpis.questions import Question

REFUND_KINDS: Final = (LedgerEntry.Kind.REFUND, LedgerEntry.Kind.REFUND_REVERSAL)


def measure(question: Question) -> Mapping[str, Pair]:
    """Read what went back, and to how many orders, in one query."""
    per_order = (
        LedgerEntry.objects.filter(
            question.both("occurred_at"), kind__in=REFUND_KINDS, **question.scope.filters
        )
        .order_by()
        .values("order_reference")
        .annotate(
            net_now=Sum("amount_minor", filter=question.now("occurred_at"), default=0),
            net_previous=Sum("amount_minor", filter=question.previous("occurred_at"), default=0),
        )
    )
    known = ~Q(order_reference="")
    found = per_order.aggregate(
        amount_now=Sum("net_now", default=0),
        amount_previous=Sum("net_previous", default=0),
        orders_now=Count("net_now", filter=known & Q(net_now__lt=0)),
        orders_previous=Count("net_previous", filter=known & Q(net_previous__lt=0)),
    )
    return {
        "refunded_amount": Pair(now=-int(found["amount_now"]), previous=-int(found["amount_previous"])),
        "refunded_orders": Pair(now=found["orders_now"], previous=found["orders_previous"]),
    }


TOPIC = Topic(
    measure=measure,
    kpis=(
        Kpi(
            slug="refunded_amount",
            name="Refunded",
            unit=Unit.MONEY,
            formula="The sum of the refunds created in the window, less those that failed or were canceled in it.",
            sources=("LedgerEntry of kind refund and refund_reversal, by occurred_at",),
            since="0.1",
            edge="Pending refunds count from the instant they were created. A refund that fails later is given "
            "back on the day it failed, so a window can be negative.",
        ),
        Kpi(
            slug="refunded_orders",
            name="Refunded orders",
            unit=Unit.COUNT,
            formula="The number of orders to which, on balance, money went back in the window.",
            sources=("LedgerEntry.order_reference", "LedgerEntry.amount_minor"),
            since="0.1",
            edge="Two refunds of one order are one order. A refund of a payment that belongs to no known order "
            "is in refunded_amount and not here.",
        ),
        Kpi(
            slug="refund_rate_orders_pct",
            name="Refund rate",
            unit=Unit.PERCENT,
            formula="refunded_orders ÷ orders × 100, rounded half up to two decimals.",
            sources=("refunded_orders", "orders"),
            since="0.1",
            edge="The orders refunded need not be those paid in the window, so it can pass 100. "
            "Without orders: null in the API, 0 in the export.",
            derive=lambda values: percentage(values["refunded_orders"], values["orders"]),
        ),
    ),
)
