"""Read a ``ModelShop`` against the host's models: does everything that it names exist?

A name is looked at only where the method that reads it is the inherited one: a shop that overrides
``describe`` may leave the names that ``describe`` reads as they are.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from django.apps import apps
from django.core.exceptions import FieldDoesNotExist
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


def find_mapping_faults(shop: ModelShop) -> list[str]:
    """Return what the mapping names and the host's models do not have, one sentence each."""
    label = getattr(shop, "order_model", "")
    try:
        order = apps.get_model(label)
    except (LookupError, ValueError):
        return [f"order_model: there is no model {label!r}."]
    faults = [*_order_faults(shop, order), *_status_faults(shop, order), *_line_faults(shop, order)]
    return list(dict.fromkeys(faults))


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
    longest = getattr(order._meta.get_field(shop.status), "max_length", None)
    for state in OrderState:
        word = shop.statuses.get(state, state.value)
        if longest is not None and len(word) > longest:
            yield (
                f"status = {shop.status!r}: {word!r} does not fit into {order._meta.label}.{shop.status} "
                f"(max_length {longest}); lengthen the field or translate the state in statuses."
            )


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
