"""What each contestant has done, as figures and as a table."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from benchmarks.webhooks import events, load
from benchmarks.webhooks.contestants import FLOOR, Contestant


@dataclass(kw_only=True)
class Runner:
    """A contestant whose server runs, and what it has done so far."""

    contestant: Contestant
    port: int
    pid: int
    new: list[load.Load] = field(default_factory=list)
    again: list[load.Load] = field(default_factory=list)
    taken: Counter[str] = field(default_factory=Counter)
    statements: dict[str, float] = field(default_factory=dict)
    api_calls: int = 0
    app_seconds: float = 0.0
    database_seconds: float = 0.0

    def count(self, bodies: list[bytes]) -> None:
        payments = sum(map(events.is_payment, bodies))
        self.taken.update(all=len(bodies), payments=payments, refunds=len(bodies) - payments)

    def post(self, bodies: list[bytes], *, connections: int = load.CONNECTIONS) -> load.Load:
        requests = [events.request(body, path=self.contestant.path, port=self.port) for body in bodies]
        done = load.post(requests, port=self.port, connections=connections)
        if done.refused:
            raise RuntimeError(f"{self.contestant.name}: {len(done.refused)} refused: {done.refused[0]}")
        return done


def rows_of(runners: list[Runner]) -> list[dict[str, Any]]:
    """Return the figures of each contestant; a ratio is taken to the floor of its own round."""
    (floor,) = (runner for runner in runners if runner.contestant is FLOOR)
    rows = []
    for runner in runners:
        latencies = sorted(latency for each in runner.new for latency in each.latencies)
        posted = sum(len(each.latencies) for each in runner.new)
        rows.append(
            {
                "contestant": runner.contestant.name,
                "new_per_second": _median(each.rate for each in runner.new),
                "new_to_floor": _ratios(runner.new, floor.new),
                "p99_ms": round(1000 * latencies[int(len(latencies) * 0.99)], 1),
                "cpu_ms_app": round(1000 * runner.app_seconds / posted, 2),
                "cpu_ms_database": round(1000 * runner.database_seconds / posted, 2),
                "again_per_second": _median(each.rate for each in runner.again),
                "again_to_floor_again": _ratios(runner.again, floor.again),
                "again_to_floor_new": _ratios(runner.again, floor.new),
                "statements": runner.statements,
                "api_calls_per_event": round(runner.api_calls / posted, 2),
            }
        )
    return rows


def _median(rates: Iterable[float]) -> int:
    return round(statistics.median(rates))


def _ratios(mine: list[load.Load], floor: list[load.Load]) -> list[float]:
    return sorted(round(each.rate / other.rate, 2) for each, other in zip(mine, floor, strict=True))


def spread(ratios: list[float]) -> str:
    return f"{statistics.median(ratios):.2f}× ({ratios[0]}–{ratios[-1]})"


def report(rows: list[dict[str, Any]]) -> None:
    print(
        "| contestant | new/s | to floor | p99 ms | CPU ms app + database | again/s | to floor's again | to floor's new "
        "| statements: payment, refund, again | API calls |\n" + "|---" * 10 + "|"
    )
    for row in rows:
        counted = row["statements"]
        print(
            f"| {row['contestant']} | {row['new_per_second']} | {spread(row['new_to_floor'])} | {row['p99_ms']} "
            f"| {row['cpu_ms_app']} + {row['cpu_ms_database']} | {row['again_per_second']} | {spread(row['again_to_floor_again'])} "
            f"| {spread(row['again_to_floor_new'])} "
            f"| {', '.join(f'{counted[key]:.4g}' for key in ('payment', 'refund', 'again'))} "
            f"| {row['api_calls_per_event']} |"
        )
