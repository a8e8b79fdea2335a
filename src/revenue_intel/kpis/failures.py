"""Why payments failed, by Stripe's code."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from django.db.models import Count, Sum

from revenue_intel.facts.models import PaymentFact
from revenue_intel.kpis.base import percentage
from revenue_intel.kpis.databases import stored
from revenue_intel.kpis.questions import Question

#: What a failure of which Stripe said no code is listed under.
NO_CODE: Final = "unknown"


@dataclass(frozen=True, kw_only=True)
class FailureRow:
    """The payments that failed for one reason: how many, their share of all that failed, what they came to (minor)."""

    reason: str
    payments: int
    share_pct: Decimal | None
    amount_minor: int


def read_failures(question: Question) -> list[FailureRow]:
    """Return the reasons of the payments that failed last in the window and never succeeded, the most frequent first.

    Their counts add up to the KPI ``payments_failed``. Reasons are Stripe's codes: a short list by nature.
    """
    rows = (
        stored(PaymentFact)
        .filter(
            question.now("failed_at"),
            failed_at__isnull=False,
            succeeded_at=None,
            **question.scope.filters,
        )
        .order_by()
        .values_list("failure_code")
        .annotate(n=Count("pk"), amount=Sum("amount_minor"))
        .order_by("-n", "failure_code")
    )
    found = list(rows)
    failed = sum(count for _, count, _ in found)
    return [
        FailureRow(
            reason=code or NO_CODE,
            payments=count,
            share_pct=percentage(count, failed),
            amount_minor=int(amount),
        )
        for code, count, amount in found
    ]
