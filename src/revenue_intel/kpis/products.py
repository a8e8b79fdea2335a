"""Products: what of each was sold (K20). Read from the lines, so that a product's history outlives it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from django.db.models import BigIntegerField, F, OuterRef, Q, Subquery, Sum
from django.db.models.functions import Coalesce

from revenue_intel.facts.models import OrderLineFact
from revenue_intel.kpis.databases import stored
from revenue_intel.kpis.questions import Question, inside


@dataclass(frozen=True, kw_only=True)
class ProductRow:
    """What of one product was paid in the window; ``refunded_units`` are those of orders refunded in full."""

    product_key: str
    name: str
    units: int
    revenue_minor: int
    refunded_units: int


def read_products(
    question: Question, *, by: Literal["revenue", "units"] = "revenue", limit: int = 10
) -> list[ProductRow]:
    """Return the best sellers of a window, ties by key; time grows with the lines sold in it.

    Revenue is the lines' amounts after their discounts. A refunded piece was sold all the same, and is
    counted apart: an order that is refunded in part says of no piece that it came back.
    """
    lines = stored(OrderLineFact).filter(
        inside(question.window, "order__paid_at"),
        **{f"order__{name}": value for name, value in question.scope.filters.items()},
    )
    whole = Q(order__refunded_minor__gt=0, order__refunded_minor__gte=F("order__total_minor"))
    latest = lines.filter(product_key=OuterRef("product_key")).order_by("-order__paid_at", "-pk")
    rows = (
        lines.order_by()
        .values("product_key")
        .annotate(
            units=Sum("quantity", output_field=BigIntegerField()),
            revenue=Sum("amount_minor"),
            refunded=Coalesce(Sum("quantity", filter=whole, output_field=BigIntegerField()), 0),
            name=Subquery(latest.values("product_name")[:1]),
        )
        .order_by(f"-{by}", "product_key")[:limit]
    )
    return [
        ProductRow(
            product_key=row["product_key"],
            name=row["name"],
            units=int(row["units"]),
            revenue_minor=int(row["revenue"]),
            refunded_units=int(row["refunded"]),
        )
        for row in rows
    ]
