"""KPIs of 30 and 90 days against the obvious queries, one good statement, DuckDB, and the floor.

``python -m benchmarks.kpis --orders 1000000``. All contestants answer the same question – revenue, orders,
refunds, different, repeating, new and returning customers, and every day's revenue – for the window and the
one before, take turns, and must agree. DuckDB takes part where it is installed.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks import server
from benchmarks.kpis_sql import DAILY, FLOOR, PLAIN_BUILD, SCOPE, SINGLE
from tests import postgres

ROUNDS = 15


def main() -> None:
    """Start a server, make the shop, let the contestants take turns, and print what they took."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--orders", type=int, default=1_000_000)
    options = parser.parse_args()
    with server.running() as running:
        set_up(running.port)
        from benchmarks.kpis_shop import fill

        print(f"{options.orders:,} orders; made in {took(lambda: fill(options.orders)):.0f} s")
        builds()
        for days in (30, 90):
            compare(days)
        from django.db import connections

        connections.close_all()


def set_up(port: int) -> None:
    """Configure Django on the server, and migrate."""
    import django
    from django.conf import settings
    from django.core.management import call_command

    settings.configure(
        SECRET_KEY="only-for-benchmarks",  # noqa: S106
        USE_TZ=True,
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", "revenue_intel"],
        DATABASES={
            "default": {
                "ENGINE": "django.db.backends.postgresql",
                "NAME": postgres.DATABASE,
                "USER": postgres.USER,
                "HOST": "127.0.0.1",
                "PORT": port,
                "CONN_MAX_AGE": None,
            }
        },
        REVENUE_INTEL_LIVEMODE=True,
    )
    django.setup()
    call_command("migrate", verbosity=0)


def builds() -> None:
    """Time the rollups against plain SQL over the same facts."""
    from benchmarks.kpis_shop import LAST_DAY
    from revenue_intel.kpis.rollups import Stretch, build, find_stretches

    last = date.fromisoformat(LAST_DAY)
    stretches = find_stretches(last=last)
    plain = took(lambda: run(PLAIN_BUILD))
    full = took(lambda: [build(stretch) for stretch in stretches])
    one = [
        took(partial(build, Stretch(scopes=stretches[-1].scopes[-1:], first=day, last=day)))
        for day in (last - timedelta(days=n) for n in range(7))
    ]
    print(
        f"rollups of {sum(each.days for each in stretches)} days: {full:.1f} s, {full / plain:.2f} × plain SQL ({plain:.1f} s)"
    )
    print(f"one day: {statistics.median(one) * 1000:.0f} ms")
    run(
        """
        CREATE TABLE bench_floor AS SELECT number, orders, revenue_minor, refunds_minor,
          string_to_array(trim(regexp_replace(buyers_by_lag, ' +', ' ', 'g')), ' ')::int[] AS b,
          string_to_array(trim(regexp_replace(first_two_by_lag, ' +', ' ', 'g')), ' ')::int[] AS f,
          string_to_array(trim(regexp_replace(newcomers_by_lag, ' +', ' ', 'g')), ' ')::int[] AS n
        FROM revenue_intel_dayrollup WHERE currency = 'gbp'
        """
    )
    run("CREATE UNIQUE INDEX ON bench_floor (number)")
    run("VACUUM ANALYZE")


def compare(days: int) -> None:
    """Let the contestants take turns at one window."""
    contestants: dict[str, Callable[[], Any]] = {
        "compute()": lambda: ours(days),
        "floor: gap tails as arrays, bare SQL": lambda: [floor(days, back) for back in (0, days)],
        "one good statement": lambda: [single(days, back) for back in (0, days)],
        "Django ORM, a query a figure": lambda: [orm(days, back) for back in (0, days)],
    }
    duck = find_duck()
    if duck is not None:
        contestants["DuckDB, its own tables"] = lambda: [duck_answer(duck, days, back) for back in (0, days)]
    answers = {name: contestant() for name, contestant in contestants.items()}
    times: dict[str, list[float]] = {name: [] for name in contestants}
    for _ in range(ROUNDS):
        for name, contestant in contestants.items():
            times[name].append(took(contestant))
    floor_ms = statistics.median(times["floor: gap tails as arrays, bare SQL"]) * 1000
    for name, taken in times.items():
        agrees = "" if answers[name] == answers["compute()"] else "  DISAGREES"
        ms = statistics.median(taken) * 1000
        print(f"{days} days  {name:<40} {ms:8.1f} ms  {ms / floor_ms:6.1f} × floor{agrees}")


def ours(days: int) -> list[list[int]]:
    """Ask ``compute``."""
    from benchmarks.kpis_shop import LAST_DAY
    from revenue_intel.kpis.service import compute

    report = compute(days=days, as_of=date.fromisoformat(LAST_DAY))
    slugs = (
        "revenue", "orders", "refunded_amount", "unique_customers", "repeat_customers", "new_customers",
        "returning_customers",
    )  # fmt: skip
    return [
        [int(getattr(report.values[slug], which) or 0) for slug in slugs] for which in ("value", "previous")
    ]


