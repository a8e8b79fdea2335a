"""Read and write rows of ours by statements whose text is made once: for what every event does.

What the ORM needs to make a statement out of a query costs more than the statement.
"""

# ruff: noqa: S608 - names come from models, all values are parameters

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, TypeVar

from django.db import connections, router
from django.db.models import Model
from django.db.transaction import TransactionManagementError

from revenue_intel.kit import prepared
from revenue_intel.kit.together import ask_later, send_later

Row = TypeVar("Row", bound=Model)


def find_row(model: type[Row], *, lock: str = "", **values: Any) -> Row | None:
    """Return the row whose fields have these values, of which there is at most one; None where there is none.

    Args:
        model: one of our own models.
        lock: how the row is locked until the transaction ends, in SQL; left out where the database has no row locks.
        values: by the names of the fields; none of them None.

    Raises:
        TransactionManagementError: a row is to be locked, and no transaction is open.
    """
    using = router.db_for_write(model) if lock else router.db_for_read(model)
    connection = connections[using]
    statement, fields = _find(model, tuple(values), _lock_of(lock, using), using)
    with connection.cursor() as cursor:
        prepared.execute(connection, cursor, statement, _parameters(fields, values, connection))
        found = cursor.fetchone()
    return None if found is None else make_row(model, found, using)


def ask_row(model: type[Row], *, lock: str = "", **values: Any) -> Callable[[], Row | None]:
    """Ask for the row whose fields have these values with the next statement; return what returns it. See ``find_row``."""
    using = router.db_for_write(model)
    statement, fields = _find(model, tuple(values), _lock_of(lock, using), using)
    answer = ask_later(statement, _parameters(fields, values, connections[using]), using=using)

    def find() -> Row | None:
        found = answer.rows()
        return make_row(model, found[0], using) if found else None

    return find


def ask_whether(model: type[Model], **values: Any) -> Callable[[], bool]:
    """Ask with the next statement whether there is a row whose fields have these values; return what says so. See ``find_row``."""
    connection = connections[router.db_for_write(model)]
    statement, fields = _find(model, tuple(values), "LIMIT 1", connection.alias)
    answer = ask_later(statement, _parameters(fields, values, connection), using=connection.alias)
    return lambda: bool(answer.rows())


def _lock_of(lock: str, using: str) -> str:
    """Return how a row is locked, in SQL; nothing where the database has no row locks."""
    connection = connections[using]
    if not lock or not connection.features.has_select_for_update:
        return ""
    if not connection.in_atomic_block:
        raise TransactionManagementError("A row is locked until a transaction ends, and none is open.")
    return lock


@cache
def _find(model: type[Model], names: tuple[str, ...], end: str, using: str) -> tuple[str, list[Any]]:
    """Return the statement that reads rows whose fields have given values, with its end, and these fields."""
    quote = connections[using].ops.quote_name
    fields: list[Any] = [model._meta.get_field(name) for name in names]
    wanted = " AND ".join(f"t.{quote(field.column)} = %s" for field in fields)
    columns = select_of(model, using, "t")[0]
    return f"SELECT {columns} FROM {quote(model._meta.db_table)} t WHERE {wanted} {end}", fields


def _parameters(fields: list[Any], values: dict[str, Any], connection: Any) -> list[Any]:
    return [
        field.get_db_prep_value(value, connection)
        for field, value in zip(fields, values.values(), strict=True)
    ]


def read_rows(
    model: type[Row], rest: str, parameters: Sequence[Any], *, extra: Sequence[str] = (), using: str
) -> list[tuple[Row, tuple[Any, ...]]]:
    """Return rows of a model of ours, each with the values of ``extra``.

    Args:
        model: it is called ``t`` in the statement.
        rest: the statement from behind the model's name, in SQL that all databases know.
        parameters: those of ``rest``.
        extra: what else is read, in SQL.
        using: the database that is asked.
    """
    return ask_rows(model, rest, parameters, extra=extra, using=using)()


def ask_rows(
    model: type[Row], rest: str, parameters: Sequence[Any], *, extra: Sequence[str] = (), using: str
) -> Callable[[], list[tuple[Row, tuple[Any, ...]]]]:
    """Ask for rows of a model of ours with the next statement; return what returns them. See ``read_rows``."""
    select, names, _ = select_of(model, using, "t")
    more = "".join(f", {each}" for each in extra)
    statement = f'SELECT {select}{more} FROM "{model._meta.db_table}" t {rest}'
    answer = ask_later(statement, parameters, using=using)
    return lambda: [(make_row(model, values, using), tuple(values[len(names) :])) for values in answer.rows()]


def ask_sum(model: type[Model], name: str, rest: str, parameters: Sequence[Any]) -> Callable[[], int]:
    """Ask with the next statement for the sum of a column of whole numbers over rows of a model of ours, 0 where there are none.

    What is returned returns it.

    Args:
        model: it is called ``t`` in the statement.
        name: the column.
        rest: the statement from behind the model's name, in SQL that all databases know.
        parameters: those of ``rest``.
    """
    statement = f'SELECT coalesce(sum(t."{name}"), 0) FROM "{model._meta.db_table}" t {rest}'
    answer = ask_later(statement, parameters, using=router.db_for_write(model))
    return lambda: int(answer.rows()[0][0])


def make_row(model: type[Row], values: Sequence[Any], using: str) -> Row:
    """Return the row that the first of these values stand for."""
    _, names, converters = select_of(model, using, "t")
    own = list(values[: len(names)])
    for position, (functions, column) in converters.items():
        for convert in functions:
            own[position] = convert(own[position], column, connections[using])
    return model.from_db(using, names, own)


def update_later(row: Model, names: Sequence[str]) -> None:
    """Write these fields of a row that is there, with the next statement, whatever has become of the others.

    Signals are not sent.
    """
    using = router.db_for_write(type(row), instance=row)
    statement, fields = _update(type(row), tuple(names), using)
    connection = connections[using]
    parameters = [field.get_db_prep_save(field.pre_save(row, add=False), connection) for field in fields]
    send_later(statement, parameters, using=using)


@cache
def _update(model: type[Model], names: tuple[str, ...], using: str) -> tuple[str, list[Any]]:
    """Return the statement that writes these fields of a row, and those whose values it takes: its key is the last."""
    quote = connections[using].ops.quote_name
    meta: Any = model._meta
    fields: list[Any] = [meta.get_field(name) for name in names]
    changes = ", ".join(f"{quote(field.column)} = %s" for field in fields)
    statement = f"UPDATE {quote(meta.db_table)} SET {changes} WHERE {quote(meta.pk.column)} = %s"
    return statement, [*fields, meta.pk]


@cache
def select_of(model: type[Model], using: str, alias: str) -> tuple[str, list[str], dict[int, Any]]:
    """Return a model's columns in a statement, the attributes that they fill, and what makes values of what they hold."""
    meta = model._meta
    fields: Any = meta.local_concrete_fields
    quote = connections[using].ops.quote_name
    columns = ", ".join(f"{alias}.{quote(field.column)}" for field in fields)
    compiler = model._base_manager.all().query.get_compiler(using)
    converters = compiler.get_converters([field.get_col(meta.db_table) for field in fields])
    return columns, [field.attname for field in fields], converters
