"""Recurring revenue: MRR as it stands, what moved it, and what could not be counted in it (K13–K16)."""

from __future__ import annotations

from typing import Final

from revenue_intel.kpis.base import Asked, Kpi, Unit, Value
from revenue_intel.kpis.mrr import measure
from revenue_intel.kpis.retention import measure_retention
from revenue_intel.kpis.subscription_history import Kind, movements


def mrr(asked: Asked) -> Value:
    """Take it as it stood at the end."""
    return asked.recurring.retention.mrr_end


def arr(asked: Asked) -> Value:
    """Multiply by twelve."""
    return asked.recurring.retention.mrr_end * 12


def mrr_start(asked: Asked) -> Value:
    """Take it as it stood at the start."""
    return asked.recurring.retention.mrr_start


def mrr_new(asked: Asked) -> Value:
    """Add up the movements of this kind."""
    return asked.recurring.retention.moved[Kind.NEW]


def mrr_expansion(asked: Asked) -> Value:
    """Add up the movements of this kind."""
    return asked.recurring.retention.moved[Kind.EXPANSION]


def mrr_contraction(asked: Asked) -> Value:
    """Add up the movements of this kind."""
    return asked.recurring.retention.moved[Kind.CONTRACTION]


def mrr_churn(asked: Asked) -> Value:
    """Add up the movements of this kind."""
    return asked.recurring.retention.moved[Kind.CHURN]


def mrr_reactivation(asked: Asked) -> Value:
    """Add up the movements of this kind."""
    return asked.recurring.retention.moved[Kind.REACTIVATION]


def mrr_paused(asked: Asked) -> Value:
    """Add up what is not collected."""
    return asked.recurring.mrr.paused_minor


def mrr_excluded_items(asked: Asked) -> Value:
    """Count the items."""
    return asked.recurring.mrr.excluded_items


def mrr_unknown_discounts(asked: Asked) -> Value:
    """Count the discounts."""
    return asked.recurring.mrr.unknown_discounts


def mrr_truncated_subscriptions(asked: Asked) -> Value:
    """Count the subscriptions."""
    return asked.recurring.mrr.truncated_subscriptions


STATES: Final = ("SubscriptionState",)
THROUGH: Final = (measure, measure_retention)
MOVED: Final = (measure, movements)

KPIS: Final = (
    Kpi(
        slug="mrr",
        name="MRR",
        unit=Unit.MONEY,
        formula="The monthly recurring revenue of the subscriptions active or past due at the end of the window: each item’s unit amount × quantity ÷ months of its interval, rounded half up once an item.",
        code=mrr,
        through=THROUGH,
        sources=STATES,
        since="0.2",
        additive=False,
        of_subscriptions=True,
        edge="Without tax. Trials, unpaid, paused and canceled subscriptions have none; metered and tiered items are left out and counted in mrr_excluded_items. Discounts by the policy that the answer names.",
    ),
    Kpi(
        slug="arr",
        name="ARR",
        unit=Unit.MONEY,
        formula="mrr × 12.",
        code=arr,
        through=(),
        sources=("mrr",),
        since="0.2",
        additive=False,
        of_subscriptions=True,
    ),
    Kpi(
        slug="mrr_start",
        name="MRR at the start",
        unit=Unit.MONEY,
        formula="The MRR at the start of the window. mrr_start and the five movements add up to mrr, exactly.",
        code=mrr_start,
        through=THROUGH,
        sources=STATES,
        since="0.2",
        additive=False,
        of_subscriptions=True,
    ),
    Kpi(
        slug="mrr_new",
        name="New MRR",
        unit=Unit.MONEY,
        formula="By how much MRR moved in the window for customers who never had any: one movement a customer a day.",
        code=mrr_new,
        through=MOVED,
        sources=STATES,
        since="0.2",
        additive=False,
        of_subscriptions=True,
    ),
    Kpi(
        slug="mrr_expansion",
        name="Expansion MRR",
        unit=Unit.MONEY,
        formula="By how much MRR moved in the window for customers who had some and have more: one movement a customer a day.",
        code=mrr_expansion,
        through=MOVED,
        sources=STATES,
        since="0.2",
        additive=False,
        of_subscriptions=True,
    ),
    Kpi(
        slug="mrr_contraction",
        name="Contraction MRR",
        unit=Unit.MONEY,
        formula="By how much MRR moved in the window for customers who had some and have less: one movement a customer a day.",
        code=mrr_contraction,
        through=MOVED,
        sources=STATES,
        since="0.2",
        additive=False,
        of_subscriptions=True,
        edge="Zero or less.",
    ),
    Kpi(
        slug="mrr_churn",
        name="Churned MRR",
        unit=Unit.MONEY,
        formula="By how much MRR moved in the window for customers who had some and have none: one movement a customer a day.",
        code=mrr_churn,
        through=MOVED,
        sources=STATES,
        since="0.2",
        additive=False,
        of_subscriptions=True,
        edge="Zero or less.",
    ),
    Kpi(
        slug="mrr_reactivation",
        name="Reactivated MRR",
        unit=Unit.MONEY,
        formula="By how much MRR moved in the window for customers who had some once, and none the day before: one movement a customer a day.",
        code=mrr_reactivation,
        through=MOVED,
        sources=STATES,
        since="0.2",
        additive=False,
        of_subscriptions=True,
    ),
    Kpi(
        slug="mrr_paused",
        name="MRR not collected",
        unit=Unit.MONEY,
        formula="The part of mrr whose invoices are not collected (pause_collection) at the end of the window.",
        code=mrr_paused,
        through=(measure,),
        sources=("SubscriptionState.pause_collection",),
        since="0.2",
        additive=False,
        of_subscriptions=True,
        edge="It is in mrr.",
        unwanted=True,
    ),
    Kpi(
        slug="mrr_excluded_items",
        name="Items not in MRR",
        unit=Unit.COUNT,
        formula="The number of metered or tiered items of the subscriptions that count at the end of the window.",
        code=mrr_excluded_items,
        through=(measure,),
        sources=("SubscriptionState.items",),
        since="0.2",
        additive=False,
        of_subscriptions=True,
        edge="Their price is not known beforehand.",
        unwanted=True,
    ),
    Kpi(
        slug="mrr_unknown_discounts",
        name="Discounts of unknown terms",
        unit=Unit.COUNT,
        formula="The number of discounts, of the subscriptions that count at the end of the window, of which Stripe sent an id and no terms.",
        code=mrr_unknown_discounts,
        through=(measure,),
        sources=("SubscriptionState.discounts", "CouponFact"),
        since="0.2",
        additive=False,
        of_subscriptions=True,
        edge="They lower no MRR.",
        unwanted=True,
    ),
    Kpi(
        slug="mrr_truncated_subscriptions",
        name="Subscriptions told in part",
        unit=Unit.COUNT,
        formula="The number of subscriptions, of those that count at the end of the window, of which Stripe sent the first page of items only.",
        code=mrr_truncated_subscriptions,
        through=(measure,),
        sources=("SubscriptionState.are_items_truncated",),
        since="0.2",
        additive=False,
        of_subscriptions=True,
        edge="The items beyond are not in mrr.",
        unwanted=True,
    ),
)
