"""Stock: nothing is negative, and every counter is the sum of its movements.

Looked at are the rows that movements speak of. A row, a model or a field that is gone is no
finding: history outlives the product, and the next sale of a renamed row writes an ``opening``
of its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby, islice
from typing import Any

from django.apps import apps
from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.db.models import Model, Sum

from revenue_intel.issues.models import Issue
from revenue_intel.quality.base import Check, Finding
from revenue_intel.stock.models import StockMovement

BATCH = 1000


def _find_model(label: str, field: str) -> type[Model] | None:
    """Return the host's model if it still has that field."""
    try:
        model = apps.get_model(label)
        model._meta.get_field(field)
    except (LookupError, ValueError, FieldDoesNotExist):
        return None
    return model


def _negative() -> Iterator[Finding]:
    for label, field in StockMovement.objects.order_by().values_list("model", "field").distinct():
        model = _find_model(label, field)
        if model is None:
            continue
        rows = model._base_manager.filter(**{f"{field}__lt": 0}).order_by("pk").values_list("pk", field)
        for pk, counter in rows.iterator(chunk_size=BATCH):
            yield Finding(
                subject=f"{label}:{pk}:{field}",
                message=f"{label} {pk}: {field} is {counter}",
                detail={"counter": counter},
            )


def _adrift() -> Iterator[Finding]:
    sums = (
        StockMovement.objects.order_by("model", "field", "row")
        .values_list("model", "field", "row")
        .annotate(moved=Sum("quantity"))
        .iterator(chunk_size=BATCH)
    )
    for (label, field), rows in groupby(sums, key=lambda row: (row[0], row[1])):
        model = _find_model(label, field)
        if model is None:
            continue
        while batch := {row: moved for _, _, row, moved in islice(rows, BATCH)}:
            yield from _compare(model, label, field, batch)


def _compare(model: type[Model], label: str, field: str, moved: dict[str, int]) -> Iterator[Finding]:
    counters = _read_counters(model, field, list(moved))
    for row, total in moved.items():
        counter = counters.get(row)
        if counter is not None and counter != total:
            yield Finding(
                subject=f"{label}:{row}:{field}",
                message=f"{label} {row}: {field} is {counter}, its movements say {total}",
                detail={"counter": counter, "movements": total, "drift": counter - total},
            )


def _read_counters(model: type[Model], field: str, rows: list[str]) -> dict[str, Any]:
    keys = []
    for row in rows:
        try:
            keys.append(model._meta.pk.to_python(row))
        except ValidationError:  # the key's type has changed since: that row is gone
            continue
    found = model._base_manager.filter(pk__in=keys).values_list("pk", field)
    return {str(pk): counter for pk, counter in found}


NEGATIVE = Check(
    slug="stock-negative",
    title="No stock row is below zero",
    severity=Issue.Severity.ERROR,
    run=_negative,
)
DRIFT = Check(
    slug="stock-drift",
    title="Every stock counter is the sum of its movements",
    severity=Issue.Severity.ERROR,
    run=_adrift,
)
