"""Payments: how many attempts came to money, and how long it took."""

from __future__ import annotations

from typing import Final

from revenue_intel.kpis.base import Asked, Kpi, Unit, Value, mean, percentage
from revenue_intel.kpis.counting import read_orders, read_payments


def payments_succeeded(asked: Asked) -> Value:
    """Count those that succeeded."""
    return asked.totals.payments_succeeded


def payments_failed(asked: Asked) -> Value:
    """Count those that never did."""
    return asked.totals.payments_failed


def payment_success_rate_pct(asked: Asked) -> Value:
    """Divide by all that were decided."""
    totals = asked.totals
    return percentage(totals.payments_succeeded, totals.payments_succeeded + totals.payments_failed)


def time_to_pay(asked: Asked) -> Value:
    """Divide."""
    return mean(asked.totals.seconds_to_pay, asked["orders"])


KPIS: Final = (
    Kpi(
        slug="payments_succeeded",
        name="Payments",
        unit=Unit.COUNT,
        formula="The number of payments that succeeded in the window.",
        code=payments_succeeded,
        through=(read_payments,),
        sources=("PaymentFact.succeeded_at",),
        since="0.2",
        additive=True,
        edge="A payment for no known order, or for one that was paid already, counts.",
    ),
    Kpi(
        slug="payments_failed",
        name="Failed payments",
        unit=Unit.COUNT,
        formula="The number of payments that failed last in the window, and have not succeeded to this day.",
        code=payments_failed,
        through=(read_payments,),
        sources=("PaymentFact.failed_at", "PaymentFact.succeeded_at"),
        since="0.2",
        additive=True,
        edge="A payment that was declined and then succeeded is a success, once.",
        unwanted=True,
    ),
    Kpi(
        slug="payment_success_rate_pct",
        name="Payment success",
        unit=Unit.PERCENT,
        formula="payments_succeeded ÷ (payments_succeeded + payments_failed) × 100, rounded half up to two decimals.",
        code=payment_success_rate_pct,
        sources=("payments_succeeded", "payments_failed"),
        since="0.2",
        additive=False,
        edge="Null without payments.",
    ),
    Kpi(
        slug="time_to_pay",
        name="Time to pay",
        unit=Unit.SECONDS,
        formula="The mean time from the making of an order to its payment, over the orders paid in the window.",
        code=time_to_pay,
        through=(read_orders,),
        sources=("OrderFact.created_at", "OrderFact.paid_at"),
        since="0.2",
        additive=False,
        edge="In whole seconds, half up. Null without orders.",
        unwanted=True,
    ),
)
