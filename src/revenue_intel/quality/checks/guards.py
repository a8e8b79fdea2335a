"""The append-only tables are guarded by triggers, not by good intentions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from django.db import DEFAULT_DB_ALIAS, connections

from revenue_intel.issues.models import Issue
from revenue_intel.kit.append_only import append_only_models
from revenue_intel.quality.base import Check, Finding

#: Tables that a trigger of ours guards. A disabled trigger guards nothing.
GUARDED: Final = {
    "postgresql": (
        "SELECT c.relname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid "
        "WHERE t.tgname = c.relname || '_append_only' AND t.tgenabled IN ('O', 'A') "
        "AND pg_table_is_visible(c.oid)"
    ),
    "sqlite": "SELECT tbl_name FROM sqlite_master WHERE type = 'trigger' AND name = tbl_name || '_append_only'",
}


def find_unguarded_tables(*, alias: str = DEFAULT_DB_ALIAS) -> list[str]:
    """Return the append-only tables that have no working trigger."""
    connection = connections[alias]
    with connection.cursor() as cursor:
        cursor.execute(GUARDED[connection.vendor])
        guarded = {row[0] for row in cursor.fetchall()}
    return sorted({model._meta.db_table for model in append_only_models()} - guarded)


def _guards_stand() -> Iterator[Finding]:
    for table in find_unguarded_tables():
        yield Finding(
            subject=table, message=f"{table} can be changed: its append-only trigger is missing or disabled"
        )


GUARDS = Check(
    slug="append-only-guards",
    title="The append-only tables refuse changes",
    severity=Issue.Severity.ERROR,
    run=_guards_stand,
)
