"""Customers: people, counted once each over the whole window, never summed over days (K8, K9)."""

from __future__ import annotations

from collections.abc import Mapping

from django.db.models import Count, Q, Sum

from revenue_intel.kpis.base import Kpi, Pair, Topic, Unit, percentage
from revenue_intel.kpis.questions import Question
from revenue_intel.kpis.revenue import paid_orders


def measure(question: Question) -> Mapping[str, Pair]:
    """Read how many people bought, and how many of them more than once, in one query."""
    per_person = (
        paid_orders(question.scope)
        .filter(question.both("paid_at"))
        .order_by()
        .values("customer__canonical")
        .annotate(
            n_now=Count("pk", filter=question.now("paid_at")),
            n_previous=Count("pk", filter=question.previous("paid_at")),
        )
    )
    known = Q(customer__canonical__isnull=False)
    unknown = Q(customer__canonical__isnull=True)
    found = per_person.aggregate(
        **{
            f"unique_{when}": Count(f"n_{when}", filter=known & Q(**{f"n_{when}__gte": 1}))
            for when in ("now", "previous")
        },
        **{
            f"repeat_{when}": Count(f"n_{when}", filter=known & Q(**{f"n_{when}__gte": 2}))
            for when in ("now", "previous")
        },
        **{
            f"unidentified_{when}": Sum(f"n_{when}", filter=unknown, default=0)
            for when in ("now", "previous")
        },
    )
    return {
        "unique_customers": Pair(now=found["unique_now"], previous=found["unique_previous"]),
        "repeat_customers": Pair(now=found["repeat_now"], previous=found["repeat_previous"]),
        "unidentified_orders": Pair(
            now=int(found["unidentified_now"]), previous=int(found["unidentified_previous"])
        ),
    }


TOPIC = Topic(
    measure=measure,
    kpis=(
        Kpi(
            slug="unique_customers",
            name="Customers",
            unit=Unit.COUNT,
            formula="The number of different people who paid an order in the window.",
            sources=("OrderFact.customer", "Customer.canonical"),
            since="0.1",
            edge="A person seen under two keys counts once. Orders of nobody known are not counted here: "
            "see unidentified_orders.",
        ),
        Kpi(
            slug="repeat_customers",
            name="Repeat customers",
            unit=Unit.COUNT,
            formula="The number of people who paid two or more orders in the window.",
            sources=("OrderFact.customer", "Customer.canonical"),
            since="0.1",
            edge="Orders before the window do not make a customer a repeat customer.",
        ),
        Kpi(
            slug="repeat_rate_pct",
            name="Repeat rate",
            unit=Unit.PERCENT,
            formula="repeat_customers ÷ unique_customers × 100, rounded half up to two decimals.",
            sources=("repeat_customers", "unique_customers"),
            since="0.1",
            edge="Without customers: null in the API, 0 in the export.",
            derive=lambda values: percentage(values["repeat_customers"], values["unique_customers"]),
        ),
        Kpi(
            slug="unidentified_orders",
            name="Orders of nobody known",
            unit=Unit.COUNT,
            formula="The number of orders paid in the window without user, Stripe customer or e-mail address.",
            sources=("OrderFact.customer",),
            since="0.1",
            edge="They are in orders and revenue, and in no count of customers.",
        ),
    ),
)
