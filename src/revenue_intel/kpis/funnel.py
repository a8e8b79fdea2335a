"""The funnel's two ends: who wished, and who bought, each counted on its own (K19)."""

from __future__ import annotations

from collections.abc import Mapping

from django.db.models import Count

from revenue_intel.facts.models import FunnelStep
from revenue_intel.kpis.base import Kpi, Pair, Topic, Unit
from revenue_intel.kpis.questions import Question


def measure(question: Question) -> Mapping[str, Pair]:
    """Read how many people put something on a wishlist, in one query."""
    found = FunnelStep.objects.filter(question.both("at"), step=FunnelStep.Step.WISHLISTED).aggregate(
        now=Count("customer__canonical", filter=question.now("at"), distinct=True),
        previous=Count("customer__canonical", filter=question.previous("at"), distinct=True),
    )
    return {"wishlisted_users": Pair(now=found["now"], previous=found["previous"])}


TOPIC = Topic(
    measure=measure,
    kpis=(
        Kpi(
            slug="wishlisted_users",
            name="Wishlisted",
            unit=Unit.COUNT,
            formula="The number of different people who put something on a wishlist in the window.",
            sources=("FunnelStep of step wishlisted, by at", "Customer.canonical"),
            since="0.1",
            edge="A wish has no currency: the number is the same whatever currency is asked for.",
        ),
        Kpi(
            slug="purchased_users",
            name="Purchased",
            unit=Unit.COUNT,
            formula="The number of different people who paid an order in the window, whether they wished or not.",
            sources=("unique_customers",),
            since="0.1",
            edge="The same people as unique_customers; named apart because it ends the funnel.",
            derive=lambda values: values["unique_customers"],
        ),
    ),
)
