"""An order that was paid twice is settled by the earlier payment, whichever news came first."""

from __future__ import annotations

from datetime import datetime

from revenue_intel.facts import selectors as facts_read
from revenue_intel.facts import services as facts
from revenue_intel.facts.identity import identify
from revenue_intel.facts.models import OrderFact, PaymentFact
from revenue_intel.facts.services import PaymentNews
from revenue_intel.issues.services import open_issue, resolve_issue
from revenue_intel.shop import OrderRecord

ISSUE_KIND = "order_paid_twice"


def settle_by_earlier(record: OrderRecord, fact: OrderFact, payment: PaymentFact, news: PaymentNews) -> bool:
    """Let the earlier of two payments that fit settle a paid order, and open an issue for the other.

    Returns whether it is ``payment`` that settles it now.

    The later one's money stays in the ledger, for no order: somebody gives it back. Whoever made it counts as the
    order's customer too, as if it had been first. A payment that the host named itself stays the order's. The caller
    holds the lock of the host's order.

    Args:
        record: the order as the host describes it.
        fact: the order, paid by another payment.
        payment: the payment that came in now.
        news: what the event says of it.
    """
    is_earlier = _settle(fact, payment, news)
    identify(
        user_id=record.user_id,
        stripe_customer_id=record.stripe_customer_id or news.stripe_customer_id,
        email=record.email,
        name=record.name,
    )
    return is_earlier


def _settle(fact: OrderFact, payment: PaymentFact, news: PaymentNews) -> bool:
    other = facts_read.find_settling_payment(reference=fact.reference)
    if other is None or other.is_from_host or _order_of(other) < _order_of(payment):
        facts.post_sale(payment, event_id=news.event_id)
        _tell(fact, payment)
        return False
    facts.detach_payment(other, event_id=news.event_id)
    _tell(fact, other)
    payment = facts.record_payment(news, order_reference=fact.reference)
    facts.date_order(fact, paid_at=payment.succeeded_at)
    facts.post_sale(payment, event_id=news.event_id)
    facts.attach_refunds(payment, event_id=news.event_id)
    facts.attach_disputes(payment, event_id=news.event_id)
    facts.sum_refunds(fact)
    facts.date_dispute(fact)
    resolve_issue(kind=ISSUE_KIND, subject=payment.payment_intent)
    return True


def _order_of(payment: PaymentFact) -> tuple[datetime | None, str]:
    return payment.succeeded_at, payment.payment_intent


def _tell(fact: OrderFact, second: PaymentFact) -> None:
    open_issue(
        kind=ISSUE_KIND,
        subject=second.payment_intent,
        title=f"Order {fact.reference} was paid a second time ({second.payment_intent})",
        detail={
            "reference": fact.reference,
            "amount_minor": second.amount_minor,
            "currency": second.currency,
            "livemode": second.livemode,
        },
    )
