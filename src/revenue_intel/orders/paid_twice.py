"""An order that was paid twice is settled by the earlier payment, whichever news came first."""

from __future__ import annotations

from datetime import datetime

from revenue_intel.facts import selectors as facts_read
from revenue_intel.facts import services as facts
from revenue_intel.facts.models import OrderFact, PaymentFact
from revenue_intel.facts.services import PaymentNews
from revenue_intel.issues.services import open_issue, resolve_issue

ISSUE_KIND = "order_paid_twice"


def settle_by_earlier(fact: OrderFact, payment: PaymentFact, news: PaymentNews) -> bool:
    """Let the earlier of two payments that fit settle a paid order, and open an issue for the other.

    Returns whether it is ``payment`` that settles it now.

    The later one's money stays in the ledger, for no order: somebody gives it back. A payment that the host named
    itself stays the order's. The caller holds the lock of the host's order.

    Args:
        fact: the order, paid by another payment.
        payment: the payment that came in now.
        news: what the event says of it.
    """
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
