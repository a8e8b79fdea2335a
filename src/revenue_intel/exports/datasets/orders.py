"""Paid orders of the window, by the instant they were paid: the sum of Total is the window's revenue."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from django.db.models import Max, QuerySet, Sum

from revenue_intel.exports.datasets.base import CHUNK_ROWS, Dataset, chunks
from revenue_intel.exports.datasets.people import emails_of
from revenue_intel.exports.writers import Cell
from revenue_intel.facts.models import OrderFact, RefundFact
from revenue_intel.facts.selectors import state_of
from revenue_intel.kit.money import to_major
from revenue_intel.kpis.databases import stored
from revenue_intel.kpis.questions import Question, Scope
from revenue_intel.kpis.revenue import paid_orders


def read(questions: Sequence[Question]) -> Dataset:
    """Return one row a paid order."""
    (question,) = questions
    orders = paid_orders(question.scope).filter(question.now("paid_at"))
    return Dataset(
        expected_rows=orders.count(), rows=rows_of(question, orders.order_by("paid_at", "reference"))
    )


def rows_of(question: Question, orders: QuerySet[OrderFact]) -> Iterator[Sequence[Cell]]:
    """Yield the rows; e-mail addresses and refunds are looked up a chunk at a time."""
    scope = question.scope
    for chunk in chunks(orders.select_related("customer").iterator(chunk_size=CHUNK_ROWS)):
        emails = emails_of({order.customer.canonical for order in chunk if order.customer})
        refunds = refunds_of([order.reference for order in chunk], scope)
        for order in chunk:
            refunded_minor, refunded_at = refunds.get(order.reference, (0, None))
            yield (
                order.reference,
                emails.get(order.customer.canonical, "") if order.customer else "",
                to_major(order.total_minor, scope.currency),
                str(state_of(order)),
                order.created_at,
                refund_status(refunded_minor, order.total_minor),
                refunded_minor,
                refunded_at,
            )


def refunds_of(references: list[str], scope: Scope) -> dict[str, tuple[int, datetime]]:
    """Return by order what went back and when last; a refund that failed does not count."""
    found = (
        stored(RefundFact)
        .filter(order_reference__in=references, failed_at__isnull=True, **scope.filters)
        .values("order_reference")
        .annotate(amount=Sum("amount_minor"), last=Max("created_at"))
    )
    return {row["order_reference"]: (int(row["amount"]), row["last"]) for row in found}


def refund_status(refunded_minor: int, total_minor: int) -> str:
    """Say how much of an order went back."""
    if not refunded_minor:
        return "none"
    return "full" if refunded_minor >= total_minor else "partial"