def bounds(days: int, back: int) -> tuple[date, date]:
    """Return the first day, and the day after the last."""
    from benchmarks.kpis_shop import LAST_DAY

    end = date.fromisoformat(LAST_DAY) + timedelta(days=1 - back)
    return end - timedelta(days=days), end


def floor(days: int, back: int) -> list[int]:
    """Read arrays of gap tails, in one statement; the days in another."""
    first, last = bounds(days, back)
    epoch = date(1970, 1, 1)
    numbers = {"s": (first - epoch).days, "e": (last - epoch).days - 1}
    if not back:
        run(
            "SELECT number, revenue_minor, orders FROM bench_floor WHERE number BETWEEN %(s)s AND %(e)s",
            numbers,
        )
    return [int(value) for value in run(FLOOR, numbers)[0]]


def single(days: int, back: int) -> list[int]:
    """Ask the facts in one statement; the days in another."""
    first, last = bounds(days, back)
    names = {
        "orders": "revenue_intel_orderfact", "ledger": "revenue_intel_ledgerentry", "scope": SCOPE,
        "first": f"{first} 00:00+00", "last": f"{last} 00:00+00", "customer": "customer_id", "join": "",
    }  # fmt: skip
    if not back:
        run(DAILY.format(**names))
    return [int(value) for value in run(SINGLE.format(**names))[0]]


def orm(days: int, back: int) -> list[int]:
    """Ask as one would at first: a query a figure."""
    from datetime import UTC, datetime, time

    from django.db.models import Count, Sum
    from django.db.models.functions import TruncDate

    from revenue_intel.facts.models import LedgerEntry, OrderFact

    first, last = (datetime.combine(day, time(), tzinfo=UTC) for day in bounds(days, back))
    scope = {"currency": "gbp", "livemode": True, "account": ""}
    orders = OrderFact.objects.filter(paid_at__gte=first, paid_at__lt=last, **scope)
    refunds = LedgerEntry.objects.filter(
        kind__in=["refund", "refund_reversal"], occurred_at__gte=first, occurred_at__lt=last, **scope
    )
    people = orders.filter(customer__isnull=False).values("customer__canonical")
    unique = people.distinct().count()
    before = OrderFact.objects.filter(paid_at__lt=first, livemode=True, account="", customer__isnull=False)
    returning = people.filter(customer__canonical__in=before.values("customer__canonical")).distinct().count()
    if not back:
        list(
            orders.annotate(day=TruncDate("paid_at")).values("day").annotate(Sum("total_minor"), Count("pk"))
        )
    return [
        int(orders.aggregate(s=Sum("total_minor"))["s"] or 0),
        orders.count(),
        -int(refunds.aggregate(s=Sum("amount_minor"))["s"] or 0),
        unique,
        people.annotate(n=Count("pk")).filter(n__gt=1).count(),
        unique - returning,
        returning,
    ]


_duck: list[Any] = []


def find_duck() -> Any | None:
    """Return a DuckDB connection with the same facts, or None."""
    try:
        import duckdb
    except ImportError:
        return None
    if not _duck:
        from django.db import connection

        duck = duckdb.connect()
        with tempfile.TemporaryDirectory() as folder, connection.cursor() as cursor:
            for table, columns in (
                ("orders", "customer_id, total_minor, paid_at, currency, livemode, account"),
                ("ledger", "kind, amount_minor, occurred_at, currency, livemode, account"),
            ):
                file = Path(folder) / f"{table}.csv"
                source = {"orders": "revenue_intel_orderfact", "ledger": "revenue_intel_ledgerentry"}[table]
                with (
                    file.open("wb") as out,
                    cursor.copy(f"COPY (SELECT {columns} FROM {source}) TO STDOUT CSV HEADER") as copy,
                ):
                    for block in copy:
                        out.write(block)
                duck.execute("SET TimeZone = 'UTC'")
                duck.execute(
                    f"CREATE TABLE {table} AS SELECT * REPLACE (coalesce(account, '') AS account) FROM read_csv('{file}')"
                )
        _duck.append(duck)
    return _duck[0]


def duck_answer(duck: Any, days: int, back: int) -> list[int]:
    """Ask DuckDB the one good statement."""
    first, last = bounds(days, back)
    names = {
        "orders": "orders", "ledger": "ledger", "scope": SCOPE, "first": f"{first} 00:00+00",
        "last": f"{last} 00:00+00", "customer": "customer_id", "join": "",
    }  # fmt: skip
    if not back:
        duck.execute(DAILY.format(**names)).fetchall()
    return [int(value) for value in duck.execute(SINGLE.format(**names)).fetchone()]


def run(statement: str, arguments: dict[str, Any] | None = None) -> list[tuple[Any, ...]]:
    """Run SQL and return its rows."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(statement, arguments)
        return cursor.fetchall() if cursor.description else []


def took(work: Callable[[], Any]) -> float:
    """Return how many seconds ``work`` takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
