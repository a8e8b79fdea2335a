"""PaymentIntents: the one poster of sales."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from revenue_intel.facts import locks
from revenue_intel.facts import selectors as facts
from revenue_intel.facts.models import PaymentFact
from revenue_intel.facts.services import PaymentNews
from revenue_intel.handlers import balance_transactions, fields
from revenue_intel.orders import services as orders
from revenue_intel.webhooks.registry import Event, Handler, Result, applied, parked

#: The metadata key under which a PaymentIntent, a Charge or a Checkout Session names the order it pays.
ORDER_REFERENCE: Final = "order_reference"

_OPEN_STATES: Final = {
    "payment_intent.created": PaymentFact.Status.CREATED,
    "payment_intent.requires_action": PaymentFact.Status.REQUIRES_ACTION,
    "payment_intent.processing": PaymentFact.Status.PROCESSING,
    "payment_intent.partially_funded": PaymentFact.Status.PARTIALLY_FUNDED,
    "payment_intent.amount_capturable_updated": PaymentFact.Status.REQUIRES_CAPTURE,
    "payment_intent.payment_failed": PaymentFact.Status.FAILED,
}


def succeeded(event: Event) -> Result:
    """``payment_intent.succeeded``: settle the order; where the order is not here yet, keep the money and wait."""
    news = _news(event, PaymentFact.Status.SUCCEEDED, amount_key="amount_received")
    result = settle(news)
    if result.waiting_for and not _claimed(event):
        result = applied(*result.brings)  # its session named the order: it is the session that waits
    latest = event.object.get("latest_charge")
    if isinstance(latest, Mapping):
        balance_transactions.take_expanded(latest, event)
    return result


def progressed(event: Event) -> Result:
    """Record how far the payment has come; the order stays as it is."""
    orders.record_payment_progress(_news(event, _OPEN_STATES[event.type], amount_key="amount"))
    return applied()


def canceled(event: Event) -> Result:
    """``payment_intent.canceled``: final, unless it succeeded. What was authorised goes back by itself, and so does what was held."""
    news = _news(event, PaymentFact.Status.CANCELED, amount_key="amount")
    orders.expire_checkout(
        reference=news.claimed_reference, session_id=news.payment_intent, event_id=event.id
    )
    orders.record_payment_progress(news)
    return applied(f"payment:{news.payment_intent}")


def settle(news: PaymentNews) -> Result:
    """Settle the order that a succeeded payment is for, and say what has arrived with it."""
    settlement = orders.settle_payment(news)
    brings = [
        f"payment:{subject}" for subject in dict.fromkeys((news.payment_intent, news.charge)) if subject
    ]
    if settlement.is_order_missing:
        return parked(f"order:{news.claimed_reference}", *brings)
    return applied(*brings)


HANDLERS: Final[Mapping[str, Handler]] = {
    **dict.fromkeys(_OPEN_STATES, progressed),
    "payment_intent.canceled": canceled,
    "payment_intent.succeeded": succeeded,
}


def _news(event: Event, status: PaymentFact.Status, *, amount_key: str) -> PaymentNews:
    intent = event.object
    error = fields.mapping(intent, "last_payment_error")
    identifier = fields.required_id(intent)
    claimed = _claimed(event)
    if not claimed and status == PaymentFact.Status.SUCCEEDED:
        locks.lock_order_of_payment(payment_intent=identifier)
        claimed = facts.find_session_order(payment_intent=identifier)
    return PaymentNews(
        payment_intent=identifier,
        status=status,
        amount_minor=fields.minor(intent, amount_key),
        currency=fields.currency(intent),
        livemode=event.livemode,
        account=event.account,
        at=event.created,
        event_id=event.id,
        charge=_charge_of(intent),
        claimed_reference=claimed,
        stripe_customer_id=fields.id_of(intent, "customer"),
        email=fields.text(intent, "receipt_email"),
        failure_code=fields.text(error, "decline_code")[:64] or fields.text(error, "code")[:64],
    )


def _claimed(event: Event) -> str:
    return fields.text(fields.mapping(event.object, "metadata"), ORDER_REFERENCE)


def _charge_of(intent: Mapping[str, Any]) -> str:
    """Return the latest charge; before 2022-11-15 it is the first of an embedded list."""
    if "latest_charge" in intent:
        return fields.id_of(intent, "latest_charge")
    charges = fields.items(fields.mapping(intent, "charges"), "data")
    return fields.required_id(charges[0]) if charges else ""
