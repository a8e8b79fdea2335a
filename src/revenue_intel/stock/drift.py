"""Find counters that are not what their movements say, and put one of the two right."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby, islice
from typing import Any, Final

from django.apps import apps
from django.db.models import Model, Sum

from revenue_intel.shop.records import StockRow
from revenue_intel.stock import counting
from revenue_intel.stock.models import StockMovement
from revenue_intel.stock.rows import Row, find_model, keys_of

BATCH: Final = 1000


@dataclass(frozen=True, kw_only=True)
class Drift:
    """A counter and the sum of its movements, which differ. ``field`` is the reserved field where that one drifts."""

    row: Row
    field: str
    counter: int
    movements: int
    is_reserved: bool = False


def find_drift() -> Iterator[Drift]:
    """Yield every counter that is not what its movements say, model by model.

    A row, a model or a field that is gone is none: history outlives the product.
    """
    sums = (
        StockMovement.objects.exclude(
            kind=StockMovement.Kind.PREORDER
        )  # it alone may come before the opening
        .order_by("model", "field", "row")
        .values_list("model", "field", "row")
        .annotate(moved=Sum("quantity"), held=Sum("held"))
    )
    for (label, field), group in groupby(
        sums.iterator(chunk_size=BATCH), key=lambda each: (each[0], each[1])
    ):
        model = find_model(label, field)
        if model is None:
            continue
        reserved = _reserved_field(model, label, field)
        while batch := {row: (moved, held) for _, _, row, moved, held in islice(group, BATCH)}:
            yield from _compare(model, (label, field, reserved), batch)


def repair(drift: Drift, *, adopt: bool, key: str) -> None:
    """Make a counter and its movements agree.

    Args:
        drift: what differs.
        adopt: True: the host's counter is right, and the ledger takes the difference as an ``adjust``.
            False: the ledger is right, and the counter is put back. A reserved counter is always put back:
            it is ours.
        key: makes the repair idempotent.

    Raises:
        StockChangedError: the counter has changed since it was compared.
    """
    model = apps.get_model(drift.row[0])
    row = StockRow(model=model, pk=model._meta.pk.to_python(drift.row[1]), field=drift.field)
    if adopt and not drift.is_reserved:
        counting.adjust(row=row, expected=drift.counter, new=drift.counter, key=key, reason="adopted")
    else:
        counting.restore(row=row, ledger_row=drift.row, expected=drift.counter, key=key)


def _reserved_field(model: type[Model], label: str, field: str) -> str:
    """Return the reserved field that goes with a field, as the latest movement that names one has it."""
    found = StockMovement.objects.filter(model=label, field=field).exclude(reserved_field="")
    reserved = found.order_by("-id").values_list("reserved_field", flat=True).first() or ""
    return reserved if reserved and find_model(label, reserved) else ""


def _compare(
    model: type[Model], names: tuple[str, str, str], batch: dict[str, tuple[int, int]]
) -> Iterator[Drift]:
    label, field, reserved = names
    counters = _read_counters(model, [name for name in (field, reserved) if name], list(batch))
    for pk, (moved, held) in batch.items():
        if pk not in counters:
            continue
        counter = counters[pk]
        if counter[0] != moved:
            yield Drift(row=(label, pk, field), field=field, counter=counter[0], movements=moved)
        if reserved and counter[1] != held:
            yield Drift(
                row=(label, pk, field), field=reserved, counter=counter[1], movements=held, is_reserved=True
            )


def _read_counters(model: type[Model], fields: list[str], rows: list[str]) -> dict[str, Any]:
    found = model._base_manager.filter(pk__in=keys_of(model, rows)).values_list("pk", *fields)
    return {str(pk): counters for pk, *counters in found}
