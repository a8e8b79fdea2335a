"""Revenue: what was paid, by how many orders. An order counts on the day it was paid (K2)."""

from __future__ import annotations

from collections.abc import Mapping

from django.db.models import Count, QuerySet, Sum

from revenue_intel.facts.models import OrderFact
from revenue_intel.kpis.base import Kpi, Pair, Topic, Unit, mean_minor
from revenue_intel.kpis.questions import Question, Scope


def paid_orders(scope: Scope) -> QuerySet[OrderFact]:
    """Return the paid orders of a scope. One that cannot be filled is paid all the same (K5)."""
    return OrderFact.objects.filter(paid_at__isnull=False, **scope.filters)


def measure(question: Question) -> Mapping[str, Pair]:
    """Read revenue and orders in one query."""
    now, previous = question.now("paid_at"), question.previous("paid_at")
    found = (
        paid_orders(question.scope)
        .filter(question.both("paid_at"))
        .aggregate(
            revenue_now=Sum("total_minor", filter=now, default=0),
            revenue_previous=Sum("total_minor", filter=previous, default=0),
            orders_now=Count("pk", filter=now),
            orders_previous=Count("pk", filter=previous),
        )
    )
    return {
        "revenue": Pair(now=int(found["revenue_now"]), previous=int(found["revenue_previous"])),
        "orders": Pair(now=found["orders_now"], previous=found["orders_previous"]),
    }


TOPIC = Topic(
    measure=measure,
    kpis=(
        Kpi(
            slug="revenue",
            name="Revenue",
            unit=Unit.MONEY,
            formula="The sum of the totals of the orders paid in the window, before refunds.",
            sources=("OrderFact.total_minor", "OrderFact.paid_at"),
            since="0.1",
            edge="An order counts on the day it was paid, by Stripe's evidence. One that was paid and "
            "cannot be filled counts. Later refunds do not lower it.",
        ),
        Kpi(
            slug="orders",
            name="Orders",
            unit=Unit.COUNT,
            formula="The number of orders paid in the window.",
            sources=("OrderFact.paid_at",),
            since="0.1",
        ),
        Kpi(
            slug="aov",
            name="Average order value",
            unit=Unit.MONEY,
            formula="revenue ÷ orders, rounded half up to the minor unit.",
            sources=("revenue", "orders"),
            since="0.1",
            edge="Without orders: null in the API, 0 in the export. Later refunds do not lower it.",
            derive=lambda values: mean_minor(values["revenue"], values["orders"]),
        ),
    ),
)
