"""Refunds: the one poster of refunds and of their reversals."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from revenue_intel.exceptions import UnsupportedShapeError
from revenue_intel.facts import selectors as facts
from revenue_intel.facts.models import ChargeFact
from revenue_intel.facts.services import REFUND_RANK, UNCAPTURED, RefundNews
from revenue_intel.gateway import reading
from revenue_intel.handlers import balance_transactions, fields
from revenue_intel.orders import services as orders
from revenue_intel.webhooks.registry import Event, Fetched, Handler, Result, applied, ignored, parked


def changed(event: Event) -> Result:
    """Say how one refund stands: its events, and ``charge.refund.updated``, carry the refund."""
    return take(event.object, event)


def take(
    refund: Mapping[str, Any], event: Event, *, of: ChargeFact | None = None, is_uncaptured: bool = False
) -> Result:
    """Record a refund and post it.

    Args:
        refund: the event's object, or one that is embedded in it.
        event: the event.
        of: the charge in which it is embedded, if it is.
        is_uncaptured: whether it only gave back what had been authorised.
    """
    if fields.text(refund, "reason") == "expired_uncaptured_charge":
        fields.required_id(refund)
        return ignored("uncaptured")
    news = _news(refund, event)
    if of is not None:
        news = replace(news, payment_intent=of.payment_intent, charge=of.charge)
    if not (news.payment_intent or news.charge):
        raise UnsupportedShapeError("A refund names neither a PaymentIntent nor a Charge.")
    if is_uncaptured:
        news = replace(news, is_uncaptured=True)
    recorded = orders.record_refund(news)
    if recorded is None:
        if facts.is_canceled(payment_intent=news.payment_intent):
            return ignored("payment_canceled")
        return parked(f"payment:{news.payment_intent or news.charge}")
    for key in ("balance_transaction", "failure_balance_transaction"):
        balance_transactions.take_expanded(refund, event, key=key)
    return applied(*([f"refunds:{recorded.charge}"] if recorded.charge else []))


def fetch(*, subject_id: str, account: str) -> list[Fetched]:
    """Ask Stripe for every refund of a charge, for the ``charge.refunded`` that waits for them.

    Endpoints of API versions before 2024-10-28 are sent no events of a charge's refunds.

    Args:
        subject_id: the charge.
        account: the connected account, empty for one's own.

    Raises:
        ConfigurationError: there is no secret key.
        PaymentGatewayError: Stripe could not be reached or refused.
    """
    return [("refund.updated", refund) for refund in reading.list_refunds(charge=subject_id, account=account)]


HANDLERS: Final[Mapping[str, Handler]] = {
    "charge.refund.updated": changed,
    "refund.created": changed,
    "refund.failed": changed,
    "refund.updated": changed,
}


def _news(refund: Mapping[str, Any], event: Event) -> RefundNews:
    status = fields.text(refund, "status") or "pending"
    if status not in REFUND_RANK:
        raise UnsupportedShapeError(f"A refund has the unknown status {status!r:.40}.")
    booked = refund.get("balance_transaction")
    return RefundNews(
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
        is_uncaptured=isinstance(booked, Mapping) and fields.text(booked, "reporting_category") == UNCAPTURED,
    )
