"""People who paid in the window, one row each; orders of nobody known are one last row."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from django.db.models import Count, QuerySet, Sum

from revenue_intel.exports.datasets.base import CHUNK_ROWS, Dataset, chunks
from revenue_intel.exports.datasets.people import emails_of
from revenue_intel.exports.writers import Cell
from revenue_intel.facts.models import OrderFact
from revenue_intel.kit.money import to_major
from revenue_intel.kpis.questions import Question
from revenue_intel.kpis.revenue import paid_orders


def read(questions: Sequence[Question]) -> Dataset:
    """Return one row a person, and one more if there are orders of nobody known."""
    (question,) = questions
    orders = paid_orders(question.scope).filter(question.now("paid_at"))
    people = orders.aggregate(n=Count("customer__canonical", distinct=True))["n"]
    unknown = orders.filter(customer__isnull=True).exists()
    return Dataset(expected_rows=people + unknown, rows=rows_of(orders, currency=question.scope.currency))


def rows_of(orders: QuerySet[OrderFact], *, currency: str) -> Iterator[Sequence[Cell]]:
    """Yield the rows, greatest spending first, ties by the opaque key."""
    people = (
        orders.filter(customer__isnull=False)
        .order_by()
        .values("customer__canonical")
        .annotate(n=Count("pk"), spent=Sum("total_minor"))
        .order_by("-spent", "customer__canonical")
        .values_list("customer__canonical", "n", "spent")
    )
    for chunk in chunks(people.iterator(chunk_size=CHUNK_ROWS)):
        emails = emails_of([canonical for canonical, _, _ in chunk])
        for canonical, count, spent in chunk:
            yield emails.get(canonical, ""), count, to_major(int(spent), currency)
    unknown = orders.filter(customer__isnull=True).aggregate(
        n=Count("pk"), spent=Sum("total_minor", default=0)
    )
    if unknown["n"]:
        yield "", unknown["n"], to_major(int(unknown["spent"]), currency)
