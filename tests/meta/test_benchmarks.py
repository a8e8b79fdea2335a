"""A benchmark that is interrupted ends at once, and leaves nothing behind: no client, no server, no folder."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Final

import pytest

from tests.meta.tree import ROOT

pytestmark = pytest.mark.skipif(os.name == "nt", reason="POSIX signals")

#: A benchmark whose clients and whose program would go on for ever; it says who they are.
ENDLESS: Final = """
import time
from benchmarks import processes, server

def client(number):
    while True:
        try:
            time.sleep(60)
        except Exception:
            pass

with server.running() as database:
    with processes.crew(client, [(1,), (2,)]) as workers, processes.program("sleep", "600") as program:
        print(*[each.pid for each in [*workers, program]], database.log.parent, flush=True)
        time.sleep(600)
"""


@pytest.mark.parametrize("name", ["SIGTERM", "SIGINT"])
def test_an_interrupted_benchmark_ends_what_it_started(name: str):
    process = subprocess.Popen(
        [sys.executable, "-c", ENDLESS],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    *pids, folder = process.stdout.readline().split()
    assert len(pids) == 3
    server_pid = int((Path(folder) / "data" / "postmaster.pid").read_text().split()[0])

    process.send_signal(getattr(signal, name))
    _, said = process.communicate(timeout=30)

    assert process.returncode
    assert "KeyboardInterrupt" in said
    assert not [pid for pid in [*map(int, pids), server_pid] if is_running(pid)]
    assert not Path(folder).exists()


def test_a_client_that_has_ended_by_itself_is_no_trouble():
    program = (
        "from benchmarks import processes\n"
        "def client(number): print('client', number, flush=True)\n"
        "with processes.crew(client, [(1,)]) as workers:\n"
        "    workers[0].join()\n"
        "print('done')\n"
    )

    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=30,
    )

    assert (done.returncode, done.stdout, done.stderr) == (0, "client 1\ndone\n", "")


def is_running(pid: int) -> bool:
    """Say whether a process is still there after a moment's grace; one that only waits to be reaped is not."""
    stat = Path(f"/proc/{pid}/stat")
    for _ in range(50):
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return False
        if stat.exists() and stat.read_text().rpartition(")")[2].split()[0] == "Z":
            return False
        time.sleep(0.1)
    return True
