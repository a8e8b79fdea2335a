"""A PostgreSQL of our own with the durability of production, over TCP on the loopback."""

from __future__ import annotations

import shutil
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks import processes
from tests import postgres

DURABILITY = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on", "autovacuum": "on"}


@dataclass(frozen=True, kw_only=True)
class Server:
    """Where a server listens, and what it writes its log to."""

    port: int
    log: Path


@contextmanager
def running(folder: Path | None = None) -> Iterator[Server]:
    """Run a server until the block ends, which a termination signal ends as Ctrl-C does.

    Its data is in ``folder`` and stays there, and what is there already is used; it is gone afterwards where None.
    """
    with processes.interruptible():
        yield from _run(folder)


def free_port() -> int:
    """Return a port of the loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def _run(folder: Path | None) -> Iterator[Server]:
    port = free_port()
    postgres.SERVER_OPTIONS = {
        "listen_addresses": "127.0.0.1",
        "port": str(port),
        "max_connections": "100",
        "shared_buffers": "256MB",
        "max_wal_size": "4GB",
        **DURABILITY,
    }
    base = folder or Path(tempfile.mkdtemp(prefix="revenue-bench-"))
    base.mkdir(parents=True, exist_ok=True)
    try:
        server = postgres._Server(base.resolve())
        try:
            if (server.data / "PG_VERSION").exists():
                server.configure()
                server.restart()
            else:
                server.start()
            yield Server(port=port, log=server.log)
        finally:
            server.stop()
    finally:
        if folder is None:
            shutil.rmtree(base, ignore_errors=True)
