"""A host with orders from before: paid, and never told of by Stripe."""

from __future__ import annotations

import io
from datetime import UTC, datetime

from django.core.management import call_command
from django.forms.models import model_to_dict

from revenue_intel.facts.models import LedgerEntry, OrderFact, OrderLineFact, PaymentFact, RefundFact
from revenue_intel.issues.models import Issue
from revenue_intel.shop import PaidOrder
from tests.deliveries import PAID_AT
from tests.factories import make_order, make_product
from tests.host.models import Order
from tests.host.revenue import Shop

BEFORE = datetime(2025, 11, 3, 9, 30, tzinfo=UTC)
STRIPES = datetime.fromtimestamp(PAID_AT, tz=UTC)

#: Which payment paid which order, as the host remembers it.
NAMED: dict[str, str] = {}


class NamingShop(Shop):
    """A host that remembers its PaymentIntents."""

    def paid_orders(self, *, since, until):
        for paid in super().paid_orders(since=since, until=until):
            yield PaidOrder(
                order=paid.order, paid_at=paid.paid_at, payment_intent=NAMED.get(paid.order.reference, "")
            )


class SilentShop(Shop):
    """A host whose orders do not say when they were paid."""

    paid_at = ""


def old_order(reference, *, at=BEFORE, price="9.50", **fields):
    mug = make_product("Mug", price, stock=3)
    return make_order(reference, [(mug, 2)], created_at=at, paid_at=at, status="sent", **fields)


def standing():
    entries = LedgerEntry.objects.filter(reverses=None, reversed_by=None).order_by("object_id")
    return list(entries.values_list("object_id", "amount_minor", "occurred_at", "order_reference"))


def everything():
    return [
        [model_to_dict(row) for row in model.objects.order_by("pk")]
        for model in (OrderFact, OrderLineFact, PaymentFact, RefundFact, LedgerEntry, Order, Issue)
    ]


def command(*arguments):
    out = io.StringIO()
    call_command("revenue_backfill", *arguments, stdout=out, stderr=io.StringIO())
    return out.getvalue()
