"""Append-only tables: the database itself refuses to change what was written.

PostgreSQL refuses UPDATE and DELETE of a row. SQLite refuses UPDATE only: a delete trigger
would break Django's own flush in every host's tests. Installed after every migration,
because SQLite drops a table's triggers whenever it remakes the table.
"""

from __future__ import annotations

from typing import Any

from django.db import connections, models

POSTGRES_FUNCTION = """
CREATE OR REPLACE FUNCTION revenue_intel_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
END $$
"""


class AppendOnlyQuerySet(models.QuerySet[Any]):
    """Rows that can be added and read, never changed or deleted."""

    def update(self, **kwargs: Any) -> int:
        """Refuse."""
        raise TypeError(f"{self.model.__name__} is append-only: a correction is a new row.")

    def delete(self) -> tuple[int, dict[str, int]]:
        """Refuse."""
        raise TypeError(f"{self.model.__name__} is append-only: a correction is a new row.")


class AppendOnlyModel(models.Model):
    """Base of the append-only tables."""

    objects = AppendOnlyQuerySet.as_manager()

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Insert; refuse to change a row that is there."""
        if not self._state.adding:
            raise TypeError(f"{type(self).__name__} is append-only: a correction is a new row.")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        """Refuse."""
        raise TypeError(f"{type(self).__name__} is append-only: a correction is a new row.")


def append_only_models() -> list[type[AppendOnlyModel]]:
    """Return every concrete append-only model."""
    return [model for model in AppendOnlyModel.__subclasses__() if not model._meta.abstract]


def install_guards(*, using: str) -> list[str]:
    """Install the triggers on database ``using`` where the tables exist; return the tables guarded."""
    connection = connections[using]
    if connection.vendor not in {"postgresql", "sqlite"}:
        return []
    guarded = []
    with connection.cursor() as cursor:
        present = set(connection.introspection.table_names(cursor))
        if connection.vendor == "postgresql":
            cursor.execute(POSTGRES_FUNCTION)
        for table in sorted(model._meta.db_table for model in append_only_models()):
            if table not in present:
                continue
            cursor.execute(guard_statement(connection.vendor, table))
            guarded.append(table)
    return guarded


def guard_statement(vendor: str, table: str) -> str:
    """Return the SQL that guards ``table``; safe to run again."""
    name = f"{table}_append_only"
    if vendor == "postgresql":
        statement = (
            f'CREATE OR REPLACE TRIGGER "{name}" BEFORE UPDATE OR DELETE ON "{table}" '
            "FOR EACH ROW EXECUTE FUNCTION revenue_intel_refuse_change()"
        )
    else:
        statement = (
            f'CREATE TRIGGER IF NOT EXISTS "{name}" BEFORE UPDATE ON "{table}" '
            f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
        )
    return statement
