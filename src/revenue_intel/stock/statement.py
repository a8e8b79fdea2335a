"""A plan as one statement of PostgreSQL: lock, check, write the ledger, write the counters.

Its parts run in this order, because each asks for the one before: the rows of one model after the other
are locked in the order of their keys (``lock_rows``' order); what they hold after the lock is compared
with what is wanted; the movements are inserted if all of it fits; the counters and the reservation
are written if all movements were new. A movement whose key is taken was written by somebody who was
first. Under READ COMMITTED a locking read and an update both see the newest version of a row.
"""

# ruff: noqa: S608 - names come from models, all values are parameters

from __future__ import annotations

from collections import defaultdict
from itertools import chain
from typing import Any

from django.db.models import Model

from revenue_intel.stock import locks
from revenue_intel.stock.models import StockMovement, StockReservation
from revenue_intel.stock.plans import Plan
from revenue_intel.stock.rows import opening_key, table_of

#: The ledger's columns, with their types.
COLUMNS = {
    "key": "text",
    "kind": "text",
    "model": "text",
    "row": "text",
    "field": "text",
    "reserved_field": "text",
    "quantity": "bigint",
    "held": "bigint",
    "pieces": "bigint",
    "order_reference": "text",
    "line_key": "text",
    "cause": "text",
    "event_id": "text",
    "expires_at": "timestamptz",
    "recorded_at": "timestamptz",
}

#: A field and its reserved field, or "".
Fields = tuple[str, str]
#: What is wanted of one counter: must it be there, change of the field, change of the reserved field.
Change = tuple[bool, int, int]
#: A model, and what is wanted of its rows by key.
Wanted = tuple[type[Model], dict[Any, dict[Fields, Change]]]


class Statement:
    """SQL and its parameters, put together part by part."""

    def __init__(self, connection: Any) -> None:
        """Begin an empty statement."""
        self.connection = connection
        self.quote = connection.ops.quote_name
        self.parts: list[str] = []
        self.parameters: list[Any] = []

    def add(self, sql: str, *parameters: Any) -> None:
        """Add a common table expression."""
        self.parts.append(sql)
        self.parameters.extend(parameters)


def build_statement(plan: Plan, connection: Any) -> tuple[str, list[Any]]:
    """Return the statement and its parameters. It answers (key, id) of each movement, or nothing."""
    statement = Statement(connection)
    models = _by_model(plan)
    for number, wanted in enumerate(models):
        _add_lock(statement, number, wanted)
    fits = " AND ".join(f"(SELECT fits FROM f{number})" for number in range(len(models))) or "true"
    _add_movements(statement, plan, models, fits)
    is_new = "(SELECT count(*) FROM written WHERE kind <> 'opening') = %s"
    for number, wanted in enumerate(models):
        _add_counters(statement, number, wanted, is_new, len(plan.movements))
    _add_reservation(statement, plan, is_new)
    sql = (
        f"WITH {', '.join(statement.parts)} SELECT key, id FROM written WHERE kind <> 'opening' AND {is_new}"
    )
    return sql, [*statement.parameters, len(plan.movements)]


def _by_model(plan: Plan) -> list[Wanted]:
    """Return models in the order of their labels, each with what is wanted by key and field."""
    found: dict[str, dict[Any, dict[Fields, Change]]] = defaultdict(lambda: defaultdict(dict))
    models: dict[str, type[Model]] = {}
    for row, change in plan.changes().items():
        target = plan.rows[row]
        models[row[0]] = table_of(target.model, target.field)
        found[row[0]][target.pk][target.field, target.reserved_field] = (row in plan.wanted, *change)
    return [(models[label], found[label]) for label in sorted(found)]


def _fields_of(rows: dict[Any, dict[Fields, Change]]) -> list[Fields]:
    return sorted(set(chain.from_iterable(rows.values())))


