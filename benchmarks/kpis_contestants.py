"""Who answers for a window and the one before, and how: all must come to the same numbers.

The question: revenue, orders, refunds, different, repeating, new and returning customers of each window, and
revenue and orders of every day of the later one. ``compute()`` answers all other KPIs of sales besides.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from django.db import connection
from django.db.models import Count, Sum
from django.db.models.functions import TruncDate

from benchmarks.kpis_shop import LAST_DAY
from benchmarks.kpis_sql import DAILY, FLOOR, SCOPE, SINGLE
from revenue_intel.facts.models import LedgerEntry, OrderFact
from revenue_intel.kpis.service import compute

OURS = "compute()"
DUCK = "DuckDB, its own tables"
FLOOR_NAME = "floor: gap tails as arrays, bare SQL"
SLUGS = (
    "revenue", "orders", "refunded_amount", "unique_customers", "repeat_customers", "new_customers",
    "returning_customers",
)  # fmt: skip
TABLES = {"orders": "revenue_intel_orderfact", "ledger": "revenue_intel_ledgerentry"}

#: Answers for so many days: the numbers of the window, those of the one before, and the days of the window.
Contestant = Callable[[int], Any]


def find_contestants(only: str = "") -> dict[str, Contestant]:
    """Return those with ``only`` in their name that can take part, ours, and the floor where the database has arrays.

    DuckDB takes part where it is installed, with facts of PostgreSQL's.
    """
    others: dict[str, Contestant] = {"one good statement": single, "Django ORM, a query a figure": orm}
    found = {OURS: ours, **{name: ask for name, ask in others.items() if only in name}}
    if connection.vendor == "postgresql":
        found[FLOOR_NAME] = floor
        if only in DUCK and (duck := find_duck()) is not None:
            found[DUCK] = duck
    return found


def ours(days: int) -> Any:
    """Ask ``compute``."""
    report = compute(days=days, as_of=LAST_DAY)
    now, before = (
        [int(getattr(report.values[slug], which) or 0) for slug in SLUGS] for which in ("value", "previous")
    )
    return now, before, {day.day: (day.revenue_minor, day.orders) for day in report.daily if day.orders}


def bounds(days: int) -> list[tuple[date, date]]:
    """Return the first day and the day after the last, of the window and of the one before."""
    end = LAST_DAY + timedelta(days=1)
    return [(end - timedelta(days=days), end), (end - timedelta(days=2 * days), end - timedelta(days=days))]


def floor(days: int) -> Any:
    """Read arrays of gap tails, a statement a window, and the days in one more."""
    epoch = date(1970, 1, 1)
    numbers = [{"s": (first - epoch).days, "e": (end - epoch).days - 1} for first, end in bounds(days)]
    daily = run(
        "SELECT number, revenue_minor, orders FROM bench_floor WHERE number BETWEEN %(s)s AND %(e)s",
        numbers[0],
    )
    now, before = ([int(value) for value in run(FLOOR, each)[0]] for each in numbers)
    return now, before, {epoch + timedelta(days=number): (revenue, n) for number, revenue, n in daily}


def single(days: int) -> Any:
    """Ask the facts in one statement a window, and for the days in one more."""
    return _single(days, run, TABLES)


def _single(days: int, ask: Callable[[str], list[tuple[Any, ...]]], tables: dict[str, str]) -> Any:
    windows = [
        {**tables, "scope": SCOPE, "first": f"{first} 00:00+00", "last": f"{end} 00:00+00"}
        for first, end in bounds(days)
    ]
    now, before = ([int(value) for value in ask(SINGLE.format(**each))[0]] for each in windows)
    daily = ask(DAILY.format(**windows[0]))
    return now, before, {_day(day): (int(revenue), n) for day, revenue, n in daily}


def orm(days: int) -> Any:
    """Ask as one would at first: a query a figure."""
    windows = [[datetime.combine(day, time(), tzinfo=UTC) for day in each] for each in bounds(days)]
    now, before = (_orm(*window) for window in windows)
    orders = OrderFact.objects.filter(paid_at__gte=windows[0][0], paid_at__lt=windows[0][1], **_scope())
    daily = (
        orders.annotate(day=TruncDate("paid_at")).values_list("day").annotate(Sum("total_minor"), Count("pk"))
    )
    return now, before, {day: (int(revenue), n) for day, revenue, n in daily}


def _orm(first: datetime, end: datetime) -> list[int]:
    orders = OrderFact.objects.filter(paid_at__gte=first, paid_at__lt=end, **_scope())
    refunds = LedgerEntry.objects.filter(
        kind__in=["refund", "refund_reversal"], occurred_at__gte=first, occurred_at__lt=end, **_scope()
    )
    people = orders.filter(customer__isnull=False).values("customer__canonical")
    unique = people.distinct().count()
    before = OrderFact.objects.filter(paid_at__lt=first, livemode=True, account="", customer__isnull=False)
    returning = people.filter(customer__canonical__in=before.values("customer__canonical")).distinct().count()
    return [
        int(orders.aggregate(s=Sum("total_minor"))["s"] or 0),
        orders.count(),
        -int(refunds.aggregate(s=Sum("amount_minor"))["s"] or 0),
        unique,
        people.annotate(n=Count("pk")).filter(n__gt=1).count(),
        unique - returning,
        returning,
    ]


def find_duck() -> Contestant | None:
    """Return DuckDB, asked the good statement over the same facts in memory; None where it is not installed."""
    try:
        import duckdb
    except ImportError:
        return None
    duck = duckdb.connect()
    duck.execute("SET TimeZone = 'UTC'")
    columns = {
        "orders": "customer_id, total_minor, paid_at, currency, livemode, account",
        "ledger": "kind, amount_minor, occurred_at, currency, livemode, account",
    }
    for table, names in columns.items():
        with tempfile.TemporaryDirectory() as folder, connection.cursor() as cursor:
            file = Path(folder) / f"{table}.csv"
            copying = cursor.copy(f"COPY (SELECT {names} FROM {TABLES[table]}) TO STDOUT CSV HEADER")
            with file.open("wb") as out, copying as copy:
                for block in copy:
                    out.write(block)
            duck.execute(
                f"CREATE TABLE {table} AS SELECT * REPLACE (coalesce(account, '') AS account) FROM read_csv('{file}')"
            )

    def ask(statement: str) -> list[tuple[Any, ...]]:
        rows: list[tuple[Any, ...]] = duck.execute(statement).fetchall()
        return rows

    return lambda days: _single(days, ask, {"orders": "orders", "ledger": "ledger"})


def run(statement: str, arguments: dict[str, Any] | None = None) -> list[tuple[Any, ...]]:
    """Run SQL and return its rows."""
    with connection.cursor() as cursor:
        cursor.execute(statement, arguments)
        return cursor.fetchall() if cursor.description else []


def _scope() -> dict[str, Any]:
    return {"currency": "gbp", "livemode": True, "account": ""}


def _day(value: date | str) -> date:
    return date.fromisoformat(value) if isinstance(value, str) else value  # SQLite gives text
