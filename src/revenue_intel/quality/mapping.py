"""Read a ``ModelShop`` against the host's models: does everything that it names exist?

A name is looked at only where the method that reads it is the inherited one: a shop that overrides
``describe`` may leave the names that ``describe`` reads as they are.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from django.apps import apps
from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.db.models import Model

from revenue_intel.shop import ModelShop, OrderState

#: Method → the names that it reads off the order as plain attributes.
ORDER_ATTRIBUTES: Final = {
    "describe": (
        "reference",
        "currency",
        "total",
        "created_at",
        "email",
        "name",
        "user",
        "discount",
        "tax",
        "shipping",
    ),
    "may_view": ("user",),
    "paid_orders": ("payment_intent",),
}
#: Method → the names that the database must know, because it filters, sorts or saves by them.
ORDER_FIELDS: Final = {
    "find_order": ("reference",),
    "write_state": ("status", "paid_at", "updated_at"),
    "orders_changed_since": ("updated_at",),
    "paid_orders": ("paid_at",),
}
LINE_ATTRIBUTES: Final = {
    "describe": (
        "line_product",
        "line_variant",
        "line_quantity",
        "line_unit_price",
        "line_amount",
        "line_name",
    ),
    "stock_lines": ("line_product", "line_variant", "line_quantity"),
}
READS_LINES: Final = ("describe", "stock_lines")
STOCK_NAMES: Final = ("stock_field", "reserved_field", "preorder_field")
#: Names that no shop can do without, where their method is the inherited one.
NEEDED: Final = {
    "find_order": ("reference",),
    "describe": (
        "reference",
        "currency",
        "total",
        "created_at",
        "line_product",
        "line_quantity",
        "line_unit_price",
    ),
    "stock_lines": ("line_product", "line_quantity"),
    "write_state": ("status",),
}


def find_mapping_faults(shop: ModelShop) -> list[str]:
    """Return what the mapping names and the host's models do not have, one sentence each."""
    if senseless := list(_senseless(shop)):
        return senseless
    label = getattr(shop, "order_model", "")
    try:
        order = apps.get_model(label)
    except (LookupError, ValueError):
        return [f"order_model: there is no model {label!r}."]
    faults = [*_order_faults(shop, order), *_status_faults(shop, order), *_line_faults(shop, order)]
    return list(dict.fromkeys(faults))


def reads(shop: ModelShop, name: str) -> bool:
    """Say whether an inherited method reads that attribute of the mapping."""
    tables = (ORDER_ATTRIBUTES, ORDER_FIELDS, LINE_ATTRIBUTES)
    return any(
        name in names and _inherits(shop, method) for table in tables for method, names in table.items()
    )


def stock_fields(shop: ModelShop) -> list[tuple[type[Model], str]]:
    """Return the fields in which a sound mapping finds stock, each with its model."""
    line = _related_model(apps.get_model(shop.order_model), shop.lines)
    if line is None or not reads_stock(shop):
        return []
    models = [_related_model(line, shop.line_product), _related_model(line, shop.line_variant)]
    fields = [field for field in (shop.stock_field, shop.reserved_field) if field]
    return [(model, field) for model in models if model is not None for field in fields]


def reads_stock(shop: ModelShop) -> bool:
    """Say whether stock is read from products and variants, and not from rows that a method of the host's names."""
    return _inherits(shop, "stock_lines") and _inherits(shop, "allocate")


def _inherits(shop: ModelShop, method: str) -> bool:
    return getattr(type(shop), method) is getattr(ModelShop, method)


def _senseless(shop: ModelShop) -> Iterator[str]:
    """What is no name at all, or empty where something is needed."""
    tables = (ORDER_ATTRIBUTES, ORDER_FIELDS, LINE_ATTRIBUTES)
    named = [name for table in tables for names in table.values() for name in names]
    for name in dict.fromkeys(["order_model", *named, "lines", *STOCK_NAMES]):
        value: object = getattr(shop, name, "")
        if not isinstance(value, str):
            yield f"{name} = {value!r:.80}: a name is text, in quotation marks."
    statuses: object = shop.statuses
    if not isinstance(statuses, Mapping):
        yield f"statuses = {statuses!r:.80}: this maps our states to your words, as {{OrderState.PENDING: 'new'}}."
    needed = {name: method for method, names in NEEDED.items() if _inherits(shop, method) for name in names}
    for name, method in needed.items():
        if getattr(shop, name) == "":
            yield f"{name} is empty, and {method} cannot do without: name a field, or write {method} yourself."


