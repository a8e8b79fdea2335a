"""PaymentIntents: the one poster of sales."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from revenue_intel.facts.models import PaymentFact
from revenue_intel.facts.services import PaymentNews
from revenue_intel.handlers import fields
from revenue_intel.orders import services as orders
from revenue_intel.webhooks.registry import Event, Result, applied, parked

#: The metadata key under which a PaymentIntent names the order it pays.
ORDER_REFERENCE = "order_reference"


def succeeded(event: Event) -> Result:
    """``payment_intent.succeeded``: settle the order; where the order is not here yet, keep the money and wait."""
    news = _news(event, PaymentFact.Status.SUCCEEDED, amount_key="amount_received")
    settlement = orders.settle_payment(news)
    brings = [f"payment:{subject}" for subject in (news.payment_intent, news.charge) if subject]
    if settlement.is_order_missing:
        return parked(f"order:{news.claimed_reference}", *brings)
    return applied(*brings)


def payment_failed(event: Event) -> Result:
    """``payment_intent.payment_failed``: record the attempt; the order stays as it is."""
    orders.record_payment_failure(_news(event, PaymentFact.Status.FAILED, amount_key="amount"))
    return applied()


def _news(event: Event, status: PaymentFact.Status, *, amount_key: str) -> PaymentNews:
    intent = event.object
    error = fields.mapping(intent, "last_payment_error")
    return PaymentNews(
        payment_intent=fields.required_id(intent),
        status=status,
        amount_minor=fields.minor(intent, amount_key),
        currency=fields.currency(intent),
        livemode=event.livemode,
        account=event.account,
        at=event.created,
        event_id=event.id,
        charge=_charge_of(intent),
        claimed_reference=fields.text(fields.mapping(intent, "metadata"), ORDER_REFERENCE),
        stripe_customer_id=fields.id_of(intent, "customer"),
        email=fields.text(intent, "receipt_email"),
        failure_code=fields.text(error, "decline_code")[:64] or fields.text(error, "code")[:64],
    )


def _charge_of(intent: Mapping[str, Any]) -> str:
    """Return the latest charge; before 2022-11-15 it is the first of an embedded list."""
    if "latest_charge" in intent:
        return fields.id_of(intent, "latest_charge")
    charges = fields.items(fields.mapping(intent, "charges"), "data")
    return fields.required_id(charges[0]) if charges else ""
