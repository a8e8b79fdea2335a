"""The names of stock rows: the same row has one name, whoever speaks of it."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from typing import Any, Final

from django.apps import apps
from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.db.backends.base.operations import BaseDatabaseOperations
from django.db.models import Model

from revenue_intel.shop.records import StockRow
from revenue_intel.stock.models import StockMovement

#: A stock row: model label, primary key as text, field.
Row = tuple[str, str, str]

MAX_PIECES: Final = 2**31 - 1
MAX_COUNTER: Final = 2**63 - 1


def table_of(model: type[Model], field: str) -> type[Model]:
    """Return the model whose table holds that field: a proxy and a child are their parent's rows."""
    return model._meta.get_field(field).model


def row_of(row: StockRow) -> Row:
    """Return the name of a stock row."""
    return (table_of(row.model, row.field)._meta.label_lower, str(row.pk), row.field)


def limit_of(model: type[Model], field: str) -> int:
    """Return the most that a field can hold by its type: the same on every database, whatever its columns hold there."""
    kind = model._meta.get_field(field).get_internal_type()
    _, most = BaseDatabaseOperations.integer_field_ranges.get(kind, (0, MAX_COUNTER))
    return most


def opening_key(row: Row) -> str:
    """Return the key of the movement that says what a row held when we first touched it."""
    return "opening:" + ":".join(row)


def find_model(label: str, *fields: str) -> type[Model] | None:
    """Return the host's model if it still has these fields."""
    try:
        model = apps.get_model(label)
        for field in fields:
            model._meta.get_field(field)
    except (LookupError, ValueError, FieldDoesNotExist):
        return None
    return model


def keys_of(model: type[Model], rows: Iterable[str]) -> list[Any]:
    """Return the primary keys written so; one that the model's kind of key cannot be, is gone and left out."""
    keys = []
    for row in rows:
        with suppress(ValidationError):
            keys.append(model._meta.pk.to_python(row))
    return keys


def find_row(movement: StockMovement) -> StockRow | None:
    """Return the row that a movement speaks of; None if its model, its field or its kind of key is gone."""
    fields = [movement.field, *([movement.reserved_field] if movement.reserved_field else [])]
    model = find_model(movement.model, *fields)
    if model is None:
        return None
    keys = keys_of(model, [movement.row])
    if not keys:
        return None
    return StockRow(model=model, pk=keys[0], field=movement.field, reserved_field=movement.reserved_field)