def _add_lock(statement: Statement, number: int, wanted: Wanted) -> None:
    """Lock this model's rows in the order of their keys, and compare what they hold with what is wanted."""
    model, rows = wanted
    fields, key = _fields_of(rows), model._meta.pk
    key_type = key.rel_db_type(statement.connection)
    quote = statement.quote
    arrays = [f"%s::{key_type}[]"]
    names = ["pk"]
    values: list[Any] = [[key.get_db_prep_value(pk, statement.connection) for pk in rows]]
    counters, tests = [], []
    for n, pair in enumerate(fields):
        arrays += ["%s::boolean[]", "%s::bigint[]", "%s::bigint[]"]
        names += [f"needed{n}", f"quantity{n}", f"held{n}"]
        values += [
            list(each) for each in zip(*(row.get(pair, (False, 0, 0)) for row in rows.values()), strict=True)
        ]
        counters.append(f"t.{_column(statement, model, pair[0])} AS field{n}")
        reserved = f"t.{_column(statement, model, pair[1])}" if pair[1] else "0"
        counters.append(f"{reserved} AS reserved{n}")
        claim = f"(held{n} - quantity{n})" if pair[1] else f"(-quantity{n})"
        tests.append(
            f"CASE WHEN l.pk IS NULL THEN NOT needed{n} ELSE "
            f"({claim} <= 0 OR field{n} - reserved{n} >= {claim}) "
            f"AND (quantity{n} >= 0 OR field{n} + quantity{n} >= 0) END"
        )
    after = f"AND (SELECT count(*) FROM l{number - 1}) >= 0" if number else ""
    statement.add(
        f"w{number} AS MATERIALIZED (SELECT * FROM unnest({', '.join(arrays)}) AS w({', '.join(names)}))",
        *values,
    )
    pk = quote(key.column)
    select = locks.locking_select(
        table=quote(model._meta.db_table),
        key=pk,
        columns=f"t.{pk} AS pk, {', '.join(counters)}",
        condition=f"t.{pk} = ANY(%s::{key_type}[]) {after}",
    )
    statement.add(f"l{number} AS MATERIALIZED ({select})", values[0])
    statement.add(
        f"f{number} AS MATERIALIZED (SELECT bool_and({' AND '.join(tests)}) AS fits "
        f"FROM w{number} w LEFT JOIN l{number} l ON l.pk = w.pk)"
    )


def _add_movements(statement: Statement, plan: Plan, models: list[Wanted], fits: str) -> None:
    """Insert the movements if all fits, each row's opening before them."""
    columns = ", ".join(COLUMNS)
    arrays = ", ".join(f"%s::{kind}[]" for kind in COLUMNS.values())
    values: list[Any] = [[getattr(movement, name) for movement in plan.movements] for name in COLUMNS]
    select = f"SELECT m.* FROM unnest({arrays}) WITH ORDINALITY AS m({columns}, number)"
    for number, (model, rows) in enumerate(models):
        for n, pair in enumerate(_fields_of(rows)):
            names = {pk: (model._meta.label_lower, str(pk), pair[0]) for pk in rows}
            new = {
                pk: row for pk, row in names.items() if row in plan.rows and row not in plan.history.opened
            }
            if new:
                select += (
                    f" UNION ALL SELECT o.key, 'opening', %s, o.row, %s, %s, l.field{n}, l.reserved{n}, 0, "
                    f"'', '', '', '', NULL, %s, 0 FROM unnest(%s::text[], %s::text[]) AS o(key, row) "
                    f"JOIN l{number} l ON l.pk::text = o.row"
                )
                keys = [opening_key(row) for row in new.values()]
                values += [model._meta.label_lower, *pair, plan.at, keys, [row[1] for row in new.values()]]
    table = statement.quote(StockMovement._meta.db_table)
    statement.add(
        f"written AS (INSERT INTO {table} ({columns}) SELECT {columns} FROM ({select}) AS s "
        f"WHERE {fits} ORDER BY number ON CONFLICT (key) DO NOTHING RETURNING id, key, kind)",
        *values,
    )


def _add_counters(statement: Statement, number: int, wanted: Wanted, is_new: str, count: int) -> None:
    """Write this model's counters; the reserved one is ours, and never written below zero."""
    model, rows = wanted
    sets = []
    for n, pair in enumerate(_fields_of(rows)):
        changes = [row.get(pair, (False, 0, 0)) for row in rows.values()]
        if any(quantity for _, quantity, _ in changes):
            sets.append(f"{_column(statement, model, pair[0])} = l.field{n} + w.quantity{n}")
        if pair[1] and any(held for _, _, held in changes):
            column = _column(statement, model, pair[1])
            sets.append(f"{column} = greatest(l.reserved{n} + w.held{n}, 0)")
    if sets:
        table, pk = statement.quote(model._meta.db_table), statement.quote(model._meta.pk.column)
        statement.add(
            f"c{number} AS (UPDATE {table} t SET {', '.join(sets)} FROM l{number} l JOIN w{number} w "
            f"ON w.pk = l.pk WHERE t.{pk} = l.pk AND {is_new})",
            count,
        )


def _add_reservation(statement: Statement, plan: Plan, is_new: str) -> None:
    table, until = statement.quote(StockReservation._meta.db_table), plan.reserved_until()
    if until is not None:
        statement.add(
            f"reserved AS (INSERT INTO {table} (order_reference, expires_at) SELECT %s, %s::timestamptz "
            f"WHERE {is_new} ON CONFLICT (order_reference) DO UPDATE SET expires_at = EXCLUDED.expires_at)",
            plan.order_reference,
            until,
            len(plan.movements),
        )
    elif plan.history.expires_at is not None:
        statement.add(
            f"reserved AS (DELETE FROM {table} WHERE order_reference = %s AND {is_new})",
            plan.order_reference,
            len(plan.movements),
        )


def _column(statement: Statement, model: type[Model], field: str) -> str:
    column: Any = model._meta.get_field(field)
    return str(statement.quote(column.column))
