"""Revenue: what was paid, by how many orders, and what of it was for the goods (K5, K7)."""

from __future__ import annotations

from typing import Final

from django.db.models import QuerySet

from revenue_intel.facts.models import OrderFact
from revenue_intel.kpis.base import Asked, Kpi, Unit, Value, mean
from revenue_intel.kpis.bookings import read_given_back
from revenue_intel.kpis.counting import read_orders, read_refunds
from revenue_intel.kpis.databases import stored
from revenue_intel.kpis.questions import Scope


def paid_orders(scope: Scope) -> QuerySet[OrderFact]:
    """Return the paid orders of a scope. One that cannot be filled is paid all the same (K5)."""
    return stored(OrderFact).filter(paid_at__isnull=False, **scope.filters)


def revenue(asked: Asked) -> Value:
    """Count each order with its total."""
    return asked.totals.revenue_minor


def orders(asked: Asked) -> Value:
    """Count the orders."""
    return asked.totals.orders


def aov(asked: Asked) -> Value:
    """Divide."""
    return mean(asked["revenue"], asked["orders"])


def gross_sales(asked: Asked) -> Value:
    """Take tax and shipping off the totals, and put the discounts back."""
    totals = asked.totals
    return totals.revenue_minor - totals.tax_minor - totals.shipping_minor + totals.discount_minor


def discounts(asked: Asked) -> Value:
    """Add up the discounts."""
    return asked.totals.discount_minor


def sales(asked: Asked) -> Value:
    """Take tax and shipping off the totals."""
    return asked.totals.revenue_minor - asked.totals.tax_minor - asked.totals.shipping_minor


def net_sales(asked: Asked) -> Value:
    """Subtract what went back."""
    totals = asked.totals
    return totals.revenue_minor - totals.tax_minor - totals.shipping_minor - went_back(asked)


def went_back(asked: Asked) -> int:
    """Add up refunds, disputes and credit notes."""
    return asked.totals.refunds_minor + asked.totals.disputes_minor + asked.totals.credited_minor


def tax(asked: Asked) -> Value:
    """Add up the tax."""
    return asked.totals.tax_minor


def shipping(asked: Asked) -> Value:
    """Add up the shipping."""
    return asked.totals.shipping_minor


def total_collected(asked: Asked) -> Value:
    """Take what went back off the totals."""
    return asked.totals.revenue_minor - went_back(asked)


def aov_merchandise(asked: Asked) -> Value:
    """Divide."""
    return mean(asked["sales"], asked["orders"])


def units(asked: Asked) -> Value:
    """Add up the pieces."""
    return asked.totals.units


def unsplit_orders(asked: Asked) -> Value:
    """Count the orders without a line."""
    return asked.totals.unsplit_orders


PAID: Final = "OrderFact.paid_at"
THROUGH: Final = (read_orders,)

