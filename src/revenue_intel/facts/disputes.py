"""Record disputes. Their money is posted by balance transactions alone (``facts.balance``)."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from django.db.models import Min
from django.forms.models import model_to_dict

from revenue_intel.facts import balance, dirty, locks
from revenue_intel.facts.models import BalanceTransactionFact, DisputeFact, OrderFact, PaymentFact
from revenue_intel.facts.refunds import of_payment

#: Status → (stage, rank). A later stage always wins; within one the newest, ties by rank. An inquiry can become
#: a dispute; one that was lost can be appealed, and can be won after all.
DISPUTE_STAGES: Final = {
    "warning_needs_response": (0, 0),
    "warning_under_review": (0, 1),
    "warning_closed": (0, 2),
    "needs_response": (1, 0),
    "under_review": (1, 1),
    "appeal_needs_response": (2, 0),
    "appeal_under_review": (2, 1),
    "lost": (2, 2),
    "prevented": (3, 0),
    "won": (3, 1),
}
#: While a dispute is in one of these, the shop does not have the money.
DISPUTE_STANDS: Final = (
    "needs_response",
    "under_review",
    "appeal_needs_response",
    "appeal_under_review",
    "lost",
)
#: Somebody must answer the bank.
DISPUTE_WANTS_ANSWER: Final = ("warning_needs_response", "needs_response", "appeal_needs_response")


def record_dispute(news: DisputeFact) -> DisputeFact:
    """Record what an event says of a dispute, given as an unsaved row. Idempotent, in any order."""
    dispute = locks.lock_dispute(news)
    before = model_to_dict(dispute)
    if dispute is news:
        dirty.mark(dispute, [dispute.created_at], cause="dispute")
    if _weight(news) > _weight(dispute):
        dirty.mark(dispute, [dispute.created_at], cause="dispute")
        for name in ("status", "status_at", "amount_minor", "currency", "reason"):
            setattr(dispute, name, getattr(news, name))
        dirty.mark(dispute, [dispute.created_at], cause="dispute")
    dispute.payment_intent = max(dispute.payment_intent, news.payment_intent)
    dispute.charge = max(dispute.charge, news.charge)
    dispute.order_reference = dispute.order_reference or news.order_reference
    if model_to_dict(dispute) != before:
        dispute.save()
    return dispute


def attach_disputes(payment: PaymentFact, *, event_id: str) -> bool:
    """Give the order of a payment, now that it has one, to the disputes that came before it; say if there were any."""
    earlier = list(DisputeFact.objects.filter(of_payment(payment), order_reference="").order_by("pk"))
    for dispute in earlier:
        dispute.order_reference = payment.order_reference
        attach_bookings(record_dispute(dispute), event_id=event_id)
    return bool(earlier)


def attach_bookings(dispute: DisputeFact, *, event_id: str) -> None:
    """Give the order of a dispute to its balance transactions, which may have been read before it was known."""
    if dispute.order_reference:
        locks.lock_bookings(sources=[dispute.pk])
        for booked in BalanceTransactionFact.objects.filter(source=dispute.pk).order_by("pk"):
            balance.post_dispute(booked, order_reference=dispute.order_reference, event_id=event_id)


def date_dispute(fact: OrderFact) -> OrderFact:
    """Bring ``disputed_at`` up to date: the oldest dispute that stands against the order. ``fact`` is locked."""
    standing = DisputeFact.objects.filter(order_reference=fact.reference, status__in=DISPUTE_STANDS)
    fact.disputed_at = standing.aggregate(oldest=Min("created_at"))["oldest"]
    fact.save(update_fields=["disputed_at"])
    return fact


def _weight(dispute: DisputeFact) -> tuple[int, datetime, int, int, str]:
    stage, rank = DISPUTE_STAGES[dispute.status]
    return stage, dispute.status_at, rank, dispute.amount_minor, dispute.reason
