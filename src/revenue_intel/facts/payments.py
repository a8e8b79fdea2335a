"""Record payments and post their sales."""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass
from datetime import datetime

from django.forms.models import model_to_dict

from revenue_intel.exceptions import LedgerConflictError
from revenue_intel.facts import dirty, ledger, locks
from revenue_intel.facts.models import LedgerEntry, PaymentFact


@dataclass(frozen=True, kw_only=True)
class PaymentNews:
    """What one event says of a PaymentIntent. ``at`` is the event's instant."""

    payment_intent: str
    status: PaymentFact.Status
    amount_minor: int
    currency: str
    livemode: bool
    at: datetime
    event_id: str
    account: str = ""
    charge: str = ""
    claimed_reference: str = ""
    stripe_customer_id: str = ""
    email: str = ""
    failure_code: str = ""


def record_payment(news: PaymentNews, *, order_reference: str = "") -> PaymentFact:
    """Record what is known of a payment. Success is final; its instant is the earliest evidence.

    Args:
        news: what the event says.
        order_reference: the order that it settles; empty while it settles none.

    Raises:
        LedgerConflictError: it was reported as succeeded with another amount before.
    """
    succeeded = news.status == PaymentFact.Status.SUCCEEDED
    payment = locks.lock_payment(_fresh_payment(news, order_reference=order_reference))
    before, known = model_to_dict(payment), copy(payment)
    if news.charge and (succeeded or not payment.charge):
        payment.charge = news.charge
    payment.order_reference = payment.order_reference or order_reference
    payment.claimed_reference = payment.claimed_reference or news.claimed_reference
    payment.stripe_customer_id = payment.stripe_customer_id or news.stripe_customer_id
    if succeeded:
        reported = (news.amount_minor, news.currency)
        if payment.succeeded_at and (payment.amount_minor, payment.currency) != reported:
            raise LedgerConflictError(f"payment {news.payment_intent} was reported with two amounts.")
        payment.status = PaymentFact.Status.SUCCEEDED
        payment.amount_minor, payment.currency = reported
        payment.succeeded_at = min(filter(None, (payment.succeeded_at, news.at)))
    else:
        if payment.failed_at is None or news.at > payment.failed_at:
            payment.failure_code = news.failure_code
        payment.failed_at = max(filter(None, (payment.failed_at, news.at)))
    if model_to_dict(payment) != before:
        payment.save()
        dirty.mark(known, [known.succeeded_at, known.failed_at], cause="payment")
    # Always, because the lock has written a fresh row as it is: nothing tells whether it is news.
    dirty.mark(payment, [payment.succeeded_at, payment.failed_at], cause="payment")
    return payment


def _fresh_payment(news: PaymentNews, *, order_reference: str) -> PaymentFact:
    """Return the row of a payment of which nothing was known before."""
    succeeded = news.status == PaymentFact.Status.SUCCEEDED
    return PaymentFact(
        payment_intent=news.payment_intent,
        status=news.status,
        amount_minor=news.amount_minor,
        currency=news.currency,
        livemode=news.livemode,
        account=news.account,
        charge=news.charge,
        claimed_reference=news.claimed_reference,
        order_reference=order_reference,
        stripe_customer_id=news.stripe_customer_id,
        failure_code=news.failure_code if not succeeded else "",
        succeeded_at=news.at if succeeded else None,
        failed_at=None if succeeded else news.at,
    )


def post_sale(payment: PaymentFact, *, event_id: str) -> LedgerEntry:
    """Post the money of a succeeded payment, for the order it settles if it settles one."""
    if payment.succeeded_at is None:
        raise ValueError(f"payment {payment.payment_intent} has not succeeded: there is nothing to post.")
    return ledger.post(
        ledger.Posting(
            kind=LedgerEntry.Kind.SALE,
            object_id=payment.payment_intent,
            amount_minor=payment.amount_minor,
            currency=payment.currency,
            livemode=payment.livemode,
            account=payment.account,
            occurred_at=payment.succeeded_at,
            order_reference=payment.order_reference,
            event_id=event_id,
        )
    )
