"""A dispute spoke: record it, book what it moved, and bring its order up to date."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction

from revenue_intel.audit.services import record_action
from revenue_intel.facts import locks
from revenue_intel.facts import selectors as facts_read
from revenue_intel.facts import services as facts
from revenue_intel.facts.models import BalanceTransactionFact, DisputeFact
from revenue_intel.issues.models import Issue
from revenue_intel.issues.services import open_issue, resolve_issue
from revenue_intel.orders import states
from revenue_intel.orders.paid_for import lock_paid_for
from revenue_intel.shop import find_shop


@transaction.atomic(savepoint=False)
def record_dispute(
    news: DisputeFact, *, booked: Sequence[BalanceTransactionFact], event_id: str
) -> DisputeFact | None:
    """Record what an event says of a dispute; None while the disputed payment is not here. Idempotent.

    Args:
        news: the dispute, as an unsaved row.
        booked: the balance transactions that came with it: they alone move money.
        event_id: the event.
    """
    payment = facts_read.find_payment(payment_intent=news.payment_intent, charge=news.charge)
    if payment is None:
        return None
    shop = find_shop()
    order, payment = lock_paid_for(shop, payment)
    news.order_reference = payment.order_reference
    dispute = facts.record_dispute(news)
    for each in sorted(booked, key=lambda row: row.transaction_id):
        facts.record_balance_transaction(each, event_id=event_id)
    facts.attach_bookings(dispute, event_id=event_id)
    _ask_for_answer(dispute)
    fact = locks.lock_order(reference=dispute.order_reference) if dispute.order_reference else None
    if fact is None:
        return dispute
    before = facts_read.state_of(fact)
    facts.date_dispute(fact)
    after = facts_read.state_of(fact)
    if after != before:
        if shop and order is not None:
            shop.write_state(order, after, at=states.instant_of(fact))
        record_action(
            actor="stripe",
            action="order.dispute_recorded",
            subject=fact.reference,
            detail={"dispute": dispute.dispute_id, "status": dispute.status, "state": after},
        )
    return dispute


def _ask_for_answer(dispute: DisputeFact) -> None:
    """Keep an issue open while the bank waits for the shop's answer."""
    if dispute.status in facts.DISPUTE_WANTS_ANSWER:
        open_issue(
            kind="dispute_wants_answer",
            subject=dispute.dispute_id,
            title=f"The bank waits for an answer to dispute {dispute.dispute_id}",
            detail={
                "reference": dispute.order_reference,
                "reason": dispute.reason,
                "amount_minor": dispute.amount_minor,
                "currency": dispute.currency,
            },
            severity=Issue.Severity.WARNING,
        )
    else:
        resolve_issue(kind="dispute_wants_answer", subject=dispute.dispute_id)
