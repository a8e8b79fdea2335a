"""Webhook intake over HTTP: events a second, new and delivered again, ours against dj-stripe and a bare view.

Every contestant has a gunicorn (2 workers, 4 threads) and a database of its own, all on one PostgreSQL with the
durability of production. Contestants are interleaved: each round runs all of them, in an order of its own. Twelve
connections that are kept open post three ``payment_intent.succeeded`` of 3.1 KB to one ``charge.refunded`` of
4.4 KB, then all of them once more. At the end each database is asked whether all took place.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import platform
import random
import sys
import time
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg

from benchmarks import processes, server
from benchmarks.webhooks import contestants, cpu, events
from benchmarks.webhooks.contestants import FLOOR, Contestant
from benchmarks.webhooks.figures import Runner, report, rows_of
from tests import postgres

RESULTS = Path(__file__).parent / "results"
COUNTED = 16
FLOOR_TABLE = (
    "CREATE TABLE floor_event (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, event_id text UNIQUE, type text, "
    "body text, received_at timestamptz)"
)


@contextlib.contextmanager
def running(options: argparse.Namespace) -> Iterator[tuple[list[Runner], server.Server, int]]:
    """Start the database, the stub and the servers; end them all in the end."""
    chosen = [
        each
        for each in contestants.CONTESTANTS
        if each is FLOOR or any(word in each.name for word in options.only.split(","))
    ]
    with contextlib.ExitStack() as stack:
        database = stack.enter_context(server.running())
        stub_port = server.free_port()
        stack.enter_context(
            processes.program(sys.executable, "-m", "benchmarks.djstripe.stub", str(stub_port))
        )
        runners, made = [], set()
        for contestant in chosen:
            environ = contestants.environ_of(contestant, server_port=database.port, stub_port=stub_port)
            if contestant.settings not in made:
                make_template(contestant, database, environ)
                made.add(contestant.settings)
            with connect(database, postgres.DATABASE) as connection:
                connection.execute(f"CREATE DATABASE {contestant.database} TEMPLATE {contestant.template}")
            port, pid = stack.enter_context(contestants.serving(contestant, environ))
            runners.append(Runner(contestant=contestant, port=port, pid=pid))
        yield runners, database, stub_port


def make_template(contestant: Contestant, database: server.Server, environ: dict[str, str]) -> None:
    """Make the tables of a project once: the databases of its contestants are copies."""
    print(f"Making the tables of {contestant.template}", flush=True)
    with connect(database, postgres.DATABASE) as connection:
        connection.execute(f"CREATE DATABASE {contestant.template}")
    contestants.migrate(contestant, {**environ, "REVENUE_INTEL_BENCH_DATABASE": contestant.template})
    if contestant is FLOOR:
        with connect(database, contestant.template) as connection:
            connection.execute(FLOOR_TABLE)


def connect(database: server.Server, name: str) -> psycopg.Connection[Any]:
    return psycopg.connect(
        host="127.0.0.1", port=database.port, user=postgres.USER, dbname=name, autocommit=True
    )


def place_orders(database: server.Server, number: int, size: int, *, shop: str) -> None:
    """Make the orders that the payments of a batch are for, in the database of the contestant that settles them."""
    quantity = events.PIECES
    with connect(database, shop) as connection:
        connection.execute(
            "INSERT INTO host_product (id, name, price, stock, is_preorder) "
            "SELECT n, 'Item ' || n, 9.50, 1000000, false FROM generate_series(1, 100) n ON CONFLICT DO NOTHING"
        )
        rows = [
            (events.reference(number, n), events.email(number, n), events.TOTAL_MINOR / 100)
            for n in range(size)
            if n % 4 < events.PAYMENTS_OF_FOUR
        ]
        with connection.cursor() as cursor:
            cursor.executemany(
                "INSERT INTO host_order (reference, email, status, currency, total, created_at, updated_at) "
                "VALUES (%s, %s, 'pending', 'gbp', %s, now(), now())",
                rows,
            )
        connection.execute(
            "INSERT INTO host_orderline (order_id, product_id, name, quantity, unit_price, amount) "
            "SELECT o.id, 1 + (o.id * 7 + n * 31) %% 100, 'Item', (%s::int[])[n], 9.50, (%s::int[])[n] * 9.50 "
            "FROM host_order o CROSS JOIN generate_series(1, 2) n WHERE o.reference LIKE %s",
            [list(quantity), list(quantity), f"B{number}-%"],
        )


def measure(runners: list[Runner], database: server.Server, options: argparse.Namespace, stub: int) -> None:
    """Run every contestant, round after round; the first is for warming up, and its orders for the refunds of the next."""
    for number in range(options.rounds + 1):
        for runner in random.Random(number).sample(runners, len(runners)):
            size = max(int(runner.contestant.events * options.scale) // 4 * 4, COUNTED)
            if runner.contestant.needs_orders:
                place_orders(database, number, size, shop=runner.contestant.database)
            with connect(database, runner.contestant.database) as connection:
                connection.execute("CHECKPOINT")
            bodies = events.batch(number, size, refunds=number > 0)
            asked, app, base = asked_of(stub), *used_by(runner, database)
            new = runner.post(bodies)
            app_after, base_after = used_by(runner, database)
            again = runner.post(bodies)
            runner.count(bodies)
            if number:
                runner.new.append(new)
                runner.again.append(again)
                runner.api_calls += asked_of(stub) - asked
                runner.app_seconds += app_after - app
                runner.database_seconds += base_after - base
        print(f"round {number} of {options.rounds} done" if number else "warm", flush=True)


def used_by(runner: Runner, database: server.Server) -> tuple[float, float]:
    """Return the processor time that a contestant's workers have used, and that its sessions' processes have."""
    with connect(database, postgres.DATABASE) as connection:
        rows = connection.execute(
            "SELECT pid FROM pg_stat_activity WHERE datname = %s", [runner.contestant.database]
        ).fetchall()
    return cpu.seconds_of(cpu.children_of(runner.pid)), cpu.seconds_of(pid for (pid,) in rows)


def count_statements(runners: list[Runner], database: server.Server, number: int) -> None:
    """Let the server write down what it is asked while one connection posts one event after the other."""
    bodies = events.batch(number, COUNTED)
    payments = [body for body in bodies if events.is_payment(body)]
    refunds = [body for body in bodies if not events.is_payment(body)]
    for runner in runners:
        if runner.contestant.needs_orders:
            place_orders(database, number, COUNTED, shop=runner.contestant.database)
        for label, part in (("payment", payments), ("refund", refunds), ("again", bodies)):
            before = database.log.stat().st_size
            with logged(database):
                runner.post(part, connections=1)
            text = database.log.read_bytes()[before:]
            own = [
                line
                for line in text.splitlines()
                if b" db=" + runner.contestant.database.encode() + b" " in line
            ]
            runner.statements[label] = sum(
                b"LOG:  statement: " in line or b"LOG:  execute " in line for line in own
            ) / len(part)
        runner.count(bodies)


@contextlib.contextmanager
def logged(database: server.Server) -> Iterator[None]:
    """Log every statement of every session, with its database."""
    with connect(database, postgres.DATABASE) as connection:
        for name, value in (("log_line_prefix", " db=%d "), ("log_statement", "all")):
            connection.execute(f"ALTER SYSTEM SET {name} = '{value}'")
        connection.execute("SELECT pg_reload_conf()")
        time.sleep(0.5)  # until all sessions have seen it
        yield
        connection.execute("ALTER SYSTEM RESET log_statement")
        connection.execute("SELECT pg_reload_conf()")
        time.sleep(0.5)


def asked_of(stub: int) -> int:
    """Return how many questions the stand-in for Stripe was asked."""
    with urllib.request.urlopen(f"http://127.0.0.1:{stub}/count", timeout=10) as answer:
        return int(answer.read())


def prove(runners: list[Runner], database: server.Server) -> None:
    """Ask each database whether what was answered with 200 took place, once."""
    for runner in runners:
        with connect(database, runner.contestant.database) as connection:
            for question, kind in runner.contestant.proofs.items():
                row = connection.execute(question).fetchone()
                assert row is not None
                expected = runner.taken[kind]
                if row[0] != expected:
                    raise RuntimeError(f"{runner.contestant.name}: {question}: {row[0]}, expected {expected}")


def main() -> int:
    """Measure, prove, print, and keep the figures as JSON."""
    parser = argparse.ArgumentParser(prog="dev.py bench intake", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="how often each is run (5)")
    parser.add_argument("--scale", type=float, default=1.0, help="of the number of events of a run (1)")
    parser.add_argument(
        "--only",
        default="",
        help="only contestants with one of these words, parted by commas, in their name; and the floor",
    )
    parser.add_argument("--no-save", action="store_true", help="keep no JSON")
    options = parser.parse_args()
    with running(options) as (runners, database, stub):
        measure(runners, database, options, stub)
        count_statements(runners, database, options.rounds + 1)
        prove(runners, database)
    rows = rows_of(runners)
    report(rows)
    print("Load average: " + ", ".join(f"{load:.1f}" for load in os.getloadavg()))
    if not options.no_save:
        RESULTS.mkdir(exist_ok=True)
        kept = {
            "at": datetime.now(tz=UTC).isoformat(timespec="seconds"),
            "python": platform.python_version(),
            "cpus": os.cpu_count(),
            "load_average_at_the_end": os.getloadavg(),
            "durability": server.DURABILITY,
            "rounds": options.rounds,
            "scale": options.scale,
            "rows": rows,
        }
        path = RESULTS / "intake.json"
        path.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")
        print(f"Kept in {path}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
