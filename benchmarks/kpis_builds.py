"""How long days take to work out ahead, all and one, against a plain ``INSERT … SELECT`` over the same facts."""

from __future__ import annotations

import os
import resource
import statistics
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

from django.db import connection

from benchmarks.kpis_contestants import run
from benchmarks.kpis_shop import LAST_DAY
from benchmarks.kpis_sql import ARRAYS, PLAIN_BUILD
from revenue_intel.kpis.rollups import Stretch, build, find_stretches

ONE_DAY_TIMES = 7


def took(work: Callable[[], Any]) -> float:
    """Return how many seconds ``work`` takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def measure_builds(rounds: int, *, say: Callable[[str], Any] = print) -> dict[str, Any]:
    """Work out all days, and each of the last ones alone; where the database is PostgreSQL, plain SQL in turns with it.

    A single day is worked out twice: what is needed of its customers' past was written when they bought, and is in
    memory in a shop, but not in one that was just made.
    """
    has_plain = connection.vendor == "postgresql"
    plain, ours, cpu = [], [], []
    for number in range(rounds):
        if has_plain:
            run("DROP TABLE IF EXISTS bench_plain")
            say(f"round {number + 1} of {rounds}: plain INSERT … SELECT")
            plain.append(took(lambda: run(PLAIN_BUILD)))
            say(f"{plain[-1]:.2f} s")
        run("DELETE FROM revenue_intel_dayrollup")
        say(f"round {number + 1} of {rounds}: all days")
        began = os.times()
        ours.append(took(lambda: [build(each) for each in find_stretches(last=LAST_DAY)]))
        cpu.append(os.times().user - began.user)
        say(f"{ours[-1]:.2f} s")
    [*_, stretch] = find_stretches(last=LAST_DAY, everything=True)
    say("single days")
    days = [LAST_DAY - timedelta(days=n) for n in range(ONE_DAY_TIMES)]
    one = [
        [took(partial(build, Stretch(scopes=stretch.scopes[-1:], first=day, last=day))) for _ in range(2)]
        for day in days
    ]
    first, again = zip(*one, strict=True)
    return {
        "days": stretch.days,
        "plain_seconds": [round(each, 2) for each in plain],
        "seconds": [round(each, 2) for each in ours],
        "seconds_of_python": [round(each, 2) for each in cpu],
        "to_plain": sorted(round(mine / other, 2) for mine, other in zip(ours, plain, strict=False)),
        "one_day_ms": round(statistics.median(again) * 1000),
        "one_day_ms_each": [round(each * 1000) for each in again],
        "one_day_ms_first_read": [round(each * 1000) for each in first],
        "peak_mb": peaks(),
    }


def make_floor() -> None:
    """Keep the rollups as arrays, for the floor."""
    run("DROP TABLE IF EXISTS bench_floor")
    run(ARRAYS)
    run("CREATE UNIQUE INDEX ON bench_floor (number)")
    run("VACUUM ANALYZE bench_floor")
    run("VACUUM ANALYZE revenue_intel_dayrollup")


def peaks() -> dict[str, int]:
    """Return the most memory that this process, and the one of the database that works for it, ever held, in MB."""
    unit = 1024**2 if sys.platform == "darwin" else 1024
    found = {"program": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // unit}
    if connection.vendor == "postgresql":
        status = Path(f"/proc/{run('SELECT pg_backend_pid()')[0][0]}/status")
        if status.exists():  # shared buffers that it has touched are part of it
            [peak] = [line for line in status.read_text().splitlines() if line.startswith("VmHWM")]
            found["database"] = int(peak.split()[1]) // 1024
    return found
