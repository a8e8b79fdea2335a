"""The host as a history draws it: its settings, its adapter, its orders, and what Stripe answers it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from functools import partial
from typing import Any
from unittest.mock import patch

from django.contrib.auth.models import User
from django.db import transaction
from django.test import override_settings

from revenue_intel.exceptions import StockOversellError
from revenue_intel.gateway import client
from revenue_intel.orders import services as orders
from tests.factories import make_order
from tests.histories.commerce import History, OrderRow
from tests.host.models import Product
from tests.host.revenue import Shop

URL = "https://shop.example/"


@contextlib.contextmanager
def set_up(history: History) -> Iterator[None]:
    """Be set up as the history's host has us, and let Stripe make pages and the refunds of the history."""
    host = history.host
    with (
        override_settings(
            REVENUE_INTEL_SHOP="tests.host.revenue.Shop" if host.has_adapter else "",
            REVENUE_INTEL_REFUND_UNFULFILLABLE=host.refunds_unfulfillable,
        ),
        patch.multiple(Shop, restock_policy=host.restock_policy, stock_uses_save=host.stock_uses_save),
        patch.multiple(
            client,
            create_checkout_session=_open_page,
            close_payment=_close_page,
            create_refund=partial(_give_back, history),
        ),
    ):
        yield


def make(row: OrderRow) -> None:
    """Let the host make an order, and hold its stock or cancel it where it does."""
    product = Product.objects.get(name=f"Mug {row.product}")
    user = User.objects.get(username=row.user) if row.user else None
    with transaction.atomic():  # an order is never there without its lines
        make_order(row.reference, [(product, 2)], currency=row.currency, email=row.email, user=user)
    if row.is_held:
        with contextlib.suppress(StockOversellError), transaction.atomic():
            orders.start_payment(reference=row.reference, success_url=URL, cancel_url=URL)
    if row.is_canceled:
        orders.cancel(reference=row.reference, actor="user:1")


def _open_page(*, params: dict[str, Any], idempotency_key: str) -> dict[str, Any]:
    number = params["client_reference_id"].removeprefix("R")
    return {"id": f"cs_{number}", "url": URL}


def _close_page(*, payment_id: str) -> str:
    return "expired"


def _give_back(history: History, *, params: dict[str, Any], idempotency_key: str) -> dict[str, Any]:
    refund = history.given_back[params.get("payment_intent") or params["charge"]]
    assert refund["amount"] == params["amount"]
    return {name: refund[name] for name in client.REFUND_FIELDS}
