"""A PostgreSQL of our own with the durability of production, over TCP on the loopback."""

from __future__ import annotations

import shutil
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests import postgres

DURABILITY = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on", "autovacuum": "on"}


@contextmanager
def running() -> Iterator[int]:
    """Run a server until the block ends; give its port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    postgres.SERVER_OPTIONS = {
        "listen_addresses": "127.0.0.1",
        "port": str(port),
        "max_connections": "100",
        "shared_buffers": "256MB",
        "max_wal_size": "4GB",
        **DURABILITY,
    }
    base = Path(tempfile.mkdtemp(prefix="revenue-bench-"))
    try:
        server = postgres._Server(base)
        try:
            server.start()
            yield port
        finally:
            server.stop()
    finally:
        shutil.rmtree(base, ignore_errors=True)
