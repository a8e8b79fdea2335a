"""Why payments failed, by Stripe's code."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from revenue_intel.exceptions import InvalidWindowError
from revenue_intel.kpis.base import percentage
from revenue_intel.kpis.fact_queries import facts_of
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

    Raises:
        InvalidWindowError: it is asked as of an instant of which the reasons were not kept.
    """
    facts = facts_of(question)
    found = list(
        facts.rows(
            """
            SELECT p.failure_code, COUNT(*) AS n, SUM(p.amount_minor) FROM {payments} p
            WHERE p.failed_at IS NOT NULL AND p.succeeded_at IS NULL AND {scope} AND {within}
            GROUP BY p.failure_code ORDER BY n DESC, p.failure_code
            """,
            scope=facts.scope("p"),
            within=facts.within("p.failed_at"),
        )
    )
    if any(code is None for code, _, _ in found):
        raise InvalidWindowError("known_at: why payments failed was not kept yet at that instant.")
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
