"""The locks of the rollups."""

from __future__ import annotations

from django.db import connections

from revenue_intel.kpis.questions import Scope


def lock_scope(scope: Scope, *, using: str) -> None:
    """Let nobody else work out days of this scope until the transaction ends.

    PostgreSQL only: SQLite has a single writer anyway. Whoever writes facts never waits here.
    """
    connection = connections[using]
    if connection.vendor == "postgresql":
        name = f"revenue_intel:rollup:{scope.currency}:{scope.livemode}:{scope.account}"
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [name])
