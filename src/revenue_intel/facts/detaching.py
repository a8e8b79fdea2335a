"""Take a payment, and what came of it, away from the order it was taken to settle."""

from __future__ import annotations

from revenue_intel.facts import ledger, locks
from revenue_intel.facts.models import BalanceTransactionFact, DisputeFact, PaymentFact, RefundFact
from revenue_intel.facts.refunds import of_payment


def detach_payment(payment: PaymentFact, *, event_id: str) -> None:
    """Let a payment settle no order any more: its sale, its refunds and its disputes stand for no order.

    The caller holds the lock of the host's order. The money stays in the ledger; the entries that named the order
    are reversed and posted anew without it.
    """
    payment = locks.relock_payment(payment)
    reference = payment.order_reference
    moved = [payment.payment_intent]
    payment.order_reference = ""
    payment.save(update_fields=["order_reference"])
    for model in (RefundFact, DisputeFact):
        theirs = model._default_manager.filter(of_payment(payment), order_reference=reference)
        moved += theirs.values_list("pk", flat=True)
        theirs.update(order_reference="")
    locks.lock_bookings(sources=moved)
    moved += BalanceTransactionFact.objects.filter(source__in=moved).values_list("pk", flat=True)
    ledger.let_go(object_ids=moved, order_reference=reference, event_id=event_id)
