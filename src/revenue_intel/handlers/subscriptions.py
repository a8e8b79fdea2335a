"""Subscriptions: each event tells a whole state, and adds it to the history."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from revenue_intel.exceptions import UnsupportedShapeError
from revenue_intel.facts import services as facts
from revenue_intel.facts.models import SubscriptionStatus
from revenue_intel.facts.services import SubscriptionNews
from revenue_intel.facts.subscriptions import FINAL
from revenue_intel.handlers import billing_fields, fields, prices
from revenue_intel.webhooks.registry import Event, Handler, Result, applied, ignored

DELETED: Final = "customer.subscription.deleted"


def changed(event: Event) -> Result:
    """``customer.subscription.*``: the subscription is in this state from this instant on."""
    if event.object.get("test_clock") is not None:
        return ignored("test_clock")
    news = _news(event)
    facts.record_subscription(news)
    return applied(f"subscription:{news.subscription_id}")


def _news(event: Event) -> SubscriptionNews:
    subscription = event.object
    status = SubscriptionStatus(billing_fields.word(subscription, "status", known=SubscriptionStatus.values))
    if event.type == DELETED and status not in FINAL:
        raise UnsupportedShapeError("A deleted subscription has not ended.")
    customer = fields.id_of(subscription, "customer")
    if not customer:
        raise UnsupportedShapeError("A subscription has no customer.")
    items, are_items_truncated = prices.items_of(subscription)
    start, end = prices.period_of(subscription)
    return SubscriptionNews(
        subscription_id=fields.required_id(subscription),
        stripe_customer_id=customer,
        status=status,
        effective_at=_effective_at(event, status),
        currency=prices.currency_of(subscription),
        livemode=event.livemode,
        account=event.account,
        event_id=event.id,
        current_period_start=start,
        current_period_end=end,
        items=tuple(prices.item_terms(item) for item in items),
        are_items_truncated=are_items_truncated,
        discounts=prices.discounts_of(subscription),
        cancel_at_period_end=billing_fields.flag(subscription, "cancel_at_period_end"),
        pause_collection=_pause(subscription),
        cancel_at=billing_fields.optional_timestamp(subscription, "cancel_at"),
        canceled_at=billing_fields.optional_timestamp(subscription, "canceled_at"),
    )


def _effective_at(event: Event, status: SubscriptionStatus) -> datetime:
    """Return the instant from which the state holds: an end by Stripe's own ``ended_at``, all else by the event."""
    ended_at = billing_fields.optional_timestamp(event.object, "ended_at")
    return ended_at if status in FINAL and ended_at else event.created


def _pause(subscription: Mapping[str, Any]) -> str:
    pause = fields.mapping(subscription, "pause_collection")
    behavior = fields.text(pause, "behavior")
    if pause and not 0 < len(behavior) <= 64:
        raise UnsupportedShapeError("pause_collection has no behavior.")
    return behavior


HANDLERS: Final[Mapping[str, Handler]] = {
    f"customer.subscription.{change}": changed
    for change in ("created", "updated", "deleted", "paused", "resumed")
}
