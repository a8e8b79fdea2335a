"""Who takes events in, with a server and a database each; and what must be in its database afterwards."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from benchmarks import processes
from benchmarks.djstripe import ENDPOINT
from benchmarks.server import free_port
from benchmarks.webhooks.events import SECRET
from tests import postgres

WORKERS, THREADS = 2, 4
READY_SECONDS = 60
DJSTRIPE = "dj-stripe>=2.11,<2.12"
DJSTRIPE_VENV = processes.ROOT / ".venv-bench-djstripe"
DJSTRIPE_PATH = f"/stripe/webhook/{ENDPOINT}/"
Kind = Literal["all", "payments", "refunds"]
OURS, THEIRS = "benchmarks.webhooks.settings", "benchmarks.djstripe.settings"


@dataclass(frozen=True, kw_only=True)
class Contestant:
    """One way to take events in.

    ``events`` is how many make a phase of about two seconds. ``proofs`` are questions to its database, whose
    answer is the number of events of that kind that were taken. ``needs_orders``: it settles those of a shop.
    """

    name: str
    database: str
    path: str
    events: int
    settings: str = OURS
    processing: str = "inline"
    needs_orders: bool = False
    proofs: Mapping[str, Kind]

    @property
    def is_djstripe(self) -> bool:
        return self.settings == THEIRS

    @property
    def template(self) -> str:
        """The database whose tables its own is a copy of."""
        return self.settings.replace(".", "_")


FLOOR = Contestant(
    name="floor: construct_event, INSERT, COMMIT",
    database="floor",
    path="/floor/",
    events=1200,
    proofs={"SELECT count(*) FROM floor_event": "all"},
)
DEFERRED = Contestant(
    name="revenue-intel: deferred (stored)",
    database="deferred",
    path="/payments/webhook/",
    events=2400,
    processing="deferred",
    proofs={"SELECT count(*) FROM revenue_intel_stripeevent": "all"},
)
#: What an event that was settled leaves, whoever did it.
SETTLED: Mapping[str, Kind] = {
    "SELECT count(*) FROM revenue_intel_stripeevent WHERE outcome = 'applied'": "all",
    "SELECT count(*) FROM host_order WHERE status IN ('paid', 'partially_refunded')": "payments",
    "SELECT count(*) FROM revenue_intel_ledgerentry WHERE kind = 'sale'": "payments",
    "SELECT count(*) FROM revenue_intel_ledgerentry WHERE kind = 'refund'": "refunds",
    "SELECT count(*) / 2 FROM revenue_intel_stockmovement WHERE kind = 'commit'": "payments",
    "SELECT count(*) / 2 FROM revenue_intel_orderlinefact": "payments",
    "SELECT count(*) FROM revenue_intel_orderversion": "refunds",
    "SELECT count(*) FROM revenue_intel_auditevent": "all",
}
INLINE = Contestant(
    name="revenue-intel: inline (order, stock, ledger, audit)",
    database="inline",
    path="/payments/webhook/",
    events=600,
    needs_orders=True,
    proofs=SETTLED,
)
BARE = Contestant(
    name="bare SQL: the same effects by hand",
    database="bare",
    path="/bare/",
    events=900,
    needs_orders=True,
    proofs=SETTLED,
)
DJSTRIPE_DEFAULT = Contestant(
    name="dj-stripe: default (fetches again)",
    database="djstripe",
    path=DJSTRIPE_PATH,
    events=120,
    settings=THEIRS,
    proofs={
        "SELECT count(*) FROM djstripe_event": "all",
        "SELECT count(*) FROM djstripe_paymentintent": "payments",
    },
)
DJSTRIPE_DEFERRED = Contestant(
    name="dj-stripe: deferred to a free queue",
    database="djstripe_deferred",
    path=DJSTRIPE_PATH,
    events=500,
    settings=THEIRS,
    processing="deferred",
    proofs={"SELECT count(*) / 2 FROM djstripe_webhookeventtrigger": "all"},
)
CONTESTANTS = (FLOOR, DJSTRIPE_DEFAULT, DJSTRIPE_DEFERRED, DEFERRED, INLINE, BARE)


def djstripe_python() -> Path:
    """Return the interpreter of dj-stripe's own environment, made the first time: it pins an older Stripe SDK."""
    python = DJSTRIPE_VENV / "bin" / "python"
    stamp = DJSTRIPE_VENV / "stamp"
    wanted = f"{sys.version} {DJSTRIPE}"
    if not stamp.exists() or stamp.read_text() != wanted:
        print(f"Making an environment for dj-stripe in {DJSTRIPE_VENV.name}", flush=True)
        subprocess.run([sys.executable, "-m", "venv", "--clear", DJSTRIPE_VENV], check=True)
        packages = (DJSTRIPE, "gunicorn>=23", "psycopg[binary]>=3.2")
        subprocess.run([python, "-m", "pip", "install", "--quiet", *packages], check=True)
        stamp.write_text(wanted)
    return python


def environ_of(contestant: Contestant, *, server_port: int, stub_port: int) -> dict[str, str]:
    """Return what a contestant's settings ask the environment for."""
    return {
        "DJANGO_SETTINGS_MODULE": contestant.settings,
        "REVENUE_INTEL_BENCH_PORT": str(server_port),
        "REVENUE_INTEL_BENCH_DATABASE": contestant.database,
        "REVENUE_INTEL_BENCH_USER": postgres.USER,
        "REVENUE_INTEL_BENCH_PROCESSING": contestant.processing,
        "REVENUE_INTEL_BENCH_STUB": f"http://127.0.0.1:{stub_port}",
    }


def python_of(contestant: Contestant) -> Path:
    return djstripe_python() if contestant.is_djstripe else Path(sys.executable)


def migrate(contestant: Contestant, environ: Mapping[str, str]) -> None:
    """Make a contestant's tables."""
    _run(contestant, environ, "-m", "django", "migrate", "--verbosity", "0", "--skip-checks", "--run-syncdb")
    if contestant.is_djstripe:
        _run(contestant, environ, "-m", "benchmarks.djstripe.endpoint", SECRET)


def _run(contestant: Contestant, environ: Mapping[str, str], *arguments: str) -> None:
    env = {**os.environ, "PYTHONPATH": str(processes.ROOT), **environ}
    subprocess.run([python_of(contestant), *arguments], check=True, cwd=processes.ROOT, env=env)


@contextlib.contextmanager
def serving(contestant: Contestant, environ: Mapping[str, str]) -> Iterator[tuple[int, int]]:
    """Run a contestant's server until the block ends; give its port and its process."""
    port = free_port()
    command = (
        *(python_of(contestant), "-m", "gunicorn", "django.core.wsgi:get_wsgi_application()"),
        *("--bind", f"127.0.0.1:{port}", "--worker-class", "gthread", "--keep-alive", "60"),
        *("--workers", str(WORKERS), "--threads", str(THREADS), "--log-level", "warning"),
        *("--graceful-timeout", "2"),
    )
    with processes.program(*command, **environ) as process:
        until = time.monotonic() + READY_SECONDS
        while not _answers(port):
            if process.poll() is not None or time.monotonic() > until:
                raise RuntimeError(f"The server of {contestant.name!r} did not start.")
            time.sleep(0.1)
        yield port, process.pid


def _answers(port: int) -> bool:
    """Say whether a server answers, whatever it answers."""
    try:
        urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=2).close()
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False
    return True
