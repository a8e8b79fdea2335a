"""A plan as one statement of PostgreSQL: lock, check, write the ledger, write the counters.

Its parts run in this order, because each asks for the one before. The rows of one model after the other are
locked in the order of their keys; what they hold after the lock is compared with what is wanted; the
first movement is inserted if all of it fits and its key is free. All else is written only if it was: two who
plan from the same version of an order's history want the same first key, so one of them writes
nothing at all. Under READ COMMITTED a locking read and an update both see the newest version of a row.

The text depends on the shape of a plan alone, so that a server-side prepared statement can be used again.
"""

# ruff: noqa: S608 - names come from models, all values are parameters

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from typing import Any, Final

from django.db import connections
from django.db.models import Model

from revenue_intel.stock import locks
from revenue_intel.stock.models import StockMovement, StockReservation
from revenue_intel.stock.plans import Plan
from revenue_intel.stock.rows import limit_of, opening_key, table_of

#: The ledger's columns, with their types.
COLUMNS: Final = {
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
NAMES: Final = ", ".join(COLUMNS)
TYPES: Final = ", ".join(f"{name} {kind}" for name, kind in COLUMNS.items())
#: What a movement that is guessed is compared by.
GUESSED: Final = ("key", "kind", "model", "row", "field", "line_key", "pieces")
to_json: Final = json.JSONEncoder(default=str).encode


@dataclass(frozen=True, kw_only=True)
class Table:
    """One model of the host's in a statement: its table, its key, and the pairs (field, reserved field or "").

    ``limits`` is the most that each pair's field can hold.
    """

    name: str
    label: str
    key: str
    key_type: str
    pairs: tuple[tuple[str, str], ...]
    columns: tuple[tuple[str, str], ...]
    limits: tuple[int, ...]


@dataclass(frozen=True, kw_only=True)
class Shape:
    """What a statement's text depends on."""

    tables: tuple[Table, ...]
    is_guess: bool
    has_rest: bool
    opens: bool
    reservation: str


def build_statement(plan: Plan, connection: Any) -> tuple[str, list[Any]]:
    """Return the statement and its parameters. It answers (key, id) of each movement, or nothing.

    A guess fits only if the order's history is what was guessed, and if each row has its opening.
    """
    tables, rows = _tables(plan, connection)
    until = plan.reserved_until()
    unopened = [row for row in plan.rows if row not in plan.history.opened]
    shape = Shape(
        tables=tables,
        is_guess=plan.is_guess,
        has_rest=len(plan.movements) > 1,
        opens=bool(unopened) and not plan.is_guess,
        reservation="keep" if until else "end" if plan.history.expires_at else "",
    )
    movements = [
        {name: getattr(each, name) for name in COLUMNS} | {"n": n} for n, each in enumerate(plan.movements)
    ]
    parameters: list[Any] = [to_json(movements)]
    if plan.is_guess:
        guessed = [tuple(getattr(each, name) for name in GUESSED) for each in plan.history.movements]
        guessed += [(opening_key(row), StockMovement.Kind.OPENING, *row, "", 0) for row in unopened]
        parameters += [len(guessed), to_json([dict(zip(GUESSED, each, strict=True)) for each in guessed])]
    parameters += map(to_json, rows)
    parameters += [sum(row["needed"] for row in wanted) for wanted in rows]
    if shape.opens:
        names = [":".join(row) for row in unopened]
        parameters += [plan.at, names] * sum(len(table.pairs) for table in tables)
    if shape.reservation:
        parameters += [plan.order_reference, until] if until else [plan.order_reference]
    return _text(shape), parameters


def _tables(plan: Plan, connection: Any) -> tuple[tuple[Table, ...], list[list[dict[str, Any]]]]:
    """Return the tables in the order of their models' labels, and what is wanted of each one's rows."""
    found: dict[str, dict[Any, dict[tuple[str, str], tuple[bool, int, int]]]] = defaultdict(
        lambda: defaultdict(dict)
    )
    models: dict[str, type[Model]] = {}
    for row, change in plan.changes().items():
        target = plan.rows[row]
        models[row[0]] = table_of(target.model, target.field)
        found[row[0]][target.pk][target.field, target.reserved_field] = (row in plan.wanted, *change)
    tables: list[Table] = []
    wanted: list[list[dict[str, Any]]] = []
    for label in sorted(found):
        model, rows = models[label], found[label]
        key: Any = model._meta.pk
        pairs = tuple(sorted(set(chain.from_iterable(rows.values()))))
        tables.append(_table(model, pairs, connection.alias))
        wanted.append([])
        for pk, changes in rows.items():
            values = {
                "pk": key.get_db_prep_value(pk, connection),
                "needed": any(c[0] for c in changes.values()),
            }
            for n, pair in enumerate(pairs):
                _, values[f"quantity{n}"], values[f"held{n}"] = changes.get(pair, (False, 0, 0))
            wanted[-1].append(values)
    return tuple(tables), wanted


@lru_cache(maxsize=256)
def _table(model: type[Model], pairs: tuple[tuple[str, str], ...], using: str) -> Table:
    key: Any = model._meta.pk
    fields: Any = model._meta.get_field
    return Table(
        name=model._meta.db_table,
        label=model._meta.label_lower,
        key=key.column,
        key_type=key.rel_db_type(connections[using]),
        pairs=pairs,
        columns=tuple((fields(a).column, fields(b).column if b else "") for a, b in pairs),
        limits=tuple(limit_of(model, field) for field, _ in pairs),
    )


@lru_cache(maxsize=256)
def _text(shape: Shape) -> str:
    ledger = _quote(StockMovement._meta.db_table)
    parts = [f"m AS MATERIALIZED (SELECT * FROM json_to_recordset(%s) AS m(n integer, {TYPES}))"]
    if shape.is_guess:
        parts.append(f"guess AS MATERIALIZED ({_guess(ledger)})")
    parts += [_lock(shape, number) for number in range(len(shape.tables))]
    tests = ["(SELECT ok FROM guess)"] if shape.is_guess else []
    fits = " AND ".join([*tests, *(_fits(shape, number) for number in range(len(shape.tables)))]) or "true"
    parts.append(f"fits AS MATERIALIZED (SELECT {fits} AS ok)")
    if shape.opens:
        parts.append(f"opened AS ({_openings(shape)})")
    opened = " AND (SELECT count(*) FROM opened) >= 0" if shape.opens else ""
    parts.append(
        f"first AS (INSERT INTO {ledger} ({NAMES}) SELECT {NAMES} FROM m WHERE n = 0 "
        f"AND (SELECT ok FROM fits){opened} ON CONFLICT (key) DO NOTHING RETURNING key, id)"
    )
    answer = "SELECT key, id FROM first"
    if shape.has_rest:
        parts.append(
            f"rest AS (INSERT INTO {ledger} ({NAMES}) SELECT {NAMES} FROM m "
            f"WHERE n > 0 AND EXISTS (SELECT 1 FROM first) ORDER BY n RETURNING key, id)"
        )
        answer += " UNION ALL SELECT key, id FROM rest"
    parts += [_counters(table, number) for number, table in enumerate(shape.tables)]
    reservations = _quote(StockReservation._meta.db_table)
    if shape.reservation == "keep":
        parts.append(
            f"reserved AS (INSERT INTO {reservations} (order_reference, expires_at) SELECT %s, %s::timestamptz "
            f"WHERE EXISTS (SELECT 1 FROM first) "
            f"ON CONFLICT (order_reference) DO UPDATE SET expires_at = EXCLUDED.expires_at)"
        )
    elif shape.reservation == "end":
        parts.append(
            f"reserved AS (DELETE FROM {reservations} WHERE order_reference = %s AND EXISTS (SELECT 1 FROM first))"
        )
    return f"WITH {', '.join(parts)} {answer}"


def _guess(ledger: str) -> str:
    """Ask whether the order's history is the one that was guessed, and no longer: the next key is free.

    Each movement is looked up by its key alone. ``IS NOT DISTINCT FROM`` uses no index: by one of the row that was moved, a
    plan made while the ledger was short would read all that has ever happened to that row.
    """
    found, guessed = (
        ", ".join(f"{table}.{name}" for name in GUESSED if name != "key") for table in ("s", "g")
    )
    types = ", ".join(f"{name} {COLUMNS[name]}" for name in GUESSED)
    return (
        f"SELECT count((SELECT 1 FROM {ledger} s WHERE s.key = g.key "
        f"AND ({found}) IS NOT DISTINCT FROM ({guessed}))) = %s "
        f"AND NOT EXISTS (SELECT 1 FROM {ledger} s WHERE s.key = (SELECT key FROM m WHERE n = 0)) AS ok "
        f"FROM json_to_recordset(%s) AS g({types})"
    )


def _lock(shape: Shape, number: int) -> str:
    """Lock one model's rows in the order of their keys, and read what they hold beside what is wanted."""
    table = shape.tables[number]
    key, columns, types = _quote(table.key), ["w.*"], [f"pk {table.key_type}", "needed boolean"]
    for n, (field, reserved) in enumerate(table.columns):
        columns.append(f"t.{_quote(field)} AS field{n}")
        columns.append(f"{f't.{_quote(reserved)}' if reserved else '0'} AS reserved{n}")
        types += [f"quantity{n} bigint", f"held{n} bigint"]
    # The second is always so. By it the planner reckons with one row, not with a hundred, and uses the key's index.
    conditions = [f"t.{key} = w.pk", "w.held0 + 0 = w.held0"]
    if shape.is_guess:
        conditions.append("(SELECT ok FROM guess)")
    if number:
        conditions.append(f"(SELECT count(*) FROM l{number - 1}) >= 0")
    select = locks.locking_select(
        tables=f"json_to_recordset(%s) AS w({', '.join(types)}), {_quote(table.name)} t",
        key=key,
        columns=", ".join(columns),
        condition=" AND ".join(conditions),
    )
    return f"l{number} AS MATERIALIZED ({select})"


def _fits(shape: Shape, number: int) -> str:
    """Ask whether all rows that are needed are there, and have what is wanted, or room for what they are given."""
    table = shape.tables[number]
    tests = []
    for n, ((_, reserved), limit) in enumerate(zip(table.pairs, table.limits, strict=True)):
        claim = f"held{n} - quantity{n}" if reserved else f"-quantity{n}"
        tests.append(f"({claim} <= 0 OR coalesce(field{n} - reserved{n} >= {claim}, false))")
        tests.append(f"(quantity{n} >= 0 OR field{n} + quantity{n} >= 0)")
        tests.append(f"(quantity{n} <= 0 OR field{n} <= {limit} - quantity{n})")
    return (
        f"(SELECT count(*) FILTER (WHERE needed) = %s AND coalesce(bool_and({' AND '.join(tests)}), true) "
        f"FROM l{number})"
    )


def _openings(shape: Shape) -> str:
    selects = [
        f"SELECT 'opening:{table.label}:' || pk || ':{field}', 'opening', '{table.label}', pk::text, '{field}', "
        f"'{reserved}', field{n}, reserved{n}, 0, '', '', '', '', NULL::timestamptz, %s::timestamptz "
        f"FROM l{number} WHERE '{table.label}:' || pk || ':{field}' = ANY(%s) AND (SELECT ok FROM fits)"
        for number, table in enumerate(shape.tables)
        for n, (field, reserved) in enumerate(table.pairs)
    ]
    return (
        f"INSERT INTO {_quote(StockMovement._meta.db_table)} ({NAMES}) {' UNION ALL '.join(selects)} "
        f"ON CONFLICT (key) DO NOTHING RETURNING 1"
    )


def _counters(table: Table, number: int) -> str:
    """Write one model's counters; the reserved one is ours, and never written below zero."""
    sets = []
    for n, (field, reserved) in enumerate(table.columns):
        sets.append(f"{_quote(field)} = l.field{n} + l.quantity{n}")
        if reserved:
            sets.append(f"{_quote(reserved)} = greatest(l.reserved{n} + l.held{n}, 0)")
    return (
        f"c{number} AS (UPDATE {_quote(table.name)} t SET {', '.join(sets)} FROM l{number} l "
        f"WHERE t.{_quote(table.key)} = l.pk AND EXISTS (SELECT 1 FROM first))"
    )


def _quote(name: str) -> str:
    return f'"{name}"'
