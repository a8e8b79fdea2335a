"""Subscribers: how many there are, how many leave, and how many trials become one of them (K16, K17)."""

from __future__ import annotations

from typing import Final

from revenue_intel.kpis.base import Asked, Kpi, Unit, Value, mean, percentage
from revenue_intel.kpis.retention import Retention, measure_retention
from revenue_intel.kpis.subscription_windows import trials_of


def subscribers(asked: Asked) -> Value:
    """Count those with MRR at the end."""
    return asked.recurring.retention.customers_end


def customer_churn_pct(asked: Asked) -> Value:
    """Divide."""
    return asked.recurring.retention.customer_churn


def stripe_churn_pct(asked: Asked) -> Value:
    """Divide."""
    return asked.recurring.retention.stripe_churn


def gross_revenue_churn_pct(asked: Asked) -> Value:
    """Divide."""
    return asked.recurring.retention.gross_revenue_churn


def net_revenue_churn_pct(asked: Asked) -> Value:
    """Divide."""
    return asked.recurring.retention.net_revenue_churn


def gross_revenue_retention_pct(asked: Asked) -> Value:
    """Divide."""
    return asked.recurring.retention.gross_revenue_retention


def net_revenue_retention_pct(asked: Asked) -> Value:
    """Divide."""
    return asked.recurring.retention.net_revenue_retention


def arpa(asked: Asked) -> Value:
    """Divide."""
    return asked.recurring.retention.arpa_minor


def quick_ratio(asked: Asked) -> Value:
    """Divide."""
    return asked.recurring.retention.quick_ratio


def predicted_ltv(asked: Asked) -> Value:
    """Multiply what a subscriber brings a month by the months that one stays, at the pace of the window."""
    kept = asked.recurring.retention
    if kept.customers_start < FEWEST_SUBSCRIBERS or not kept.customers_lost:
        return None
    brought = kept.mrr_end * 12 * asked.window.days * kept.customers_start
    return mean(brought, 365 * kept.customers_end * kept.customers_lost)


def trials_started(asked: Asked) -> Value:
    """Count the trials."""
    return asked.recurring.trials_started


def trials_ended(asked: Asked) -> Value:
    """Count the trials."""
    return asked.recurring.trials_ended


def trial_conversion_pct(asked: Asked) -> Value:
    """Divide."""
    return percentage(asked.recurring.trials_converted, asked.recurring.trials_ended)


#: Of fewer at the start, one who leaves says nothing about how long the others stay.
FEWEST_SUBSCRIBERS: Final = 30
STATES: Final = ("SubscriptionState",)
THROUGH: Final = (measure_retention, Retention)

