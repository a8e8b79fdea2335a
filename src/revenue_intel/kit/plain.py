"""Read and write rows of a host's models by statements whose text is made once, where the ORM would add nothing of its own.

Where a model has a manager or a ``save()`` of its own, somebody listens, or it lies in several tables, the ORM is asked:
who knows what it adds.
"""

# ruff: noqa: S608 - names come from models, all values are parameters

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any, Final

from django.core.exceptions import FieldDoesNotExist
from django.db import connections, models, router
from django.db.models import ForeignKey, Model

from revenue_intel.kit import prepared
from revenue_intel.kit.rows import make_row, select_of, update_later

#: Fields whose every value the database takes in a comparison: a number may be too large for its column.
PLAIN_KEYS: Final = (models.CharField, models.SlugField, models.UUIDField)


@cache
def is_plain(model: type[Model]) -> bool:
    """Say whether a model has Django's own manager and no other, and lies in one table that is read column by column."""
    return type(model._default_manager) is models.Manager and _is_in_one_table(model)


def _is_in_one_table(model: type[Model]) -> bool:
    meta = model._meta
    is_read_as_it_is = all(
        type(field).select_format is models.Field.select_format for field in meta.concrete_fields
    )
    return is_read_as_it_is and not meta.parents and not meta.proxy


@cache
def is_plain_key(model: type[Model], name: str) -> bool:
    """Say whether a field of a plain model is unique, and its values are compared as they are."""
    try:
        field: Any = model._meta.get_field(name)
    except FieldDoesNotExist:
        return False
    return is_plain(model) and type(field) in PLAIN_KEYS and bool(field.unique)


@cache
def are_plain(model: type[Model], owner: str, related: Sequence[str]) -> bool:
    """Say whether a model is plain, and what ``owner`` and each of ``related`` refers to lies in one table as well."""
    try:
        fields: list[Any] = [model._meta.get_field(name) for name in (owner, *related)]
    except FieldDoesNotExist:
        return False
    return is_plain(model) and all(
        isinstance(field, ForeignKey) and _is_in_one_table(field.remote_field.model) for field in fields
    )


def read_owned(model: type[Model], owner: str, of: Model, *, related: Sequence[str]) -> list[Any]:
    """Return the rows of ``model`` that refer to ``of``, by key, with what each of ``related`` refers to.

    As ``model.objects.filter(owner=of).select_related(*related).order_by("pk")`` would.
    """
    using = router.db_for_read(model, instance=of)
    connection = connections[using]
    statement, parts = _owned(model, owner, tuple(related), using)
    field: Any = model._meta.get_field(owner)
    value = field.target_field.get_db_prep_value(getattr(of, field.target_field.attname), connection)
    with connection.cursor() as cursor:
        prepared.execute(connection, cursor, statement, [value])
        found = cursor.fetchall()
    rows = []
    for values in found:
        row: Any
        row, *others = (
            make_row(target, values[start:], using) if values[key] is not None else None
            for target, start, key in parts
        )
        field.set_cached_value(row, of)
        for name, other in zip(related, others, strict=True):
            model._meta.get_field(name).set_cached_value(row, other)  # type: ignore[union-attr]
        rows.append(row)
    return rows


def save_fields(row: Model, names: Sequence[str]) -> None:
    """Write these fields of a row that is locked, as ``row.save(update_fields=names)`` would; with the next statement maybe."""
    model = type(row)
    signals = (models.signals.pre_save, models.signals.post_save)
    if _saves_plainly(model) and not any(signal.has_listeners(model) for signal in signals):
        update_later(row, names)
    else:
        row.save(update_fields=names)


@cache
def _saves_plainly(model: type[Model]) -> bool:
    is_djangos = (model.save, model.save_base) == (Model.save, Model.save_base)
    return is_djangos and _is_in_one_table(model)


@cache
def _owned(model: type[Model], owner: str, related: tuple[str, ...], using: str) -> tuple[str, list[Any]]:
    """Return the statement, and for each model in a row of its answer where it and its key stand."""
    quote = connections[using].ops.quote_name
    meta: Any = model._meta
    columns, parts, joins, start = [], [], [], 0
    for alias, name in [("t", ""), *((f"r{n}", name) for n, name in enumerate(related))]:
        field: Any = meta.get_field(name) if name else None
        target: Any = field.remote_field.model if name else model
        text, names, _ = select_of(target, using, alias)
        columns.append(text)
        parts.append((target, start, start + names.index(target._meta.pk.attname)))
        start += len(names)
        if name:
            join = "LEFT JOIN" if field.null else "JOIN"
            there = f"{alias}.{quote(field.target_field.column)}"
            joins.append(
                f"{join} {quote(target._meta.db_table)} {alias} ON {there} = t.{quote(field.column)}"
            )
    wanted = f"t.{quote(meta.get_field(owner).column)} = %s ORDER BY t.{quote(meta.pk.column)}"
    statement = f"SELECT {', '.join(columns)} FROM {quote(meta.db_table)} t {' '.join(joins)} WHERE {wanted}"
    return statement, parts
