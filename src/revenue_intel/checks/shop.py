"""The adapter: it can be made, and what it says of the host is true."""

from __future__ import annotations

from itertools import chain
from typing import Any

from django.apps import apps
from django.core.checks import CheckMessage, Error, Warning  # noqa: A004 - Django's own name for it
from django.db import router

from revenue_intel.conf import settings as conf
from revenue_intel.exceptions import ConfigurationError
from revenue_intel.facts.models import OrderFact
from revenue_intel.quality.mapping import find_mapping_faults
from revenue_intel.quality.mapping_kinds import find_kind_faults
from revenue_intel.quality.mapping_values import Fault, find_value_faults
from revenue_intel.shop import ModelShop, find_shop


def check_shop(**_kwargs: Any) -> list[CheckMessage]:
    """E001: the adapter can be made. E008: its mapping exists. E012: it shares our database.

    E018 words, E019 money, E020 pieces, E023 kinds of field, W008 negative stock, W009 reference, W011 choices:
    its values make sense.
    """
    try:
        shop = find_shop()
    except ConfigurationError as error:
        hint = 'Type the dotted path of your adapter class: REVENUE_INTEL_SHOP = "myshop.revenue.Shop".'
        return [Error(str(error), hint=hint, id="revenue_intel.E001")]
    except Exception as error:  # the host's module or class may fail in any way it likes
        return [
            Error(
                f"REVENUE_INTEL_SHOP: making {conf.SHOP!r} failed: {type(error).__name__}: {error}",
                hint="The adapter's module must import and its class must be made without arguments, "
                "with all six methods of ShopAdapter.",
                id="revenue_intel.E001",
            )
        ]
    if not isinstance(shop, ModelShop):
        return []
    faults = find_mapping_faults(shop)
    if faults:
        hint = f"Correct the attribute of {conf.SHOP}; an empty name says that your model has no such field."
        return [Error(fault, hint=hint, id="revenue_intel.E008") for fault in faults]
    found = chain(find_value_faults(shop), find_kind_faults(shop))
    return [*_check_one_database(shop), *(_say(fault) for fault in found)]


def _say(fault: Fault) -> CheckMessage:
    kind = Warning if fault.warning else Error
    return kind(f"{conf.SHOP}: {fault.message}", hint=fault.hint, id=fault.code)


def _check_one_database(shop: ModelShop) -> list[CheckMessage]:
    ours, theirs = router.db_for_write(OrderFact), router.db_for_write(apps.get_model(shop.order_model))
    if ours == theirs:
        return []
    return [
        Error(
            f"{shop.order_model} is written to database {theirs!r}, revenue_intel to {ours!r}: "
            "a payment and its order could not commit together.",
            hint="Let DATABASE_ROUTERS send both to one alias.",
            id="revenue_intel.E012",
        )
    ]
