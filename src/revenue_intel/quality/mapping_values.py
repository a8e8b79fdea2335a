"""What is wrong with a ``ModelShop`` whose names all exist: its values, and the kinds of field they name."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db import models
from django.db.models import CheckConstraint, Model

from revenue_intel.quality.mapping import reads, reads_stock
from revenue_intel.shop import ModelShop, OrderState

#: Amounts of the order, and of its lines.
ORDER_AMOUNTS = ("total", "discount", "tax", "shipping")
LINE_AMOUNTS = ("line_unit_price", "line_amount")
#: States for which no shop has the same word.
TOLD_APART = (OrderState.PENDING, OrderState.PAID, OrderState.CANCELED)
#: Django's fields that hold something else; a field of another package's may hold an amount in its own way.
NO_AMOUNTS = (
    models.CharField,
    models.TextField,
    models.DateField,
    models.TimeField,
    models.BooleanField,
    models.JSONField,
)
POLICIES = ("never", "on_cancel", "on_full_refund")


@dataclass(frozen=True, kw_only=True)
class Fault:
    """A mistake, or with ``warning`` something that may be meant, and what to type."""

    code: str
    message: str
    hint: str
    warning: bool = False


def find_value_faults(shop: ModelShop) -> Iterator[Fault]:
    """Yield what is wrong with a mapping in which every name exists."""
    order = apps.get_model(shop.order_model)
    yield from _words(shop, order)
    yield from _money(shop, order)
    yield from _reference(shop, order)
    for model in _stock_models(shop, order) if reads_stock(shop) else ():
        yield from _stock(shop, model)


def _words(shop: ModelShop, order: type[Model]) -> Iterator[Fault]:
    if shop.restock_policy not in POLICIES:
        yield Fault(
            code="revenue_intel.E018",
            message=f"restock_policy = {shop.restock_policy!r}: there is no such policy.",
            hint=f"Type one of {', '.join(POLICIES)}.",
        )
    strange = [state for state in shop.statuses if state not in list(OrderState)]
    if strange:
        yield Fault(
            code="revenue_intel.E018",
            message=f"statuses: {strange[0]!r} is no state of ours.",
            hint="Its keys are members of revenue_intel.shop.OrderState.",
        )
    told_apart = [shop.statuses.get(state, state.value) for state in TOLD_APART]
    if reads(shop, "status") and len(set(told_apart)) < len(told_apart):
        yield Fault(
            code="revenue_intel.E018",
            message=f"statuses: {', '.join(TOLD_APART)} are {', '.join(map(repr, told_apart))}, and cannot be told apart.",
            hint="Give each of them a word of its own.",
        )
    offered = getattr(_field(order, shop.status), "flatchoices", ()) if reads(shop, "status") else ()
    words = [shop.statuses.get(state, state.value) for state in OrderState]
    unknown = [repr(word) for word in words if offered and word not in dict(offered)]
    if unknown:
        yield Fault(
            code="revenue_intel.W011",
            message=f"{order._meta.label}.{shop.status} offers no {', '.join(unknown)} among its choices.",
            hint="Add them to the field's choices, or translate our states to choices that it has in statuses.",
            warning=True,
        )


def _money(shop: ModelShop, order: type[Model]) -> Iterator[Fault]:
    if shop.money not in ("decimal", "minor"):
        message, hint = (
            f"money = {shop.money!r}: amounts are 'decimal' or 'minor'.",
            'Type money = "decimal".',
        )
        yield Fault(code="revenue_intel.E019", message=message, hint=hint)
        return
    line = _lines_model(shop, order)
    for model, names in ((order, ORDER_AMOUNTS), (line, LINE_AMOUNTS)):
        for name in names if model else ():
            field = _field(model, getattr(shop, name))
            fault = _amount_fault(shop, field) if field is not None and reads(shop, name) else None
            if fault:
                message, hint = fault
                where = f"{name} = {field.name!r}: {model._meta.label}.{field.name}"
                yield Fault(code="revenue_intel.E019", message=f"{where} {message}", hint=hint)


def _amount_fault(shop: ModelShop, field: Any) -> tuple[str, str] | None:
    """Return what is wrong with a field as an amount, and what to type."""
    if isinstance(field, models.FloatField):
        return (
            "is a float, which cannot hold money exactly.",
            "Make it a DecimalField, or an integer of minor units.",
        )
    if isinstance(field, models.IntegerField) and shop.money == "decimal":
        return (
            "holds whole numbers, and money = 'decimal'.",
            'Type money = "minor" if it holds pence; leave it and make it a DecimalField if it holds pounds.',
        )
    if isinstance(field, models.DecimalField) and field.decimal_places and shop.money == "minor":
        return "has decimals, and money = 'minor'.", 'Type money = "decimal".'
    if field.is_relation or isinstance(field, NO_AMOUNTS):
        return (
            f"is {type(field).__name__}, and holds no amount.",
            "Name the field that holds it, or make it a DecimalField.",
        )
    return None


def _reference(shop: ModelShop, order: type[Model]) -> Iterator[Fault]:
    field = _field(order, shop.reference)
    alone = [
        constraint
        for constraint in order._meta.total_unique_constraints
        if constraint.fields == (shop.reference,)
    ]
    if field is not None and not (field.unique or alone):
        yield Fault(
            code="revenue_intel.W009",
            message=f"reference = {shop.reference!r}: two orders of {order._meta.label} may have the same.",
            hint="Type unique=True on the field.",
            warning=True,
        )


def _lines_model(shop: ModelShop, order: type[Model]) -> Any:
    return getattr(_field(order, shop.lines), "related_model", None)


def _stock_models(shop: ModelShop, order: type[Model]) -> Iterator[type[Model]]:
    line = _lines_model(shop, order)
    for name in (shop.line_product, shop.line_variant):
        model = getattr(_field(line, name), "related_model", None) if line and name else None
        if isinstance(model, type) and issubclass(model, Model):
            yield model


def _stock(shop: ModelShop, model: type[Model]) -> Iterator[Fault]:
    if shop.stock_field == shop.reserved_field:
        yield Fault(
            code="revenue_intel.E020",
            message=f"stock_field and reserved_field are both {model._meta.label}.{shop.stock_field}.",
            hint='Name a field of its own for what is spoken for, or type reserved_field = "".',
        )
        return
    guarded = " ".join(
        str(constraint.condition)
        for constraint in model._meta.constraints
        if isinstance(constraint, CheckConstraint)
    )
    for attribute in ("stock_field", "reserved_field"):
        name = getattr(shop, attribute)
        field = _field(model, name) if name else None
        if field is not None and not isinstance(field, models.IntegerField):
            yield Fault(
                code="revenue_intel.E020",
                message=f"{attribute} = {name!r}: {model._meta.label}.{name} holds no whole pieces.",
                hint="Make it a PositiveIntegerField.",
            )
        elif (
            field is not None
            and not isinstance(
                field,
                models.PositiveIntegerField
                | models.PositiveSmallIntegerField
                | models.PositiveBigIntegerField,
            )
            and f"{name}__gte" not in guarded
        ):
            yield Fault(
                code="revenue_intel.W008",
                message=f"{model._meta.label}.{name} may become negative.",
                hint=f"Add CheckConstraint(condition=Q({name}__gte=0), name=...), or make it a PositiveIntegerField.",
                warning=True,
            )


def _field(model: Any, name: str) -> Any:
    """Return the field of that name, or None: a property is none."""
    return next((field for field in model._meta.get_fields() if field.name == name), None)
