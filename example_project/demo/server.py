"""The shop as a process of its own: started on a free port, asked over HTTP, ended by its id."""

from __future__ import annotations

import http.client
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from example_project.settings_base import PROJECT_DIR

from demo.places import SERVER_LOG
from demo.stage import StepFailed

HOST = "127.0.0.1"
PORT_MAXIMUM = 65_535
START_SECONDS = 30
STOP_SECONDS = 10


def find_free_port() -> int:
    """Return a port on loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


def is_free(port: int) -> bool:
    """Tell whether one could listen on a port."""
    with socket.socket() as probe:
        if os.name != "nt":  # there it would mean something else
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
        return True


def get(port: int, path: str) -> tuple[int, bytes]:
    """Ask the shop for a page."""
    connection = http.client.HTTPConnection(HOST, port, timeout=10)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


@contextmanager
def running(*command: str, port: int, **environment: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run Python with arguments that make it serve the shop on ``port``, until the block ends.

    Raises:
        StepFailed: it ended by itself, or answered nothing in time.
    """
    SERVER_LOG.parent.mkdir(parents=True, exist_ok=True)
    with SERVER_LOG.open("ab") as log:
        process = subprocess.Popen(  # noqa: S603 - our own program
            [sys.executable, *command],
            cwd=PROJECT_DIR,
            env={**os.environ, "PYTHONUNBUFFERED": "1", **environment},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    try:
        _await_answer(process, port)
        yield process
    finally:
        stop(process)


def stop(process: subprocess.Popen[bytes]) -> None:
    """End the process, gently at first."""
    process.terminate()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _await_answer(process: subprocess.Popen[bytes], port: int) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        try:
            if get(port, "/monitoring/livez/")[0] == http.client.OK:
                return
        except (OSError, http.client.HTTPException):
            time.sleep(0.05)
    tail = "\n".join(SERVER_LOG.read_text(errors="replace").splitlines()[-8:])
    raise StepFailed(f"The shop did not start on port {port}. The end of {SERVER_LOG.name}:\n{tail}")
