"""Since when there are facts of each scope, looked up rather than read through."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final

from django.db import connections
from django.db.models import Min, Model

from revenue_intel.facts.models import (
    BalanceTransactionFact,
    DisputeFact,
    LedgerEntry,
    OrderFact,
    PaymentFact,
)
from revenue_intel.kpis.databases import instant_of
from revenue_intel.kpis.questions import Scope

#: Tables, the instant by which their rows count, and which of them do: an index of each begins with the scope and goes on with it.
INDEXED: Final[tuple[tuple[type[Model], str, str], ...]] = (
    (OrderFact, "paid_at", "paid_at IS NOT NULL"),
    (LedgerEntry, "occurred_at", "occurred_at IS NOT NULL"),
    (PaymentFact, "succeeded_at", "succeeded_at IS NOT NULL"),
    (PaymentFact, "failed_at", "failed_at IS NOT NULL AND succeeded_at IS NULL"),
    (DisputeFact, "created_at", "created_at IS NOT NULL"),
)


def find_earliest(*, using: str) -> dict[Scope, datetime]:
    """Return the instant of the first fact of every scope of which there are any in that database."""
    earliest: dict[Scope, datetime] = {}
    found = [*_of_bookings(using), *(each for table in INDEXED for each in _by_index(*table, using))]
    for scope, at in found:
        earliest[scope] = min(at, earliest.get(scope, at))
    return earliest


def _by_index(model: type[Model], at: str, counts: str, using: str) -> Iterator[tuple[Scope, datetime]]:
    """Yield each scope of a table, with its first instant: a step of an index each, however many rows it has."""
    connection = connections[using]
    table = connection.ops.quote_name(model._meta.db_table)
    after: tuple[Any, ...] = ()
    with connection.cursor() as cursor:
        while True:
            further = "AND (currency, livemode, account) > (%s, %s, %s)" if after else ""
            cursor.execute(
                f"SELECT currency, livemode, account, {at} FROM {table} WHERE {counts} {further}"  # noqa: S608
                f" ORDER BY currency, livemode, account, {at} LIMIT 1",
                after,
            )
            row = cursor.fetchone()
            if row is None:
                return
            *after_row, instant = row
            after = tuple(after_row)
            yield Scope(currency=after[0], livemode=bool(after[1]), account=after[2]), instant_of(instant)


def _of_bookings(using: str) -> Iterator[tuple[Scope, datetime]]:
    """Yield each scope of what Stripe booked; no index begins with its currency."""
    rows: Any = BalanceTransactionFact.objects.using(using).order_by()
    for row in rows.values("currency", "livemode", "account").annotate(at=Min("created_at")):
        at = row.pop("at")
        yield Scope(**row), at
