"""See that each of many generated histories ends in one outcome, however its events arrive.

``python -m tests.concurrency.converge --histories 10000 --seed 1 --database sqlite`` plays the histories of the seeds
1 to 10000: each in order and inline, then in ``--arrivals`` other ways (permuted, in part twice, with orders made
late and Stripe's bookings read at any moment), inline or, with ``--deferred``, stored in batches and applied by four
workers. Prints one line of JSON; exit 1 names the seed of the first history that came to two outcomes, which
``--seed N --histories 1`` plays again. ``--seed`` also goes on where another run has ended.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import random
import signal
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

#: After so many histories PostgreSQL tidies up what plays have left behind.
TIDY_AFTER = 200

Play = Callable[[Any, Any, random.Random], dict[str, Any]]


@dataclass
class Report:
    """What came of a run."""

    histories: int = 0
    short_of_stock: int = 0
    arrivals: int = 0
    events: int = 0
    deliveries: int = 0
    outcomes: int = 0
    types: set[str] = field(default_factory=set)
    hashes: Any = field(default_factory=sha256)
    differs: dict[str, Any] | None = None


def prepare(database: str) -> None:
    """Set up Django on an empty, migrated database: SQLite in memory, or a PostgreSQL of its own."""
    os.environ["REVENUE_INTEL_TEST_DATABASE"] = database
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
    import logging

    import django
    from django.core.management import call_command

    django.setup()
    logging.disable(logging.ERROR)
    call_command("migrate", verbosity=0)


@contextlib.contextmanager
def player(*, is_deferred: bool) -> Iterator[Play]:
    """Give the function that plays an arrival and leaves nothing."""
    from django.db import connection

    from tests.histories import playing
    from tests.history import rolled_back

    def play(history: Any, steps: Any, chance: random.Random) -> dict[str, Any]:
        with rolled_back():
            if is_deferred:
                return playing.play_deferred(history, steps, chance)
            return playing.play_inline(history, steps)

    if not is_deferred or connection.vendor != "postgresql":
        yield play
        return
    with playing.Workers() as workers:

        def play_at_once(history: Any, steps: Any, chance: random.Random) -> dict[str, Any]:
            try:
                return workers.play(history, steps, chance)
            finally:
                playing.wipe()

        yield play_at_once


def converge(*, seed: int, histories: int, arrivals: int, is_deferred: bool) -> Report:
    """Play the histories, until one differs or somebody stops us; report what was played to its end."""
    from django.db import connection

    from tests.histories.commerce import arrive, in_order, make_history
    from tests.histories.playing import digest

    report, began = Report(), time.monotonic()
    with (
        contextlib.suppress(KeyboardInterrupt),
        player(is_deferred=False) as play_in_order,
        player(is_deferred=is_deferred) as play,
    ):
        for number in range(seed, seed + histories):
            history = make_history(random.Random(number))
            expected = play_in_order(history, in_order(history), random.Random(number))
            for arrival in range(arrivals):
                chance = random.Random(f"{number}/{arrival}")
                steps = arrive(history, chance)
                result = play(history, steps, chance)
                report.arrivals += 1
                report.deliveries += len(steps)
                if digest(result) != digest(expected):
                    differing = [name for name in expected if result.get(name) != expected[name]]
                    report.differs = {"seed": number, "arrival": arrival, "in": differing}
                    return report
            report.histories += 1
            report.outcomes += 1
            report.short_of_stock += history.is_short
            report.events += len(history.events)
            report.types |= {event["type"] for event in history.events}
            report.hashes.update(digest(expected).encode())
            tell_progress(report, number=number, seconds=time.monotonic() - began)
            if connection.vendor == "postgresql" and report.histories % TIDY_AFTER == 0:
                with connection.cursor() as cursor:
                    cursor.execute("VACUUM")
    return report


def tell_progress(report: Report, *, number: int, seconds: float) -> None:
    """Say now and then how far it is, on standard error."""
    if report.histories % 100 == 0:
        rate = report.histories / seconds
        sys.stderr.write(f"\rseed {number}: {report.histories} histories, {rate:.1f} a second ")
        sys.stderr.flush()


def main() -> None:
    """Read the command line, play, and say what came of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--histories", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1, help="the first seed")
    parser.add_argument("--arrivals", type=int, default=1, help="other ways in which each history arrives")
    parser.add_argument("--database", choices=["sqlite", "postgres"], default="sqlite")
    parser.add_argument("--deferred", action="store_true", help="four workers; else inline")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # what was played is told however it ends
    prepare(options.database)
    began = time.monotonic()
    report = converge(
        seed=options.seed,
        histories=options.histories,
        arrivals=options.arrivals,
        is_deferred=options.deferred,
    )
    told = vars(report) | {
        "types": len(report.types),
        "hashes": report.hashes.hexdigest()[:16],
        "seeds": [options.seed, options.seed + report.histories - 1],
        "mode": f"{options.database} {'deferred' if options.deferred else 'inline'}",
        "seconds": round(time.monotonic() - began, 1),
    }
    sys.stdout.write(f"{json.dumps(told)}\n")
    sys.exit(report.differs is not None)


if __name__ == "__main__":
    main()
