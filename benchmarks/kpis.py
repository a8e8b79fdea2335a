"""KPIs of 30 and 90 days: ``compute()`` against the ORM's obvious queries, one good statement, DuckDB, and the floor.

A shop of two years is made in the database: PostgreSQL with the durability of production, or SQLite. All contestants
answer the same question for the window and the one before, take turns, and must agree. The floor is what bare SQL needs
for arrays of the same counts. Working out all days ahead, and one, is measured against a plain INSERT … SELECT.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import platform
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks import server
from tests import postgres

RESULTS = Path(__file__).parent / "results"
ORDERS = {"postgres": 1_000_000, "sqlite": 100_000}
DAYS = (30, 90)


def main() -> int:
    """Make the shop, let the contestants take turns, print, and keep the figures as JSON."""
    options = parse(sys.argv[1:])
    with database(options) as settings:
        set_up(settings)
        from django.db import connection, connections

        from benchmarks.kpis_builds import make_floor, measure_builds, took
        from benchmarks.kpis_shop import fill
        from revenue_intel.facts.models import OrderFact
        from revenue_intel.kpis.models import DayRollup

        if not OrderFact.objects.exists():
            say(f"A shop of {options.orders:,} orders on {options.database}")
            say(f"made in {took(lambda: fill(options.orders, say=say)):.0f} s")
        orders = OrderFact.objects.count()
        build_rounds = options.build_rounds or (0 if DayRollup.objects.exists() else 1)
        builds = measure_builds(build_rounds, say=say) if build_rounds else {}
        if connection.vendor == "postgresql":
            make_floor()
        rows = compare(options)
        connections.close_all()
    report(orders, builds, rows)
    if not options.no_save:
        keep(options, orders, builds, rows)
    return 1 if any(row["disagrees"] for row in rows) else 0


def parse(arguments: list[str]) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="dev.py bench kpis", description=__doc__)
    parser.add_argument(
        "--database", choices=ORDERS, default="postgres", help="postgres or sqlite (postgres)"
    )
    parser.add_argument("--orders", type=int, help="of the shop that is made (1000000; sqlite: 100000)")
    parser.add_argument("--rounds", type=int, default=15, help="how often each contestant is asked (15)")
    parser.add_argument(
        "--build-rounds",
        type=int,
        default=3,
        help="how often all days are worked out; 0: those there are (3)",
    )
    parser.add_argument(
        "--only", default="", help="only contestants with this in their name, ours and the floor"
    )
    parser.add_argument(
        "--folder", type=Path, help="keep the database here, and use again the one that is here"
    )
    parser.add_argument("--no-save", action="store_true", help="keep no JSON")
    options = parser.parse_args(arguments)
    options.orders = options.orders or ORDERS[options.database]
    if options.orders < 1 or options.rounds < 1 or options.build_rounds < 0:
        parser.error("--orders and --rounds must be 1 or more, and --build-rounds 0 or more")
    return options


@contextlib.contextmanager
def database(options: argparse.Namespace) -> Iterator[dict[str, Any]]:
    """Yield Django's settings of a database that is there until the block ends, or stays in the folder asked for."""
    if options.database == "postgres":
        with server.running(options.folder) as running:
            yield {
                "ENGINE": "django.db.backends.postgresql",
                "NAME": postgres.DATABASE,
                "USER": postgres.USER,
                "HOST": "127.0.0.1",
                "PORT": running.port,
                "CONN_MAX_AGE": None,
            }
        return
    with tempfile.TemporaryDirectory(prefix="revenue-bench-") as temporary:
        folder = options.folder or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        yield {"ENGINE": "django.db.backends.sqlite3", "NAME": folder / "kpis.sqlite3"}


def set_up(settings: dict[str, Any]) -> None:
    """Configure Django on the database, and migrate."""
    import django
    from django.conf import settings as django_settings
    from django.core.management import call_command

    django_settings.configure(
        SECRET_KEY="only-for-benchmarks",  # noqa: S106
        USE_TZ=True,
        TIME_ZONE="UTC",
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", "revenue_intel"],
        DATABASES={"default": settings},
        REVENUE_INTEL_LIVEMODE=True,
    )
    django.setup()
    call_command("migrate", verbosity=0)


def compare(options: argparse.Namespace) -> list[dict[str, Any]]:
    """Let the contestants take turns at each window; a ratio is taken to the floor of its own round."""
    from benchmarks.kpis_builds import took
    from benchmarks.kpis_contestants import FLOOR_NAME, OURS, find_contestants

    contestants = find_contestants(options.only)
    rows = []
    for days in DAYS:
        say(f"{days} days, {options.rounds} rounds of {len(contestants)} contestants")
        answers = {name: ask(days) for name, ask in contestants.items()}
        times: dict[str, list[float]] = {name: [] for name in contestants}
        cpu: dict[str, list[float]] = {name: [] for name in contestants}
        for number in range(options.rounds):
            say(f"round {number + 1} of {options.rounds}")
            for name, ask in contestants.items():
                began = time.process_time()
                times[name].append(took(partial(ask, days)))
                cpu[name].append(time.process_time() - began)
        for name, taken in times.items():
            floor = times.get(FLOOR_NAME)
            ratios = sorted(mine / other for mine, other in zip(taken, floor, strict=True)) if floor else []
            rows.append(
                {
                    "contestant": name,
                    "days": days,
                    "ms": round(statistics.median(taken) * 1000, 2),
                    "ms_least": round(min(taken) * 1000, 2),
                    "cpu_ms_of_python": round(statistics.median(cpu[name]) * 1000, 2),
                    "to_floor": round(statistics.median(ratios), 2) if ratios else None,
                    "to_floor_least": round(min(taken) / min(floor), 2) if floor else None,
                    "disagrees": answers[name] != answers[OURS],
                }
            )
    return rows


def report(orders: int, builds: dict[str, Any], rows: list[dict[str, Any]]) -> None:
    """Print one line a contestant and window, and what working days out took."""
    print(f"\n{orders:,} orders\n")
    print("| contestant | days | ms (least) | of it Python's CPU | to floor (of the least) | |")
    print("|---|---|---|---|---|---|")
    for row in rows:
        ratio = f"{row['to_floor']} ({row['to_floor_least']})" if row["to_floor"] else ""
        print(
            f"| {row['contestant']} | {row['days']} | {row['ms']} ({row['ms_least']}) | {row['cpu_ms_of_python']} |"
            f" {ratio} | {'DISAGREES' if row['disagrees'] else 'agrees'} |"
        )
    for name, value in builds.items():
        print(f"{name}: {value}")
    print("Load average: " + ", ".join(f"{load:.1f}" for load in os.getloadavg()))


def keep(
    options: argparse.Namespace, orders: int, builds: dict[str, Any], rows: list[dict[str, Any]]
) -> None:
    """Keep the figures as JSON, those of each database and size in a file of their own."""
    RESULTS.mkdir(exist_ok=True)
    kept = {
        "at": datetime.now(tz=UTC).isoformat(timespec="seconds"),
        "python": platform.python_version(),
        "cpus": os.cpu_count(),
        "load_average_at_the_end": os.getloadavg(),
        "database": options.database,
        "durability": server.DURABILITY if options.database == "postgres" else {},
        "orders": orders,
        "rounds": options.rounds,
        "builds": builds,
        "rows": rows,
    }
    path = RESULTS / f"kpis-{options.database}-{orders}.json"
    path.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")
    print(f"Kept in {path}")


def say(text: str) -> None:
    """Print a line of progress at once."""
    print(text, flush=True)


if __name__ == "__main__":
    sys.exit(main())
