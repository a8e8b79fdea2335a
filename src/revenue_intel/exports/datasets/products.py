"""Products on the lines of paid orders. A product's history outlives the product (K20)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from django.db.models import BigIntegerField, Count, F, QuerySet, Sum, Window
from django.db.models.functions import RowNumber

from revenue_intel.exports.datasets.base import CHUNK_ROWS, Dataset
from revenue_intel.exports.writers import Cell
from revenue_intel.facts.models import OrderLineFact
from revenue_intel.kit.money import to_major
from revenue_intel.kpis.databases import stored
from revenue_intel.kpis.questions import Question, inside


def read(questions: Sequence[Question]) -> Dataset:
    """Return one row a product key."""
    (question,) = questions
    lines = sold_lines(question)
    expected = lines.aggregate(n=Count("product_key", distinct=True))["n"]
    return Dataset(expected_rows=expected, rows=rows_of(lines, currency=question.scope.currency))


def sold_lines(question: Question) -> QuerySet[OrderLineFact]:
    """Return the lines of the orders paid in the window."""
    scope = {f"order__{name}": value for name, value in question.scope.filters.items()}
    return stored(OrderLineFact).filter(inside(question.window, "order__paid_at"), **scope)


def rows_of(lines: QuerySet[OrderLineFact], *, currency: str) -> Iterator[Sequence[Cell]]:
    """Yield the rows, greatest revenue first, ties by key.

    A window query, so that each product's latest line brings both the sums and the latest
    name, and nothing but one chunk is held in memory.
    """
    product = [F("product_key")]
    latest = (
        lines.annotate(
            rank=Window(
                RowNumber(), partition_by=product, order_by=[F("order__paid_at").desc(), F("pk").desc()]
            ),
            units=Window(Sum("quantity"), partition_by=product, output_field=BigIntegerField()),
            revenue=Window(Sum("amount_minor"), partition_by=product, output_field=BigIntegerField()),
        )
        .filter(rank=1)
        .order_by("-revenue", "product_key")
        .values_list("product_name", "units", "revenue")
    )
    for name, units, revenue in latest.iterator(chunk_size=CHUNK_ROWS):
        yield name, int(units), to_major(int(revenue), currency)
