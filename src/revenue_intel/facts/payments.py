"""Record payments and post their sales."""

from __future__ import annotations

from collections.abc import Callable
from copy import copy
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from django.forms.models import model_to_dict

from revenue_intel.exceptions import LedgerConflictError
from revenue_intel.facts import dirty, ledger, locks
from revenue_intel.facts.erasure import find_erased
from revenue_intel.facts.models import CustomerLink, LedgerEntry, PaymentFact


@dataclass(frozen=True, kw_only=True)
class PaymentNews:
    """What one event says of a PaymentIntent, or of a Charge that has none. ``at`` is the event's instant."""

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


#: States that no later news of an open state can undo.
_FINAL: Final = {PaymentFact.Status.CANCELED: 1, PaymentFact.Status.SUCCEEDED: 2}
_RANK: Final = {status: rank for rank, status in enumerate(PaymentFact.Status)}


def record_payment(news: PaymentNews, *, order_reference: str = "") -> PaymentFact:
    """Record what is known of a payment. Success is final; its instant is the earliest evidence.

    The payment's ``is_new`` says whether it was the first news of it.

    Args:
        news: what the event says.
        order_reference: the order that it settles; empty while it settles none.

    Raises:
        LedgerConflictError: it was reported as succeeded with another amount before.
    """
    return ask_payment(news, order_reference=order_reference)()


def ask_payment(news: PaymentNews, *, order_reference: str = "") -> Callable[[], PaymentFact]:
    """Record what is known of a payment with the next statement; return what returns it. See :func:`record_payment`."""
    if news.stripe_customer_id and find_erased([(CustomerLink.Kind.STRIPE, news.stripe_customer_id)]):
        news = replace(news, stripe_customer_id="")
    fresh = _fresh_payment(news, order_reference=order_reference)
    asked = locks.ask_payment(fresh)

    def record() -> PaymentFact:
        payment = asked()
        if payment is fresh:
            payment.is_new = True
            dirty.mark(payment, [payment.succeeded_at, payment.failed_at], cause="payment")
        else:
            _add(payment, fresh, order_reference=order_reference)
        return payment

    return record


def _add(payment: PaymentFact, fresh: PaymentFact, *, order_reference: str) -> None:
    """Add news to what is known of a payment, which is locked."""
    before, known = model_to_dict(payment), copy(payment)
    if payment.is_from_host and fresh.succeeded_at:
        payment.is_from_host, payment.succeeded_at = False, None
        payment.order_reference = order_reference or payment.order_reference
    if payment.succeeded_at and fresh.succeeded_at and _money(payment) != _money(fresh):
        raise LedgerConflictError(f"payment {payment.payment_intent} was reported with two amounts.")
    if _weight(fresh) > _weight(payment):
        payment.status, payment.status_at = fresh.status, fresh.status_at
        payment.amount_minor, payment.currency = fresh.amount_minor, fresh.currency
    payment.charge = max(payment.charge, fresh.charge)
    payment.order_reference = payment.order_reference or order_reference
    payment.claimed_reference = payment.claimed_reference or fresh.claimed_reference
    payment.stripe_customer_id = payment.stripe_customer_id or fresh.stripe_customer_id
    payment.succeeded_at = min(filter(None, (payment.succeeded_at, fresh.succeeded_at)), default=None)
    payment.canceled_at = min(filter(None, (payment.canceled_at, fresh.canceled_at)), default=None)
    if fresh.failed_at is not None:
        latest = (payment.failed_at or fresh.failed_at, payment.failure_code)
        payment.failed_at, payment.failure_code = max(latest, (fresh.failed_at, fresh.failure_code))
    if model_to_dict(payment) != before:
        payment.save()
        for each in (known, payment):
            dirty.mark(each, [each.succeeded_at, each.failed_at], cause="payment")


def _fresh_payment(news: PaymentNews, *, order_reference: str) -> PaymentFact:
    """Return the row of a payment of which nothing was known before."""
    states = PaymentFact.Status
    return PaymentFact(
        payment_intent=news.payment_intent,
        status=news.status,
        status_at=news.at,
        amount_minor=news.amount_minor,
        currency=news.currency,
        livemode=news.livemode,
        account=news.account,
        # An attempt that did not succeed has a charge too, but nothing that happens later is about that one.
        charge=news.charge if news.status == states.SUCCEEDED else "",
        claimed_reference=news.claimed_reference,
        order_reference=order_reference,
        stripe_customer_id=news.stripe_customer_id,
        failure_code=news.failure_code if news.status == states.FAILED else "",
        succeeded_at=news.at if news.status == states.SUCCEEDED else None,
        failed_at=news.at if news.status == states.FAILED else None,
        canceled_at=news.at if news.status == states.CANCELED else None,
    )


def _weight(payment: PaymentFact) -> tuple[int, datetime, int, int, str]:
    """Return how much news weighs: final states first, then the newest, then the furthest, whoever came first."""
    status = PaymentFact.Status(payment.status)
    return (
        _FINAL.get(status, 0),
        payment.status_at,
        _RANK[status],
        payment.amount_minor,
        payment.currency,
    )


def _money(payment: PaymentFact) -> tuple[int, str]:
    return payment.amount_minor, payment.currency


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
        ),
        is_first=payment.is_new,
    )
