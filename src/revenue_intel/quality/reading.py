"""Checks never write what they check: the database refuses them while they run."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext

from django.db import DEFAULT_DB_ALIAS, connections, transaction


@contextmanager
def read_only(*, alias: str = DEFAULT_DB_ALIAS) -> Iterator[None]:
    """Refuse every write on the connection until the block ends.

    On PostgreSQL the block also sees one snapshot, unless it runs inside somebody else's
    transaction: money that arrives between two queries of a check is then no finding.
    """
    connection = connections[alias]
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA query_only = ON")
        try:
            with transaction.atomic(using=alias) if connection.in_atomic_block else nullcontext():
                yield
        finally:
            with connection.cursor() as cursor:
                cursor.execute("PRAGMA query_only = OFF")
        return
    isolation = "" if connection.in_atomic_block else " ISOLATION LEVEL REPEATABLE READ,"
    with transaction.atomic(using=alias):
        with connection.cursor() as cursor:
            cursor.execute(f"SET TRANSACTION{isolation} READ ONLY")
        yield
        transaction.set_rollback(True, using=alias)
