"""One disturbed run of a soak: its processes, who sends, and who is killed."""

from __future__ import annotations

import os
import random
import signal
import socket
import sys
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

from tests import postgres
from tests.concurrency.soak_history import SEED

CRASHES = ("workers", "web", "database")
SENDERS = 4
#: How much of a run the kills are spread over: the rest leaves time for those that did not hit.
SPREAD = 0.8


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

        with ThreadPoolExecutor(SENDERS) as pool:
            share = [events[first::SENDERS] for first in range(SENDERS)]
            statuses = sum(pool.map(lambda part: deliver_all(part, port), share), Counter())
        sys.exit(f"{statuses}") if statuses[500] else None

    return run


def deliver_all(events: list[dict[str, Any]], port: int) -> Counter[int]:
    """Deliver one event after the other over one connection, each until it is taken; return the answers."""
    import http.client

    from revenue_intel.testing.signing import signed_event

    statuses: Counter[int] = Counter()
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    for event in events:
        status = 0
        while status != 200:
            signed = signed_event(event, secret="whsec_test")
            try:
                connection.request(
                    "POST", "/payments/webhook/", body=signed.body, headers=dict(signed.headers)
                )
                answer = connection.getresponse()
                answer.read()
                status = answer.status
                statuses[status] += 1
            except (OSError, http.client.HTTPException):
                connection.close()
                time.sleep(0.02)  # it was killed, and is not back yet
    connection.close()
    return statuses


class Crash:
    """One disturbed run: processes by name, and who is killed."""

    def __init__(self, kind: str, server: postgres._Server, *, kills: int, count: int) -> None:
        self.kind, self.server, self.kills, self.count = kind, server, kills, count
        self.chance = random.Random(SEED + CRASHES.index(kind))
        self.starts: dict[str, Callable[[], None]] = {}
        self.pids: dict[str, int] = {}
        self.hits: Counter[str] = Counter()
        self.restarts = 0

    def start(self, name: str, work: Callable[[], None]) -> None:
        self.restarts += name in self.starts
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
            time.sleep(self.chance.uniform(0.005, 0.05))
            if self.is_time_to_kill():
                self.kill_somebody()
        for pid in self.pids.values():
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)

    def count_due(self) -> int:
        """Say how many events the workers still have to take."""
        from revenue_intel.kit import clock
        from revenue_intel.webhooks.selectors import due_events

        return due_events(now=clock.now()).count() if self.kind != "web" else 0

    def is_time_to_kill(self) -> bool:
        """Say whether the run has come as far as the next kill."""
        from revenue_intel.webhooks.models import StripeEvent

        done = self.hits.total()
        if done >= self.kills:
            return False
        came = StripeEvent.objects.exclude(outcome=StripeEvent.Outcome.RECEIVED).count()
        return came > self.count * SPREAD * done / self.kills

    def kill_somebody(self) -> None:
        if self.kind == "database":
            self.kill_database()
            return
        busy = [name for name in self.find_busy() if name.startswith(self.kind.rstrip("s"))]
        if not busy:
            return
        name = self.chance.choice(busy)
        pid = self.pids[name]
        os.kill(pid, signal.SIGSTOP)
        time.sleep(0.01)  # the statement that it has sent comes to an end
        if name not in self.find_busy(state="idle in transaction"):  # its last word may be a commit
            os.kill(pid, signal.SIGCONT)
            return
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        self.hits["in a transaction"] += 1
        self.start(name, self.starts[name])

    def find_busy(self, *, state: str = "%") -> list[str]:
        """Return the processes that have a transaction open."""
        from django.db import connection

        statement = (
            "SELECT DISTINCT application_name FROM pg_stat_activity WHERE datname = current_database() "
            "AND xact_start IS NOT NULL AND state LIKE %s AND pid <> pg_backend_pid()"
        )
        with connection.cursor() as cursor:
            cursor.execute(statement, [state])
            return sorted(name for (name,) in cursor.fetchall() if name in self.pids)

    def kill_database(self) -> None:
        from django.db import connection

        self.hits["in a transaction" if self.find_busy() else "idle"] += 1
        connection.close()
        postmaster = int((self.server.data / "postmaster.pid").read_text().split()[0])
        os.kill(postmaster, signal.SIGKILL)
        for _ in range(600):
            try:
                self.server.restart()
            except SystemExit:  # its children have not all gone yet
                time.sleep(0.1)
            else:
                self.restarts += 1
                return
        raise AssertionError("PostgreSQL did not come back")
