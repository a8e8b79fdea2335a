"""Insert rows of ours by a statement whose text is made once: for what every event does."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, Final
from uuid import UUID

from django.db import connections, models, router
from django.db.models import AutoField, Model

from revenue_intel.kit.together import Answer, Rows, ask_later, send_later

#: Kinds of fields whose values need no preparing, where they are of this type.
AS_IT_IS: Final[dict[type, type]] = {
    models.BigIntegerField: int,
    models.BooleanField: bool,
    models.CharField: str,
    models.IntegerField: int,
    models.UUIDField: UUID,
}
#: How many rows one statement inserts at most.
BATCH: Final = 100


def insert_if_absent(row: Model) -> bool:
    """Insert a row and set its primary key, unless a unique key of it is taken; say whether it was inserted.

    One that is there stays as it is. A row that was inserted is ours until the transaction ends. Where another
    transaction is inserting the same key, this waits for its end.
    """
    return ask_insert(row)()


def ask_insert(row: Model) -> Callable[[], bool]:
    """Insert a row with the next statement; return what says if it was inserted. See :func:`insert_if_absent`."""
    answer = _insert_later([row], conflict="ON CONFLICT DO NOTHING")
    return lambda: bool(answer.rows())


def insert_rows(rows: Sequence[Model]) -> None:
    """Insert new rows of one model, a hundred a statement, and set their primary keys. Signals are not sent.

    Raises:
        IntegrityError: a unique key of one is taken.
    """
    for start in range(0, len(rows), BATCH):
        _insert_later(rows[start : start + BATCH]).rows()


def insert_later(rows: Sequence[Model], *, found_by: tuple[str, str] = ("", "")) -> None:
    """Insert new rows of one model whose keys nobody asks for, with the next statement that is sent.

    Args:
        rows: a key that the database gives may stay unknown.
        found_by: a foreign key of theirs, and a unique field of the row that it refers to: by that the row is looked up,
            because its own key may not be known yet.

    Raises:
        IntegrityError: a unique key of one is taken. The next statement raises it.
    """
    for start in range(0, len(rows), BATCH):
        batch = rows[start : start + BATCH]
        using, statement, parameters = _prepare(batch, found_by=found_by)
        send_later(statement, parameters, using=using)
        _mark(batch, using)


def insert_one_later(row: Model) -> None:
    """Insert a new row with the next statement that is sent: then its primary key is set, and not before.

    Raises:
        IntegrityError: a unique key of it is taken. The next statement raises it.
    """
    _insert_later([row])
    _mark([row], router.db_for_write(type(row)))


def _insert_later(rows: Sequence[Model], *, conflict: str = "") -> Answer:
    """Insert rows with the next statement; the answer has the keys of those that were inserted, which are set then."""
    using, statement, parameters = _prepare(rows, conflict=conflict, is_asked=True)

    def note(inserted: Rows) -> None:
        for row, (pk,) in zip(rows, inserted, strict=False):
            if row.pk is None:
                row.pk = pk
        if inserted:
            _mark(rows, using)

    return ask_later(statement, parameters, using=using, then=note)


def _mark(rows: Sequence[Model], using: str) -> None:
    for row in rows:
        row._state.adding, row._state.db = False, using


def _prepare(
    rows: Sequence[Model],
    *,
    conflict: str = "",
    is_asked: bool = False,
    found_by: tuple[str, str] = ("", ""),
) -> tuple[str, str, list[Any]]:
    """Return the database, the statement, which answers the primary keys if they are asked, and its parameters."""
    model = type(rows[0])
    using = router.db_for_write(model)
    connection = connections[using]
    statement, fields = _statement(model, len(rows), conflict, is_asked, connection.vendor, found_by)
    owner, name = found_by
    parameters = [
        getattr(getattr(row, owner), name) if field.name == owner else _value_of(field, row, connection)
        for row in rows
        for field in fields
    ]
    return using, statement, parameters


def _value_of(field: Any, row: Model, connection: Any) -> Any:
    """Return a field's value as the database takes it: of most kinds PostgreSQL's driver takes it as it is."""
    if connection.vendor == "postgresql" and type(field) in AS_IT_IS:
        value = getattr(row, field.attname)
        if value is None or type(value) is AS_IT_IS[type(field)]:
            return value
    return field.get_db_prep_save(field.pre_save(row, add=True), connection)


@cache
def _statement(
    model: type[Model], number: int, conflict: str, is_asked: bool, vendor: str, found_by: tuple[str, str]
) -> tuple[str, list[Any]]:
    """Return the statement, and the fields whose values it takes for each row."""
    quote = connections[router.db_for_write(model)].ops.quote_name
    # A key that the database gives is an AutoField, large or small.
    fields = [field for field in model._meta.local_concrete_fields if not isinstance(field, AutoField)]
    columns = ", ".join(quote(str(field.column)) for field in fields)
    places = f"({', '.join(_place(field, found_by, quote) for field in fields)})"
    statement = f"INSERT INTO {quote(model._meta.db_table)} ({columns}) VALUES {', '.join([places] * number)} {conflict}"  # noqa: S608
    if is_asked:
        statement += f" RETURNING {quote(str(model._meta.pk.column))}"
    return statement, fields


def _place(field: Any, found_by: tuple[str, str], quote: Callable[[str], str]) -> str:
    """Return what stands for a field's value: a parameter, or the key of the row that is found by one."""
    owner, name = found_by
    if field.name != owner:
        return "%s"
    meta: Any = field.remote_field.model._meta
    table, found = quote(meta.db_table), quote(meta.get_field(name).column)
    return f"(SELECT {quote(field.target_field.column)} FROM {table} WHERE {found} = %s)"  # noqa: S608
