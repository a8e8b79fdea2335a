"""What was known at an instant: the facts as they stood then, whatever was recorded or changed later (``known_at``).

Read from the facts and their versions, never from what was worked out ahead: the time grows with the facts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any, Final, TypeVar
from uuid import UUID

from django.db.models import Min, Model, OuterRef, Q, QuerySet, Subquery

from revenue_intel.exceptions import InvalidWindowError
from revenue_intel.facts.models import (
    BalanceTransactionFact,
    Customer,
    CustomerVersion,
    DisputeFact,
    DisputeVersion,
    FunnelStep,
    LedgerEntry,
    OrderFact,
    OrderVersion,
    PaymentFact,
    PaymentVersion,
)
from revenue_intel.issues.models import Issue, IssueChange
from revenue_intel.kpis.databases import analytics_connection, rows_of, stored

Row = TypeVar("Row", bound=Model)

#: Table → the columns of it that reports read.
COLUMNS: Final[dict[type[Model], tuple[str, ...]]] = {
    OrderFact: (
        "id", "reference", "customer_id", "currency", "livemode", "account", "total_minor", "discount_minor",
        "tax_minor", "shipping_minor", "refunded_minor", "created_at", "paid_at",
    ),
    PaymentFact: (
        "payment_intent", "currency", "livemode", "account", "succeeded_at", "failed_at", "failure_code",
        "amount_minor",
    ),
    DisputeFact: (
        "dispute_id", "currency", "livemode", "account", "status", "created_at", "order_reference",
    ),
}  # fmt: skip
#: Tables in which nothing that reports read is ever changed.
FIXED: Final = (LedgerEntry, BalanceTransactionFact, FunnelStep)
VERSIONS: Final = {OrderFact: OrderVersion, PaymentFact: PaymentVersion, DisputeFact: DisputeVersion}
#: The facts that say since when it is kept what was known: with the first of them it begins.
FIRST: Final = (
    OrderFact, OrderVersion, PaymentFact, PaymentVersion, DisputeFact, DisputeVersion, BalanceTransactionFact,
    FunnelStep,
)  # fmt: skip
#: Which rows count: what does not count yet is recorded anew when it does, and leaves no version.
COUNTS: Final[dict[type[Model], Q]] = {
    OrderFact: Q(paid_at__isnull=False),
    PaymentFact: Q(succeeded_at__isnull=False) | Q(failed_at__isnull=False),
    DisputeFact: ~Q(status__startswith="warning"),
}


def check_known(known_at: datetime | None, tables: Iterable[type[Model]] = FIRST) -> None:
    """Refuse an instant before anything was recorded in the tables.

    Raises:
        InvalidWindowError: nothing was known then.
    """
    if known_at is None:
        return
    found = [
        stored(model).filter(COUNTS.get(model, Q())).aggregate(first=Min("recorded_at"))["first"]
        for model in tables
    ]
    first = min((instant for instant in found if instant is not None), default=None)
    if first is None:
        raise InvalidWindowError("known_at: nothing has been recorded yet.")
    if known_at < first:
        raise InvalidWindowError(
            f"known_at must not be before {first.isoformat()}, when the first fact was recorded."
        )


def table_known_at(model: type[Model], known_at: datetime | None, *, quote: Callable[[str], str]) -> str:
    """Return SQL for a table as it was at the parameter ``known_at``; the table itself where that is None."""
    table = quote(model._meta.db_table)
    if known_at is None:
        return table
    if model in FIXED:
        return f"(SELECT * FROM {table} WHERE recorded_at <= %(known_at)s)"  # noqa: S608 - our own table
    if model is Customer:
        versions = quote(CustomerVersion._meta.db_table)
        return (
            f"(SELECT k.key, COALESCE((SELECT v.canonical FROM {versions} v WHERE v.customer_key = k.key"  # noqa: S608
            " AND v.superseded_at > %(known_at)s ORDER BY v.superseded_at, v.id LIMIT 1), k.canonical)"
            f" AS canonical FROM {table} k)"
        )
    if model not in VERSIONS:
        return table  # lines, which stand as they are once their order is paid
    versions = quote(VERSIONS[model]._meta.db_table)
    columns = ", ".join(COLUMNS[model])
    of_versions = columns
    if model is OrderFact:  # an order's reference never changes
        reference = f"(SELECT f.reference FROM {table} f WHERE f.id = order_id) AS reference"  # noqa: S608
        of_versions = columns.replace("id, reference", f"order_id AS id, {reference}", 1)
    return (
        f"(SELECT {columns} FROM {table} WHERE recorded_at <= %(known_at)s UNION ALL "  # noqa: S608
        f"SELECT {of_versions} FROM {versions} "
        "WHERE recorded_at <= %(known_at)s AND superseded_at > %(known_at)s)"
    )


def as_known(rows: QuerySet[Row], known_at: datetime | None) -> QuerySet[Row]:
    """Return those of the rows, which are never changed, that were recorded then; all where None."""
    return rows if known_at is None else rows.filter(recorded_at__lte=known_at)


def people_known_at(known_at: datetime) -> dict[UUID, UUID]:
    """Return the key under which a customer was counted, for those who have been joined to somebody since."""
    later = stored(CustomerVersion).filter(superseded_at__gt=known_at).order_by("-superseded_at", "-pk")
    return dict(later.values_list("customer_key", "canonical"))  # the earliest of each comes last, and stays


def buyers_known_at(known_at: datetime, orders: Q) -> list[tuple[UUID, datetime]]:
    """Return who paid the orders that match, and when."""
    joined = people_known_at(known_at)
    canonical = stored(Customer).filter(key=OuterRef("customer_id")).values("canonical")
    versions = stored(OrderVersion).filter(superseded_at__gt=known_at)
    found = []
    for rows in (stored(OrderFact), versions):
        known: Any = rows.filter(orders, customer_id__isnull=False, recorded_at__lte=known_at)
        for key, person, at in known.annotate(person=Subquery(canonical)).values_list(
            "customer_id", "person", "paid_at"
        ):
            found.append((joined.get(key, person), at))
    return found


def count_issues(known_at: datetime | None) -> tuple[int, int]:
    """Return how many issues are open, or were, and how many of them are errors."""
    connection = analytics_connection()
    standing, changes = (connection.ops.quote_name(model._meta.db_table) for model in (Issue, IssueChange))
    arguments: dict[str, Any] = {"open": Issue.Status.OPEN.value, "error": Issue.Severity.ERROR.value}
    if known_at is not None:
        last = f"SELECT MAX(id) FROM {changes} WHERE recorded_at <= %(known_at)s GROUP BY issue_id"  # noqa: S608
        standing = f"(SELECT status, severity FROM {changes} WHERE id IN ({last}))"  # noqa: S608 - our own table
        arguments["known_at"] = connection.ops.adapt_datetimefield_value(known_at)
    [(standing_open, errors)] = rows_of(
        f"SELECT COUNT(*), COUNT(CASE WHEN i.severity = %(error)s THEN 1 END) FROM {standing} i"  # noqa: S608
        " WHERE i.status = %(open)s",
        arguments,
    )
    return standing_open, errors
