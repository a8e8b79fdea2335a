"""Kill workers, the web process and PostgreSQL while events come in, and see that nothing is lost or doubled.

``python -m tests.concurrency.soak --events 5000 --kills 100`` plays one history of payments and refunds four times
on a PostgreSQL of its own: once in order and undisturbed, then shuffled and with duplicates while processes are
killed (SIGKILL, in the middle of a transaction wherever one can be caught there). What each comes to is compared by
``tests.history.outcome``. Prints one line of JSON; exit 1 where one differs.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import json
import os
import random
import signal
import socket
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from tests import postgres
from tests.concurrency.soak_history import SEED, arrivals, make_history

CRASHES = ("workers", "web", "database")


def prepare(base: Path) -> postgres._Server:
    """Start a server that keeps what it acknowledged when it is killed, and migrate a database to be copied."""
    os.environ["REVENUE_INTEL_TEST_DATABASE"] = "postgres"
    os.environ[postgres.SOCKET_FOLDER] = str(base)
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.another_process"
    os.environ["REVENUE_INTEL_TEST_NAME"] = "pristine"
    os.environ["REVENUE_INTEL_TEST_OVERRIDES"] = "{}"
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


def fork(work: Callable[[], Any], name: str) -> int:
    """Run ``work`` in a process of its own, whose database sessions bear the name; return its number."""
    from django.db import connections

    connections.close_all()
    if pid := os.fork():
        return pid
    code = 1
    try:
        os.environ["PGAPPNAME"] = name
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
        work()
        code = 0
    finally:
        os._exit(code)


def work() -> None:
    from django.core.management import call_command

    call_command("revenue_process_events", "--watch", "--interval", "0.05", verbosity=0, stdout=sys.stderr)


def serve(port: int, processing: str) -> Callable[[], None]:
    def run() -> None:
        from django.conf import settings
        from django.core.handlers.wsgi import WSGIHandler
        from django.core.servers.basehttp import run as run_server

        settings.REVENUE_INTEL_EVENT_PROCESSING = processing
        run_server("127.0.0.1", port, WSGIHandler(), threading=True)

    return run


def send(events: list[dict[str, Any]], port: int) -> Callable[[], None]:
    """Deliver as Stripe does: signed anew, and again until it is answered 200. A 500 is an error of ours."""

    def run() -> None:
        from concurrent.futures import ThreadPoolExecutor

        with ThreadPoolExecutor(4) as pool:
            statuses = sum(pool.map(lambda event: deliver_until_taken(event, port), events), Counter())
        sys.exit(f"{statuses}") if statuses[500] else None

    return run


def deliver_until_taken(event: dict[str, Any], port: int) -> Counter[int]:
    import http.client

    from revenue_intel.testing.signing import signed_event

    statuses: Counter[int] = Counter()
    while not statuses[200]:
        signed = signed_event(event, secret="whsec_test")
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        try:
            connection.request("POST", "/payments/webhook/", body=signed.body, headers=dict(signed.headers))
            statuses[connection.getresponse().status] += 1
        except (OSError, http.client.HTTPException):
            time.sleep(0.02)  # it was killed, and is not back yet
        finally:
            connection.close()
    return statuses


class Crash:
    """One disturbed run: processes by name, and who is killed."""

    def __init__(self, kind: str, server: postgres._Server, *, kills: int) -> None:
        self.kind, self.server, self.kills = kind, server, kills
        self.chance = random.Random(SEED + CRASHES.index(kind))
        self.starts: dict[str, Callable[[], None]] = {}
        self.pids: dict[str, int] = {}
        self.done: Counter[str] = Counter()

    def start(self, name: str, work: Callable[[], None]) -> None:
        self.starts[name] = work
        self.pids[name] = fork(work, name)

    def run(self, events: list[dict[str, Any]]) -> None:
        """Let the events come in while processes are killed and started again, until all is delivered and drained."""
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.start("web", serve(port, "inline" if self.kind == "web" else "deferred"))
        if self.kind != "web":
            for number in range(2):
                self.start(f"worker-{number}", work)
        sender = fork(send(events, port), "sender")
        is_sending = True
        while is_sending or self.count_due():
            if is_sending:
                ended, status = os.waitpid(sender, os.WNOHANG)
                is_sending = not ended
                assert is_sending or status == 0, "the web process answered 500"
            if self.done.total() < self.kills:
                self.kill_somebody()
            else:
                time.sleep(0.1)
        for pid in self.pids.values():
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)

    def count_due(self) -> int:
        """Say how many events the workers still have to take."""
        from revenue_intel.kit import clock
        from revenue_intel.webhooks.selectors import due_events

        return due_events(now=clock.now()).count() if self.kind != "web" else 0

    def kill_somebody(self) -> None:
        time.sleep(self.chance.uniform(0.02, 0.2))
        if self.kind == "database":
            self.kill_database()
            return
        busy = [name for name in self.find_busy() if name.startswith(self.kind.rstrip("s"))]
        if busy:
            name = self.chance.choice(busy)
            os.kill(self.pids[name], signal.SIGKILL)
            os.waitpid(self.pids[name], 0)
            self.done["in a transaction"] += 1
            self.start(name, self.starts[name])

    def find_busy(self) -> list[str]:
        """Return the processes that have a transaction open."""
        from django.db import connection

        statement = (
            "SELECT DISTINCT application_name FROM pg_stat_activity "
            "WHERE datname = current_database() AND xact_start IS NOT NULL AND pid <> pg_backend_pid()"
        )
        with connection.cursor() as cursor:
            cursor.execute(statement)
            return sorted(name for (name,) in cursor.fetchall() if name in self.pids)

    def kill_database(self) -> None:
        from django.db import connection

        time.sleep(self.chance.uniform(0.1, 0.4))
        self.done["in a transaction" if self.find_busy() else "idle"] += 1
        connection.close()
        postmaster = int((self.server.data / "postmaster.pid").read_text().split()[0])
        os.kill(postmaster, signal.SIGKILL)
        for _ in range(100):
            try:
                self.server.restart()
            except SystemExit:  # its children have not all gone yet
                time.sleep(0.1)
            else:
                return
        raise AssertionError("PostgreSQL did not come back")


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


def digest() -> str:
    from tests.history import outcome

    return hashlib.sha256(repr(outcome()).encode()).hexdigest()[:16]


def soak(*, count: int, kills: int, crashes: list[str], base: Path) -> dict[str, Any]:
    """Play the history undisturbed, then with each of the crashes; return what each came to."""
    server = prepare(base)
    try:
        from revenue_intel.webhooks.models import StripeEvent
        from tests.deliveries import deliver

        history = make_history(count)
        use_database("clean", copy_of="pristine")
        for event in history:
            deliver(event)
        settle()
        clean = digest()
        report: dict[str, Any] = {"events": count, "deliveries": len(arrivals(history)), "clean": clean}
        for kind in crashes:
            began = time.monotonic()
            use_database(kind, copy_of="pristine")
            crash = Crash(kind, server, kills=kills if kind != "database" else max(1, kills // 5))
            crash.run(arrivals(history))
            left = settle()
            report[kind] = {
                "same": digest() == clean,
                "lost": count - StripeEvent.objects.count(),
                "kills": dict(crash.done),
                "left to later passes": left,
                "seconds": round(time.monotonic() - began, 1),
            }
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
    sys.exit(not all(report[kind]["same"] for kind in options.crash))


if __name__ == "__main__":
    main()
