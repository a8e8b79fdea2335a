"""Count disputes, credit notes, and what Stripe booked on the balance, by day."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from revenue_intel.facts.balance import FEE_CATEGORY, MOVED_ONLY
from revenue_intel.facts.models import BalanceReading
from revenue_intel.kit.periods import Window
from revenue_intel.kpis.databases import stored
from revenue_intel.kpis.fact_queries import Day, FactQueries
from revenue_intel.kpis.known import as_known
from revenue_intel.kpis.questions import Scope


def read_given_back(facts: FactQueries) -> Iterator[tuple[Day, dict[str, int]]]:
    """Yield what disputes and credit notes took, less what came back of it, by the day it moved."""
    for currency, number, disputes, credited in facts.rows(
        """
        SELECT e.currency, {day} AS day,
               SUM(CASE WHEN e.kind IN ('dispute', 'dispute_reversal') THEN e.amount_minor ELSE 0 END),
               SUM(CASE WHEN e.kind IN ('credit_note', 'credit_note_reversal') THEN e.amount_minor ELSE 0 END)
        FROM {ledger} e
        WHERE e.kind IN ('dispute', 'dispute_reversal', 'credit_note', 'credit_note_reversal')
          AND {scope} AND {within} GROUP BY 1, 2
        """,
        day=facts.day("e.occurred_at"),
        scope=facts.scope("e"),
        within=facts.within("e.occurred_at"),
    ):
        yield (currency, number), {"disputes_minor": -int(disputes), "credited_minor": -int(credited)}


def read_disputes(facts: FactQueries) -> Iterator[tuple[Day, dict[str, int]]]:
    """Yield how many disputes were opened, by day. An inquiry is none, until it becomes one."""
    for currency, number, count in facts.rows(
        """
        SELECT d.currency, {day} AS day, COUNT(*) FROM {disputes} d
        WHERE d.status NOT LIKE 'warning%%' AND {scope} AND {within} GROUP BY 1, 2
        """,
        day=facts.day("d.created_at"),
        scope=facts.scope("d"),
        within=facts.within("d.created_at"),
    ):
        yield (currency, number), {"disputes_opened": count}


def read_balance(facts: FactQueries) -> Iterator[tuple[Day, dict[str, int]]]:
    """Yield Stripe's fees and what the balance grew by, in the currency of settlement, by the day it was booked.

    Money that only moved between the balance and the bank is no change; a fee for moving it is.
    """
    for currency, number, fees, net in facts.rows(
        """
        SELECT b.currency, {day} AS day,
               SUM(CASE WHEN b.reporting_category = '{fee}' THEN -b.net_minor ELSE b.fee_minor END),
               SUM(CASE WHEN b.reporting_category IN ({moved}) THEN -b.fee_minor ELSE b.net_minor END)
        FROM {balance} b WHERE {scope} AND {within} GROUP BY 1, 2
        """,
        day=facts.day("b.created_at"),
        fee=FEE_CATEGORY,
        moved=", ".join(f"'{category}'" for category in sorted(MOVED_ONLY)),
        scope=facts.scope("b"),
        within=facts.within("b.created_at"),
    ):
        yield (currency, number), {"fees_minor": int(fees), "net_cash_minor": int(net)}


def find_reading(scope: Scope, known_at: datetime | None) -> BalanceReading | None:
    """Return how far the balance of a mode and account has been read, or had been then; None: never."""
    readings = as_known(stored(BalanceReading), known_at)
    return (
        readings.filter(livemode=scope.livemode, account=scope.account)
        .order_by("-recorded_at", "-pk")
        .first()
    )


def is_balance_read(window: Window, reading: BalanceReading | None) -> bool:
    """Say whether a window's bookings are known: read from its first instant on, up to some instant within it."""
    if reading is None or reading.complete_until <= window.start:
        return False
    return reading.complete_since is None or reading.complete_since <= window.start
