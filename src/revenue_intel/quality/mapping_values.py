"""What is wrong with a ``ModelShop`` whose names all exist: its values, and the kinds of field they name."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db import models
from django.db.models import CheckConstraint, Model

from revenue_intel.quality.mapping import reads_stock
from revenue_intel.shop import ModelShop, OrderState

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
    yield from _words(shop)
    order = apps.get_model(shop.order_model)
    yield from _money(shop, order)
    yield from _reference(shop, order)
    for model in _stock_models(shop, order) if reads_stock(shop) else ():
        yield from _stock(shop, model)


def _words(shop: ModelShop) -> Iterator[Fault]:
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


def _money(shop: ModelShop, order: type[Model]) -> Iterator[Fault]:
    if shop.money not in ("decimal", "minor"):
        message, hint = (
            f"money = {shop.money!r}: amounts are 'decimal' or 'minor'.",
            'Type money = "decimal".',
        )
        yield Fault(code="revenue_intel.E019", message=message, hint=hint)
        return
    field = _field(order, shop.total)
    if isinstance(field, models.FloatField):
        yield Fault(
            code="revenue_intel.E019",
            message=f"total = {shop.total!r}: {order._meta.label}.{shop.total} is a float, which cannot hold money exactly.",
            hint="Make it a DecimalField, or an integer of minor units.",
        )
    elif isinstance(field, models.IntegerField) and shop.money == "decimal":
        yield Fault(
            code="revenue_intel.E019",
            message=f"money = 'decimal', but {order._meta.label}.{shop.total} holds whole numbers.",
            hint='Type money = "minor" if it holds pence; leave it and make it a DecimalField if it holds pounds.',
        )
    elif isinstance(field, models.DecimalField) and field.decimal_places and shop.money == "minor":
        yield Fault(
            code="revenue_intel.E019",
            message=f"money = 'minor', but {order._meta.label}.{shop.total} has decimals.",
            hint='Type money = "decimal".',
        )


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


def _stock_models(shop: ModelShop, order: type[Model]) -> Iterator[type[Model]]:
    line = getattr(_field(order, shop.lines), "related_model", None)
    for name in (shop.line_product, shop.line_variant):
        model = getattr(_field(line, name), "related_model", None) if line and name else None
        if isinstance(model, type) and issubclass(model, Model):
            yield model


def _stock(shop: ModelShop, model: type[Model]) -> Iterator[Fault]:
    guarded = " ".join(
        str(constraint.condition)
        for constraint in model._meta.constraints
        if isinstance(constraint, CheckConstraint)
    )
    for name in filter(None, (shop.stock_field, shop.reserved_field)):
        field = _field(model, name)
        if field is not None and not isinstance(field, models.IntegerField):
            yield Fault(
                code="revenue_intel.E020",
                message=f"{model._meta.label}.{name} holds no whole pieces.",
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