KPIS: Final = (
    Kpi(
        slug="subscribers",
        name="Subscribers",
        unit=Unit.COUNT,
        formula="The number of customers with MRR at the end of the window.",
        code=subscribers,
        through=THROUGH,
        sources=STATES,
        since="0.2",
        additive=False,
        of_subscriptions=True,
        edge="A person seen under two keys, or with two subscriptions, counts once.",
    ),
    Kpi(
        slug="customer_churn_pct",
        name="Customer churn",
        unit=Unit.PERCENT,
        formula="The customers with MRR at the start of the window and none at its end ÷ those with MRR at the start × 100.",
        code=customer_churn_pct,
        through=THROUGH,
        sources=STATES,
        since="0.2",
        additive=False,
        of_subscriptions=True,
        edge="At most 100. Who left and came back within the window has not left. Null where nobody was there at the start.",
        unwanted=True,
    ),
    Kpi(
        slug="stripe_churn_pct",
        name="Customer churn, as Stripe counts",
        unit=Unit.PERCENT,
        formula="The customers gone at the end of the window ÷ (those with MRR at its start + those who joined since) × 100.",
        code=stripe_churn_pct,
        through=THROUGH,
        sources=STATES,
        since="0.2",
        additive=False,
        of_subscriptions=True,
        edge="By Stripe’s denominator. Null where there was nobody.",
        unwanted=True,
    ),
    Kpi(
        slug="gross_revenue_churn_pct",
        name="Gross revenue churn",
        unit=Unit.PERCENT,
        formula="−(mrr_churn + mrr_contraction) ÷ mrr_start × 100.",
        code=gross_revenue_churn_pct,
        through=THROUGH,
        sources=("mrr_churn", "mrr_contraction", "mrr_start"),
        since="0.2",
        additive=False,
        of_subscriptions=True,
        edge="Null where there was nothing at the start.",
        unwanted=True,
    ),
    Kpi(
        slug="net_revenue_churn_pct",
        name="Net revenue churn",
        unit=Unit.PERCENT,
        formula="−(mrr_churn + mrr_contraction + mrr_expansion + mrr_reactivation) ÷ mrr_start × 100.",
        code=net_revenue_churn_pct,
        through=THROUGH,
        sources=("mrr_churn", "mrr_contraction", "mrr_expansion", "mrr_reactivation", "mrr_start"),
        since="0.2",
        additive=False,
        of_subscriptions=True,
        edge="Below zero where more was won back than lost. Null where there was nothing at the start.",
        unwanted=True,
    ),
    Kpi(
        slug="gross_revenue_retention_pct",
        name="Gross revenue retention",
        unit=Unit.PERCENT,
        formula="(mrr_start + mrr_churn + mrr_contraction) ÷ mrr_start × 100.",
        code=gross_revenue_retention_pct,
        through=THROUGH,
        sources=("mrr_start", "mrr_churn", "mrr_contraction"),
        since="0.2",
        additive=False,
        of_subscriptions=True,
        edge="Null where there was nothing at the start.",
    ),
    Kpi(
        slug="net_revenue_retention_pct",
        name="Net revenue retention",
        unit=Unit.PERCENT,
        formula="(mrr_start + mrr_churn + mrr_contraction + mrr_expansion + mrr_reactivation) ÷ mrr_start × 100.",
        code=net_revenue_retention_pct,
        through=THROUGH,
        sources=("mrr_start", "mrr_churn", "mrr_contraction", "mrr_expansion", "mrr_reactivation"),
        since="0.2",
        additive=False,
        of_subscriptions=True,
        edge="It can pass 100. Null where there was nothing at the start.",
    ),
    Kpi(
        slug="arpa",
        name="MRR a subscriber",
        unit=Unit.MONEY,
        formula="mrr ÷ subscribers, rounded half up to the minor unit.",
        code=arpa,
        through=THROUGH,
        sources=("mrr", "subscribers"),
        since="0.2",
        additive=False,
        of_subscriptions=True,
        edge="Null without subscribers.",
    ),
    Kpi(
        slug="quick_ratio",
        name="Quick ratio",
        unit=Unit.RATIO,
        formula="(mrr_new + mrr_expansion + mrr_reactivation) ÷ −(mrr_churn + mrr_contraction), half up to two decimals.",
        code=quick_ratio,
        through=THROUGH,
        sources=("mrr_new", "mrr_expansion", "mrr_reactivation", "mrr_churn", "mrr_contraction"),
        since="0.2",
        additive=False,
        of_subscriptions=True,
        edge="Null where nothing was lost.",
    ),
    Kpi(
        slug="predicted_ltv",
        name="Predicted lifetime value",
        unit=Unit.MONEY,
        formula="mrr ÷ subscribers × the months that a subscriber stays: the window's months (12 a year of 365 days) ÷ "
        "the share of the customers active at its start who are not at its end, rounded half up once.",
        code=predicted_ltv,
        through=THROUGH,
        sources=("mrr", "subscribers", "customer_churn_pct"),
        since="0.2",
        additive=False,
        of_subscriptions=True,
        unknown=f"Fewer than {FEWEST_SUBSCRIBERS} subscribers at the window's start, or none of them left: nothing can be predicted.",
        edge="A guess from one window's churn; what people did bring is the lifetime value of their cohort.",
    ),
    Kpi(
        slug="trials_started",
        name="Trials",
        unit=Unit.COUNT,
        formula="The number of trials that began in the window.",
        code=trials_started,
        through=(trials_of,),
        sources=("SubscriptionState.status",),
        since="0.2",
        additive=False,
        of_subscriptions=True,
    ),
    Kpi(
        slug="trials_ended",
        name="Trials that ended",
        unit=Unit.COUNT,
        formula="The number of trials that ended in the window, in whatever way.",
        code=trials_ended,
        through=(trials_of,),
        sources=("SubscriptionState.status",),
        since="0.2",
        additive=False,
        of_subscriptions=True,
    ),
    Kpi(
        slug="trial_conversion_pct",
        name="Trials converted",
        unit=Unit.PERCENT,
        formula="The trials that ended in the window with an active subscription ÷ trials_ended × 100.",
        code=trial_conversion_pct,
        through=(trials_of,),
        sources=("trials_ended", "SubscriptionState.status"),
        since="0.2",
        additive=False,
        of_subscriptions=True,
        edge="The state right after the trial decides: a first payment that fails later is churn. Null where no trial ended.",
    ),
)
