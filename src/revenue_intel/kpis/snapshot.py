"""Read everything of one answer from one state of the database."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connections, transaction

from revenue_intel.kpis.databases import analytics_alias


@contextmanager
def one_snapshot() -> Iterator[None]:
    """Let all reads inside see one state: a payment that arrives meanwhile is in all of them or in none.

    Inside somebody else's transaction that transaction decides what is seen.
    """
    alias = analytics_alias()
    connection = connections[alias]
    if connection.in_atomic_block:
        yield
        return
    with transaction.atomic(using=alias):
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield
