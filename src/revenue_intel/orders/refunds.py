"""A refund object spoke: record it, post it, and bring its order up to date."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from django.db import transaction

from revenue_intel import signals
from revenue_intel.audit.services import record_action
from revenue_intel.facts import locks
from revenue_intel.facts import selectors as facts_read
from revenue_intel.facts import services as facts
from revenue_intel.facts.models import RefundFact
from revenue_intel.facts.services import RefundNews
from revenue_intel.orders import restocking, states
from revenue_intel.orders.paid_for import lock_paid_for
from revenue_intel.shop import find_shop


@transaction.atomic(savepoint=False)
def record_refund(news: RefundNews) -> RefundFact | None:
    """Record what an event says of a refund; None while the payment it refunds is not here. Idempotent.

    The refund is a dated row of its own; the order's refunded amount is the sum of the refunds that
    were not undone, whatever the order in which news of them came.
    """
    payment = facts_read.find_payment(payment_intent=news.payment_intent, charge=news.charge)
    if payment is None:
        return None
    shop = find_shop()
    order, payment = lock_paid_for(shop, payment)
    news = replace(news, charge=news.charge or payment.charge)
    refund = facts.record_refund(news, order_reference=payment.order_reference)
    if not payment.order_reference:
        return refund
    locked = locks.ask_order(reference=payment.order_reference)
    counting = facts.ask_counting(reference=payment.order_reference)()
    fact = locked()
    if fact is None:
        return refund
    before = fact.refunded_minor
    facts.sum_refunds(fact, counting)
    if fact.refunded_minor == before:
        return refund
    if shop and order is not None:
        restocking.restock_if_due(shop, fact, event_id=news.event_id)
        shop.write_state(order, facts_read.state_of(fact), at=states.instant_of(fact, counting))
    record_action(
        actor="stripe",
        action="order.refund_recorded",
        subject=fact.reference,
        detail={"refund": news.refund_id, "refunded_minor": fact.refunded_minor, "currency": fact.currency},
    )
    transaction.on_commit(
        partial(
            signals.order_refunded.send_robust,
            sender=None,
            reference=fact.reference,
            refund_id=news.refund_id,
        )
    )
    return refund
