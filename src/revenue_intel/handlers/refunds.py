"""Refunds: the one poster of refunds and of their reversals."""

from __future__ import annotations

from revenue_intel.exceptions import UnsupportedShapeError
from revenue_intel.facts.services import REFUND_RANK, RefundNews
from revenue_intel.handlers import fields
from revenue_intel.orders import services as orders
from revenue_intel.webhooks.registry import Event, Result, applied, parked


def changed(event: Event) -> Result:
    """``refund.created``, ``refund.updated``, ``refund.failed``: all say how one refund stands."""
    news = _news(event)
    refund = orders.record_refund(news)
    if refund is None:
        return parked(f"payment:{news.payment_intent or news.charge}")
    return applied(*([f"refunds:{refund.charge}"] if refund.charge else []))


def _news(event: Event) -> RefundNews:
    refund = event.object
    status = fields.text(refund, "status") or "pending"
    if status not in REFUND_RANK:
        raise UnsupportedShapeError(f"A refund has the unknown status {status!r:.40}.")
    news = RefundNews(
        refund_id=fields.required_id(refund),
        status=status,
        amount_minor=fields.minor(refund, "amount"),
        currency=fields.currency(refund),
        livemode=event.livemode,
        account=event.account,
        created_at=fields.timestamp(refund, "created"),
        at=event.created,
        event_id=event.id,
        payment_intent=fields.id_of(refund, "payment_intent"),
        charge=fields.id_of(refund, "charge"),
    )
    if not (news.payment_intent or news.charge):
        raise UnsupportedShapeError("A refund names neither a PaymentIntent nor a Charge.")
    return news
