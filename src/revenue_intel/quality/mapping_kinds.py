"""What is wrong with a ``ModelShop`` whose names all exist, but stand for another kind of field than is meant."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final

from django.apps import apps
from django.db import models

from revenue_intel.quality.mapping import reads
from revenue_intel.quality.mapping_values import Fault
from revenue_intel.shop import ModelShop


def _is_key(field: Any) -> bool:
    return bool(field.is_relation and (field.many_to_one or field.one_to_one))


def _is_of(*kinds: type[models.Field[Any, Any]]) -> Callable[[Any], bool]:
    return lambda field: isinstance(field, kinds)


#: Name → what its field has to be, how to tell, and the id of the mistake.
ORDER_KINDS: Final[dict[str, tuple[str, Callable[[Any], bool], str]]] = {
    "reference": ("a field of the order's own", lambda field: not field.is_relation, "revenue_intel.E023"),
    "currency": ("a CharField", _is_of(models.CharField, models.TextField), "revenue_intel.E023"),
    "created_at": ("a DateTimeField", _is_of(models.DateTimeField), "revenue_intel.E023"),
    "updated_at": ("a DateTimeField", _is_of(models.DateTimeField), "revenue_intel.E023"),
    "paid_at": ("a DateTimeField", _is_of(models.DateTimeField), "revenue_intel.E023"),
    "user": ("a foreign key", _is_key, "revenue_intel.E023"),
    "lines": (
        "a relation to many rows",
        lambda field: field.one_to_many or field.many_to_many,
        "revenue_intel.E023",
    ),
}
LINE_KINDS: Final[dict[str, tuple[str, Callable[[Any], bool], str]]] = {
    "line_product": ("a foreign key", _is_key, "revenue_intel.E023"),
    "line_variant": ("a foreign key", _is_key, "revenue_intel.E023"),
    "line_quantity": ("an IntegerField", _is_of(models.IntegerField), "revenue_intel.E020"),
}


def find_kind_faults(shop: ModelShop) -> Iterator[Fault]:
    """Yield every name whose field is of another kind than is meant. A property is of any kind."""
    order: Any = apps.get_model(shop.order_model)
    line: Any = getattr(_field(order, shop.lines), "related_model", None)
    for model, kinds in ((order, ORDER_KINDS), (line, LINE_KINDS)):
        for name, (kind, fits, code) in kinds.items() if model else ():
            field = _field(model, getattr(shop, name))
            if field is None or fits(field) or not (reads(shop, name) or name == "lines"):
                continue
            yield Fault(
                code=code,
                message=f"{name} = {field.name!r}: {model._meta.label}.{field.name} is not {kind}, "
                f"but {type(field).__name__}.",
                hint=f"Name the field of {model._meta.label} that is {kind}, or override the method that reads it.",
            )


def _field(model: Any, name: str) -> Any:
    """Return the field, or the relation, of that name; None for a property, and for none."""
    return next((field for field in model._meta.get_fields() if field.name == name), None)
