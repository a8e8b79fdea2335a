"""Insert rows of ours by a statement whose text is made once: for what every event does."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any, Final

from django.db import connections, router
from django.db.models import AutoField, Model

from revenue_intel.kit import prepared
from revenue_intel.kit.together import send_later

#: How many rows one statement inserts at most.
BATCH: Final = 100


def insert_if_absent(row: Model) -> bool:
    """Insert a row and set its primary key, unless a unique key of it is taken; say whether it was inserted.

    One that is there stays as it is. A row that was inserted is ours until the transaction ends. Where another
    transaction is inserting the same key, this waits for its end.
    """
    return _insert([row], conflict="ON CONFLICT DO NOTHING")


def insert_rows(rows: Sequence[Model]) -> None:
    """Insert new rows of one model, a hundred a statement, and set their primary keys. Signals are not sent.

    Raises:
        IntegrityError: a unique key of one is taken.
    """
    for start in range(0, len(rows), BATCH):
        _insert(rows[start : start + BATCH])


def insert_later(rows: Sequence[Model]) -> None:
    """Insert new rows of one model whose keys nobody asks for, with the next statement that is sent.

    A key that the database gives may stay unknown.

    Raises:
        IntegrityError: a unique key of one is taken. The next statement raises it.
    """
    for start in range(0, len(rows), BATCH):
        batch = rows[start : start + BATCH]
        using, statement, parameters = _prepare(batch)
        send_later(statement, parameters, using=using)
        _mark(batch, using)


def _insert(rows: Sequence[Model], *, conflict: str = "") -> bool:
    using, statement, parameters = _prepare(rows, conflict=conflict, is_asked=True)
    connection = connections[using]
    with connection.cursor() as cursor:
        prepared.execute(connection, cursor, statement, parameters)
        inserted = cursor.fetchall()
    for row, (pk,) in zip(rows, inserted, strict=False):
        if row.pk is None:
            row.pk = pk
    if inserted:
        _mark(rows, using)
    return bool(inserted)


def _mark(rows: Sequence[Model], using: str) -> None:
    for row in rows:
        row._state.adding, row._state.db = False, using


def _prepare(
    rows: Sequence[Model], *, conflict: str = "", is_asked: bool = False
) -> tuple[str, str, list[Any]]:
    """Return the database, the statement, which answers the primary keys if they are asked, and its parameters."""
    model = type(rows[0])
    using = router.db_for_write(model)
    connection = connections[using]
    statement, fields = _statement(model, len(rows), conflict, is_asked, connection.vendor)
    parameters = [
        field.get_db_prep_save(field.pre_save(row, add=True), connection) for row in rows for field in fields
    ]
    return using, statement, parameters


@cache
def _statement(
    model: type[Model], number: int, conflict: str, is_asked: bool, vendor: str
) -> tuple[str, list[Any]]:
    """Return the statement, and the fields whose values it takes for each row."""
    quote = connections[router.db_for_write(model)].ops.quote_name
    # A key that the database gives is an AutoField, large or small.
    fields = [field for field in model._meta.local_concrete_fields if not isinstance(field, AutoField)]
    columns = ", ".join(quote(str(field.column)) for field in fields)
    places = f"({', '.join(['%s'] * len(fields))})"
    statement = f"INSERT INTO {quote(model._meta.db_table)} ({columns}) VALUES {', '.join([places] * number)} {conflict}"  # noqa: S608
    if is_asked:
        statement += f" RETURNING {quote(str(model._meta.pk.column))}"
    return statement, fields
