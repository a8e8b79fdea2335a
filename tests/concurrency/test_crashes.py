"""Whatever is killed while events come in – workers, the web process, PostgreSQL – none is lost and none counts twice.

``tests/concurrency/soak.py`` says how; there the same runs with thousands of events.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.threads import postgres_only

pytestmark = [postgres_only, pytest.mark.slow]

EVENTS = 100
KILLS = 5


@pytest.fixture(scope="module")
def report() -> dict[str, Any]:
    command = [sys.executable, "-m", "tests.concurrency.soak", "--events", str(EVENTS), "--kills", str(KILLS)]
    done = subprocess.run(
        command, cwd=Path(__file__).parents[2], capture_output=True, text=True, timeout=900, check=False
    )
    assert done.stdout, done.stderr
    said: dict[str, Any] = json.loads(done.stdout)
    return said


@pytest.mark.parametrize("killed", ["workers", "web"])
def test_processes_killed_in_the_middle_of_transactions_leave_the_outcome_of_the_undisturbed_run(
    report, killed
):
    run = report[killed]

    assert 1 <= run["kills"]["in a transaction"] == run["restarts"] <= KILLS
    assert_nothing_is_lost_or_doubled(run)


def test_a_database_killed_and_restarted_leaves_the_outcome_of_the_undisturbed_run(report):
    run = report["database"]

    assert sum(run["kills"].values()) == run["restarts"] >= 1
    assert_nothing_is_lost_or_doubled(run)


def assert_nothing_is_lost_or_doubled(run: dict[str, Any]) -> None:
    assert (run["lost"], run["doubled"], run["hash after"]) == (0, 0, run["hash clean"]), run


def test_the_events_did_arrive_twice(report):
    assert report["deliveries"] > report["events"] == EVENTS
