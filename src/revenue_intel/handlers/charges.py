"""Charges: one that has no PaymentIntent is a payment of its own; of the others only their course is recorded.

A charge's cumulative refunded amount is a checksum on its refunds, and posts nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from revenue_intel.exceptions import UnsupportedShapeError
from revenue_intel.facts import selectors as facts
from revenue_intel.facts.models import ChargeFact, PaymentFact
from revenue_intel.facts.services import PaymentNews, record_charge
from revenue_intel.handlers import balance_transactions, fields, payment_intents, refunds
from revenue_intel.webhooks.registry import Event, Handler, Result, applied, parked


def changed(event: Event) -> Result:
    """Say how one charge stands. Money is posted only where no PaymentIntent does it, and only what was captured."""
    news = _read(event)
    result = _settle_without_intent(event, news)
    if event.type == "charge.captured" and news.captured_minor < news.amount_minor:
        # Before API version 2025-03-31 what was not captured was "refunded"; other refunds cannot be there yet.
        for refund in _embedded_refunds(event):
            taken = refunds.take(refund, event, of=news, is_uncaptured=True)
            if taken.waiting_for:
                return taken
    record_charge(news)
    balance_transactions.take_expanded(event.object, event)
    return result


def refunded(event: Event) -> Result:
    """``charge.refunded``: take the refunds that come with it, else wait until those it speaks of are here."""
    total_minor = fields.minor(event.object, "amount_refunded")
    news = _read(event)
    result = _settle_without_intent(event, news)
    if news.status == ChargeFact.Status.SUCCEEDED:
        # Before API version 2022-11-15 they are embedded, and endpoints of that time send no events for them.
        for refund in _embedded_refunds(event):
            taken = refunds.take(refund, event, of=news)
            if taken.waiting_for:
                return taken
    refunds_ever = facts.ask_refunds_ever(charge=news.charge)
    record_charge(news)
    balance_transactions.take_expanded(event.object, event)
    if news.status != ChargeFact.Status.SUCCEEDED:
        return result  # an authorisation was given back: there was no money
    brings = [*result.brings, f"refunds:{news.charge}"]
    if total_minor > refunds_ever():
        return parked(f"refunds:{news.charge}", *result.brings)
    return parked(result.waiting_for, *brings) if result.waiting_for else applied(*brings)


HANDLERS: Final[Mapping[str, Handler]] = {
    "charge.captured": changed,
    "charge.expired": changed,
    "charge.failed": changed,
    "charge.pending": changed,
    "charge.refunded": refunded,
    "charge.succeeded": changed,
    "charge.updated": changed,
}


def _embedded_refunds(event: Event) -> Sequence[Mapping[str, Any]]:
    return fields.items(fields.mapping(event.object, "refunds"), "data")


def _settle_without_intent(event: Event, news: ChargeFact) -> Result:
    if news.payment_intent or news.status != ChargeFact.Status.SUCCEEDED:
        return applied()
    charge = event.object
    billing = fields.mapping(charge, "billing_details")
    return payment_intents.settle(
        PaymentNews(
            payment_intent=news.charge,
            status=PaymentFact.Status.SUCCEEDED,
            amount_minor=news.captured_minor,
            currency=news.currency,
            livemode=event.livemode,
            account=event.account,
            at=event.created,
            event_id=event.id,
            charge=news.charge,
            claimed_reference=fields.text(
                fields.mapping(charge, "metadata"), payment_intents.ORDER_REFERENCE
            ),
            stripe_customer_id=fields.id_of(charge, "customer"),
            email=fields.text(charge, "receipt_email") or fields.text(billing, "email"),
        )
    )


def _read(event: Event) -> ChargeFact:
    charge = event.object
    outcome = fields.mapping(charge, "outcome")
    status = _status_of(event)
    captured = status == ChargeFact.Status.SUCCEEDED
    captured_key = "amount_captured" if "amount_captured" in charge else "amount"  # older than 2020-05
    return ChargeFact(
        charge=fields.required_id(charge),
        payment_intent=fields.id_of(charge, "payment_intent"),
        status=status,
        amount_minor=fields.minor(charge, "amount"),
        captured_minor=fields.minor(charge, captured_key) if captured else 0,
        currency=fields.currency(charge),
        livemode=event.livemode,
        account=event.account,
        balance_transaction=fields.id_of(charge, "balance_transaction"),
        failure_code=fields.text(charge, "failure_code"),
        outcome_type=fields.text(outcome, "type"),
        outcome_reason=fields.text(outcome, "reason"),
        created_at=fields.timestamp(charge, "created"),
    )


def _status_of(event: Event) -> ChargeFact.Status:
    charge: Mapping[str, Any] = event.object
    status = fields.text(charge, "status")
    if status == "succeeded":
        if fields.flag(charge, "captured"):
            return ChargeFact.Status.SUCCEEDED
        return ChargeFact.Status.EXPIRED if event.type == "charge.expired" else ChargeFact.Status.AUTHORIZED
    if status not in {"pending", "failed"}:
        raise UnsupportedShapeError(f"A charge has the unknown status {status!r:.40}.")
    return ChargeFact.Status(status)
