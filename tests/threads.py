"""Run functions at the same time, each in a thread with a database connection of its own."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connections

#: SQLite has one writer and no row locks: these promises can only be seen on PostgreSQL.
postgres_only = pytest.mark.skipif(
    os.environ.get("REVENUE_INTEL_TEST_DATABASE", "sqlite") != "postgres",
    reason="needs row locks: set REVENUE_INTEL_TEST_DATABASE=postgres to see this promise tested",
)


def on_a_connection_of_its_own(*functions: Callable[[], Any]) -> list[Any]:
    """Run the functions at the same time and return what each returned, or the error it raised."""
    start = threading.Barrier(len(functions), timeout=30)

    def run(function: Callable[[], Any]) -> Any:
        try:
            start.wait()
            return function()
        except Exception as error:
            return error
        finally:
            connections.close_all()

    with ThreadPoolExecutor(max_workers=len(functions)) as pool:
        return list(pool.map(run, functions))
