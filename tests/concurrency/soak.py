"""Kill workers, the web process and PostgreSQL while events come in, and see that nothing is lost or doubled.

``python -m tests.concurrency.soak --events 5000 --kills 100`` plays one history of payments and refunds four times
on a PostgreSQL of its own: once in order and undisturbed, then shuffled and with duplicates while processes are
killed (SIGKILL), spread over the run. Workers and the web process are stopped first, and only killed where they are
then seen in the middle of a transaction. What each run comes to is compared by ``tests.history.outcome``. Prints one line
of JSON, and progress to standard error; exit 1 where a run differs.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import json
import os
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests import postgres
from tests.concurrency.soak_crash import CRASHES, Crash
from tests.concurrency.soak_history import arrivals, make_history


def prepare(base: Path) -> postgres._Server:
    """Start a server that keeps what it acknowledged when it is killed, and migrate a database to be copied."""
    os.environ["REVENUE_INTEL_TEST_DATABASE"] = "postgres"
    os.environ[postgres.SOCKET_FOLDER] = str(base)
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.another_process"
    os.environ["REVENUE_INTEL_TEST_NAME"] = "pristine"
    # Nobody is to be asked for what a parked event waits for.
    os.environ["REVENUE_INTEL_TEST_OVERRIDES"] = json.dumps({"REVENUE_INTEL_STRIPE_SECRET_KEY": ""})
    postgres.SERVER_OPTIONS["synchronous_commit"] = "on"
    server = postgres._Server(base)
    server.start()
    with admin() as session:
        session.execute("CREATE DATABASE pristine")
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)
    return server


@contextlib.contextmanager
def admin() -> Iterator[Any]:
    import psycopg

    with psycopg.connect(
        host=os.environ[postgres.SOCKET_FOLDER], user=postgres.USER, dbname="postgres", autocommit=True
    ) as session:
        yield session


def use_database(name: str, *, copy_of: str = "") -> None:
    """Let this process, and those it forks, work on a database."""
    from django.db import connection

    connection.close()
    if copy_of:
        with admin() as session:
            session.execute(f'CREATE DATABASE "{name}" TEMPLATE "{copy_of}"')
    connection.settings_dict["NAME"] = name
    connection.settings_dict["CONN_MAX_AGE"] = None  # for the web process, whose senders stay connected


def settle() -> dict[str, int]:
    """Let time pass until no pause runs, make the passes that a worker would make then; say what was left for them."""
    import threading

    from revenue_intel.webhooks import worker
    from revenue_intel.webhooks.models import StripeEvent

    left = Counter(
        StripeEvent.objects.exclude(outcome__in=["applied", "ignored"]).values_list("outcome", flat=True)
    )
    StripeEvent.objects.update(next_attempt_at=None)
    worker.run_pass(stop=threading.Event())
    return dict(left)


def digest(came_to: dict[str, Any]) -> str:
    return hashlib.sha256(repr(came_to).encode()).hexdigest()[:16]


def amounts(came_to: dict[str, Any]) -> dict[tuple[Any, ...], int]:
    """Return what was booked and what was moved, by what for."""
    return {
        **{("event", event_id): 1 for event_id, _ in came_to["events"]},
        **{("ledger", *key): amount for key, amount in came_to["ledger"]},
        **{("stock", *row[:-1]): row[-1] for row in came_to["movements"]},
    }


def compare(clean: dict[str, Any], after: dict[str, Any]) -> dict[str, Any]:
    """Say whether two runs came to the same, and of how many things one has less or more."""
    wanted, found = amounts(clean), amounts(after)
    keys = wanted.keys() | found.keys()
    return {
        "hash clean": digest(clean),
        "hash after": digest(after),
        "lost": sum(abs(found.get(key, 0)) < abs(wanted.get(key, 0)) for key in keys),
        "doubled": sum(abs(found.get(key, 0)) > abs(wanted.get(key, 0)) for key in keys),
    }


def soak(*, count: int, kills: int, crashes: list[str], base: Path) -> dict[str, Any]:
    """Play the history undisturbed, then with each of the crashes; return what each came to."""
    server = prepare(base)
    try:
        from tests.deliveries import deliver
        from tests.history import outcome

        history = make_history(count)
        use_database("clean", copy_of="pristine")
        for event in history:
            deliver(event)
        settle()
        clean = outcome()
        arrived = arrivals(history)
        report: dict[str, Any] = {"events": count, "deliveries": len(arrived)}
        for kind in crashes:
            began = time.monotonic()
            use_database(kind, copy_of="pristine")
            crash = Crash(
                kind, server, count=count, kills=kills if kind != "database" else max(1, kills // 5)
            )
            crash.run(arrived)
            left = settle()
            report[kind] = {
                "kills": dict(crash.hits),
                "restarts": crash.restarts,
                "left to later passes": left,
                "seconds": round(time.monotonic() - began, 1),
                **compare(clean, outcome()),
            }
            sys.stderr.write(f"{kind}: {json.dumps(report[kind])}\n")
        return report
    finally:
        from django.db import connections

        connections.close_all()
        server.stop()


def main() -> None:
    """Read the command line, soak, and say what came of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=5000)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--crash", nargs="+", choices=CRASHES, default=list(CRASHES))
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="revenue-soak-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)
        report = soak(count=options.events, kills=options.kills, crashes=options.crash, base=Path(folder))
    sys.stdout.write(json.dumps(report) + "\n")
    sys.exit(any(report[kind]["hash after"] != report[kind]["hash clean"] for kind in options.crash))


if __name__ == "__main__":
    main()
