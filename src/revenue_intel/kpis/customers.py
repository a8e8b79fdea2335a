"""Customers: people, counted once each over the whole window, never summed over days (K8, K9)."""

from __future__ import annotations

from typing import Final

from revenue_intel.kpis.base import Asked, Kpi, Unit, Value, percentage
from revenue_intel.kpis.counting import read_orders, read_people


def unique_customers(asked: Asked) -> Value:
    """Count each order that is its customer's first in the window."""
    return asked.totals.buyers


def new_customers(asked: Asked) -> Value:
    """Count each of these whose customer never paid before the window."""
    return asked.totals.newcomers


def returning_customers(asked: Asked) -> Value:
    """Count the others."""
    return asked.totals.buyers - asked.totals.newcomers


def repeat_customers(asked: Asked) -> Value:
    """Count each order that is its customer's second in the window."""
    return asked.totals.first_two - asked.totals.buyers


def repeat_rate_pct(asked: Asked) -> Value:
    """Divide."""
    return percentage(asked["repeat_customers"], asked["unique_customers"])


def unidentified_orders(asked: Asked) -> Value:
    """Count the orders without a customer."""
    return asked.totals.unidentified_orders


PEOPLE: Final = ("OrderFact.customer", "Customer.canonical")
THROUGH: Final = (read_people,)

KPIS: Final = (
    Kpi(
        slug="unique_customers",
        name="Customers",
        unit=Unit.COUNT,
        formula="The number of different people who paid an order in the window.",
        code=unique_customers,
        through=THROUGH,
        sources=PEOPLE,
        since="0.1",
        additive=False,
        edge="A person seen under two keys counts once. Orders of nobody known are not counted here: "
        "see unidentified_orders.",
    ),
    Kpi(
        slug="new_customers",
        name="New customers",
        unit=Unit.COUNT,
        formula="The number of people who paid an order in the window, and none before it.",
        code=new_customers,
        through=THROUGH,
        sources=PEOPLE,
        since="0.2",
        additive=False,
        edge="New to the shop: an earlier order in another currency makes a customer a returning one. "
        "Live and test orders, and those of different accounts, know nothing of each other.",
    ),
    Kpi(
        slug="returning_customers",
        name="Returning customers",
        unit=Unit.COUNT,
        formula="unique_customers − new_customers: people who paid in the window and also before it.",
        code=returning_customers,
        through=THROUGH,
        sources=PEOPLE,
        since="0.2",
        additive=False,
    ),
    Kpi(
        slug="repeat_customers",
        name="Repeat customers",
        unit=Unit.COUNT,
        formula="The number of people who paid two or more orders in the window.",
        code=repeat_customers,
        through=THROUGH,
        sources=PEOPLE,
        since="0.1",
        additive=False,
        edge="Orders before the window do not make a customer a repeat customer.",
    ),
    Kpi(
        slug="repeat_rate_pct",
        name="Repeat rate",
        unit=Unit.PERCENT,
        formula="repeat_customers ÷ unique_customers × 100, rounded half up to two decimals.",
        code=repeat_rate_pct,
        sources=("repeat_customers", "unique_customers"),
        since="0.1",
        additive=False,
        edge="Without customers: null in the API, 0 in the export.",
    ),
    Kpi(
        slug="unidentified_orders",
        name="Orders of nobody known",
        unit=Unit.COUNT,
        formula="The number of orders paid in the window without user, Stripe customer or e-mail address.",
        code=unidentified_orders,
        through=(read_orders,),
        sources=("OrderFact.customer",),
        since="0.1",
        additive=True,
        edge="They are in orders and revenue, and in no count of customers.",
        unwanted=True,
    ),
)
