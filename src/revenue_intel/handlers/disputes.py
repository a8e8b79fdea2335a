"""Disputes: their status is for people; their money is what their balance transactions say."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from revenue_intel.exceptions import UnsupportedShapeError
from revenue_intel.facts.models import BalanceTransactionFact, DisputeFact
from revenue_intel.facts.services import DISPUTE_STAGES
from revenue_intel.handlers import balance_transactions, fields
from revenue_intel.orders import services as orders
from revenue_intel.webhooks.registry import Event, Handler, Result, applied, parked


def changed(event: Event) -> Result:
    """Say how one dispute stands and what it has moved: all events of a dispute carry the whole of it."""
    news = _read(event)
    recorded = orders.record_dispute(news, booked=_booked(event), event_id=event.id)
    if recorded is None:
        return parked(f"payment:{news.payment_intent or news.charge}")
    return applied()


HANDLERS: Final[Mapping[str, Handler]] = dict.fromkeys(
    (
        "charge.dispute.closed",
        "charge.dispute.created",
        "charge.dispute.funds_reinstated",
        "charge.dispute.funds_withdrawn",
        "charge.dispute.updated",
    ),
    changed,
)


def _booked(event: Event) -> list[BalanceTransactionFact]:
    """Return the bookings that came with the dispute; very old shapes have at most one, under another key."""
    listed = [*fields.items(event.object, "balance_transactions")]
    single = event.object.get("balance_transaction")
    if not listed and isinstance(single, Mapping):
        listed = [single]
    return [balance_transactions.read(each, event) for each in listed]


def _read(event: Event) -> DisputeFact:
    dispute = event.object
    status = fields.text(dispute, "status")
    if status not in DISPUTE_STAGES:
        raise UnsupportedShapeError(f"A dispute has the unknown status {status!r:.40}.")
    news = DisputeFact(
        dispute_id=fields.required_id(dispute),
        payment_intent=fields.id_of(dispute, "payment_intent"),
        charge=fields.id_of(dispute, "charge"),
        status=status,
        status_at=event.created,
        reason=fields.text(dispute, "reason"),
        amount_minor=fields.minor(dispute, "amount"),
        currency=fields.currency(dispute),
        livemode=event.livemode,
        account=event.account,
        created_at=fields.timestamp(dispute, "created"),
    )
    if not (news.payment_intent or news.charge):
        raise UnsupportedShapeError("A dispute names neither a PaymentIntent nor a Charge.")
    return news
