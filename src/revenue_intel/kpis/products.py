"""Products: what of each was sold (K20). Read from the lines, so that a product's history outlives it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from revenue_intel.kpis.fact_queries import facts_of
from revenue_intel.kpis.questions import Question


@dataclass(frozen=True, kw_only=True)
class ProductRow:
    """What of one product was paid in the window; ``refunded_units`` are those of orders refunded in full."""

    product_key: str
    name: str
    units: int
    revenue_minor: int
    refunded_units: int


def read_products(
    question: Question, *, by: Literal["revenue", "units"] = "revenue", limit: int | None = None
) -> Iterator[ProductRow]:
    """Yield the best sellers of a window, all where there is no ``limit``, ties by key; ``one_snapshot`` is the caller's.

    Revenue is the lines' amounts after their discounts. A refunded piece was sold all the same, and is
    counted apart: an order that is refunded in part says of no piece that it came back. A product bears the name of
    its latest line. Time grows with the lines sold in the window.
    """
    facts = facts_of(question)
    # The name is looked for among the lines of those that are wanted alone.
    for key, name, units, revenue, refunded in facts.stream(
        """
        WITH sold AS MATERIALIZED (
          SELECT l.id, l.product_key, l.product_name, l.quantity, l.amount_minor, o.paid_at,
                 o.refunded_minor > 0 AND o.refunded_minor >= o.total_minor AS is_refunded
          FROM {lines} l JOIN {orders} o ON o.id = l.order_id WHERE {scope} AND {within}
        ), best AS (
          SELECT product_key, SUM(quantity) AS units, SUM(amount_minor) AS revenue,
                 SUM(CASE WHEN is_refunded THEN quantity ELSE 0 END) AS refunded
          FROM sold GROUP BY product_key ORDER BY {by} DESC, product_key {limit}
        ), named AS (
          SELECT product_key, product_name,
                 ROW_NUMBER() OVER (PARTITION BY product_key ORDER BY paid_at DESC, id DESC) AS place
          FROM sold WHERE product_key IN (SELECT product_key FROM best)
        )
        SELECT b.product_key, n.product_name, b.units, b.revenue, b.refunded
        FROM best b JOIN named n ON n.product_key = b.product_key AND n.place = 1
        ORDER BY b.{by} DESC, b.product_key
        """,
        scope=facts.scope("o"),
        within=facts.within("o.paid_at"),
        by=by,
        limit="" if limit is None else f"LIMIT {limit:d}",
    ):
        yield ProductRow(
            product_key=key,
            name=name,
            units=int(units),
            revenue_minor=int(revenue),
            refunded_units=int(refunded),
        )


def count_products(question: Question) -> int:
    """Return how many different products were sold in a window."""
    facts = facts_of(question)
    ((count,),) = facts.rows(
        """
        SELECT COUNT(DISTINCT l.product_key) FROM {lines} l JOIN {orders} o ON o.id = l.order_id
        WHERE {scope} AND {within}
        """,
        scope=facts.scope("o"),
        within=facts.within("o.paid_at"),
    )
    return int(count)