def _order_faults(shop: ModelShop, order: type[Model]) -> Iterator[str]:
    for method, names in ORDER_FIELDS.items():
        for name in names if _inherits(shop, method) else ():
            field = getattr(shop, name)
            if field and not _has_field(order, field):
                yield f"{name} = {field!r}: {order._meta.label} has no field {field!r}."
    for method, names in ORDER_ATTRIBUTES.items():
        yield from _missing_attributes(shop, order, names if _inherits(shop, method) else ())


def _status_faults(shop: ModelShop, order: type[Model]) -> Iterator[str]:
    if not (_inherits(shop, "write_state") and _has_field(order, shop.status)):
        return
    field: Any = order._meta.get_field(shop.status)
    where = f"{order._meta.label}.{shop.status}"
    if field.is_relation:
        yield f"status = {shop.status!r}: {where} is a relation, and no word can be written to it; write write_state yourself."
        return
    words = {state.name: shop.statuses.get(state, state.value) for state in OrderState}
    if misfits := {name: word for name, word in words.items() if not _holds(field, word)}:
        yield (
            f"status = {shop.status!r}: {where}, a {type(field).__name__}, cannot hold "
            f"{', '.join(map(repr, misfits.values()))}; translate {', '.join(misfits)} in statuses."
        )
        return
    for word in words.values():
        if len(str(word)) > (field.max_length or len(str(word))):
            yield (
                f"status = {shop.status!r}: {word!r} does not fit into {where} "
                f"(max_length {field.max_length}); lengthen the field or translate the state in statuses."
            )


def _holds(field: Any, word: object) -> bool:
    """Say whether a field gives back the word that is written to it."""
    try:
        return word is not None and bool(field.to_python(word) == word)
    except (ValidationError, TypeError, ValueError):
        return False


def _line_faults(shop: ModelShop, order: type[Model]) -> Iterator[str]:
    methods = [method for method in READS_LINES if _inherits(shop, method)]
    if not methods:
        return
    line = _related_model(order, shop.lines)
    if line is None:
        yield f"lines = {shop.lines!r}: {order._meta.label} has no related name {shop.lines!r}."
        return
    for method in methods:
        yield from _missing_attributes(shop, line, LINE_ATTRIBUTES[method])
    if reads_stock(shop):
        yield from _stock_faults(shop, line)


def _stock_faults(shop: ModelShop, line: type[Model]) -> Iterator[str]:
    product = _related_model(line, shop.line_product)
    variant = _related_model(line, shop.line_variant)
    for model in filter(None, (product, variant)):
        for name in ("stock_field", "reserved_field"):
            field = getattr(shop, name)
            if (field or name == "stock_field") and not _has_field(model, field):
                yield f"{name} = {field!r}: {model._meta.label} has no field {field!r}."
    if product is not None:
        yield from _missing_attributes(shop, product, ("preorder_field",))


def _missing_attributes(shop: ModelShop, model: type[Model], names: tuple[str, ...]) -> Iterator[str]:
    for name in names:
        attribute = getattr(shop, name)
        if attribute and not hasattr(model, attribute):
            yield f"{name} = {attribute!r}: {model._meta.label} has no {attribute!r}."


def _has_field(model: type[Model], name: str) -> bool:
    try:
        model._meta.get_field(name)
    except FieldDoesNotExist:
        return False
    return True


def _related_model(model: type[Model], name: str) -> type[Model] | None:
    if not (name and _has_field(model, name)):
        return None
    related = model._meta.get_field(name).related_model
    return related if isinstance(related, type) else None