KPIS: Final = (
    Kpi(
        slug="revenue",
        name="Revenue",
        unit=Unit.MONEY,
        formula="The sum of the totals of the orders paid in the window, before refunds.",
        code=revenue,
        through=THROUGH,
        sources=("OrderFact.total_minor", PAID),
        since="0.1",
        additive=True,
        edge="An order counts on the day it was paid, by Stripe's evidence. One that was paid and "
        "cannot be filled counts. Later refunds do not lower it.",
    ),
    Kpi(
        slug="orders",
        name="Orders",
        unit=Unit.COUNT,
        formula="The number of orders paid in the window.",
        code=orders,
        through=THROUGH,
        sources=(PAID,),
        since="0.1",
        additive=True,
    ),
    Kpi(
        slug="aov",
        name="Average order value",
        unit=Unit.MONEY,
        formula="revenue ÷ orders, rounded half up to the minor unit.",
        code=aov,
        sources=("revenue", "orders"),
        since="0.1",
        additive=False,
        edge="Without orders: null in the API, 0 in the export. Later refunds do not lower it.",
    ),
    Kpi(
        slug="gross_sales",
        name="Gross sales",
        unit=Unit.MONEY,
        formula="sales + discounts: the goods of the orders paid in the window, before discounts.",
        code=gross_sales,
        through=THROUGH,
        sources=("OrderFact", "OrderLineFact.discount_minor", PAID),
        since="0.2",
        additive=True,
        edge="Where the shop gives no split, the order's total is taken for its goods: see unsplit_orders.",
    ),
    Kpi(
        slug="discounts",
        name="Discounts",
        unit=Unit.MONEY,
        formula="The discounts on the lines of the orders paid in the window, and on the orders themselves.",
        code=discounts,
        through=THROUGH,
        sources=("OrderLineFact.discount_minor", "OrderFact.discount_minor", PAID),
        since="0.2",
        additive=True,
        edge="A discount of the order that its lines already hold – they come to its total without it – "
        "counts once.",
    ),
    Kpi(
        slug="sales",
        name="Sales",
        unit=Unit.MONEY,
        formula="gross_sales − discounts: what was paid for goods, without tax and shipping.",
        code=sales,
        through=THROUGH,
        sources=("OrderFact.total_minor", "OrderFact.tax_minor", "OrderFact.shipping_minor", PAID),
        since="0.2",
        additive=True,
    ),
    Kpi(
        slug="net_sales",
        name="Net sales",
        unit=Unit.MONEY,
        formula="sales − refunded_amount − disputes_net − credit_notes.",
        code=net_sales,
        through=(went_back, read_orders, read_refunds, read_given_back),
        sources=("sales", "refunded_amount", "disputes_net", "credit_notes"),
        since="0.2",
        version=2,
        additive=True,
        edge="What went back in the window, whenever the order was paid: it can be negative.",
    ),
    Kpi(
        slug="tax",
        name="Tax",
        unit=Unit.MONEY,
        formula="The tax of the orders paid in the window, before refunds.",
        code=tax,
        through=THROUGH,
        sources=("OrderFact.tax_minor", PAID),
        since="0.2",
        additive=True,
    ),
    Kpi(
        slug="shipping",
        name="Shipping",
        unit=Unit.MONEY,
        formula="The shipping of the orders paid in the window, before refunds.",
        code=shipping,
        through=THROUGH,
        sources=("OrderFact.shipping_minor", PAID),
        since="0.2",
        additive=True,
    ),
    Kpi(
        slug="total_collected",
        name="Collected",
        unit=Unit.MONEY,
        formula="net_sales + tax + shipping: what was paid in the window less what went back in it.",
        code=total_collected,
        through=(went_back, read_orders, read_refunds, read_given_back),
        sources=("net_sales", "tax", "shipping"),
        since="0.2",
        version=2,
        additive=True,
        edge="It can be negative.",
    ),
    Kpi(
        slug="aov_merchandise",
        name="Average goods value",
        unit=Unit.MONEY,
        formula="sales ÷ orders, rounded half up to the minor unit.",
        code=aov_merchandise,
        sources=("sales", "orders"),
        since="0.2",
        additive=False,
        edge="Null without orders. Later refunds do not lower it.",
    ),
    Kpi(
        slug="units",
        name="Pieces",
        unit=Unit.COUNT,
        formula="The number of pieces on the lines of the orders paid in the window.",
        code=units,
        through=THROUGH,
        sources=("OrderLineFact.quantity", PAID),
        since="0.2",
        additive=True,
        edge="Pieces that were refunded later count.",
    ),
    Kpi(
        slug="unsplit_orders",
        name="Orders without lines",
        unit=Unit.COUNT,
        formula="The number of orders paid in the window of which no line is known.",
        code=unsplit_orders,
        through=THROUGH,
        sources=("OrderLineFact", PAID),
        since="0.2",
        additive=True,
        edge="Their total stands for their goods; their pieces and products are unknown.",
        unwanted=True,
    ),
)
