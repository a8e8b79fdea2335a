"""Write facts. Every function is idempotent: called again with the same news it changes nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db import transaction
from django.db.models import Q, Sum

from revenue_intel.exceptions import LedgerConflictError
from revenue_intel.facts import ledger, locks
from revenue_intel.facts.identity import identify
from revenue_intel.facts.models import (
    Customer,
    FunnelStep,
    LedgerEntry,
    OrderFact,
    OrderLineFact,
    PaymentFact,
    RefundFact,
)
from revenue_intel.shop.records import OrderRecord

#: How far a refund has come; news of a lower rank never overwrites a higher one.
REFUND_RANK: Final = {"pending": 0, "requires_action": 1, "succeeded": 2, "canceled": 3, "failed": 4}
#: Refunds that did not happen after all: their amount came back.
REFUND_UNDONE: Final = frozenset({"canceled", "failed"})


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


@dataclass(frozen=True, kw_only=True)
class RefundNews:
    """What one event says of a Refund. ``at`` is the event's instant, ``created_at`` the refund's own."""

    refund_id: str
    status: str
    amount_minor: int
    currency: str
    livemode: bool
    created_at: datetime
    at: datetime
    event_id: str
    account: str = ""
    payment_intent: str = ""
    charge: str = ""


def record_payment(news: PaymentNews) -> PaymentFact:
    """Record what is known of a payment. Success is final; its instant is the earliest evidence."""
    succeeded = news.status == PaymentFact.Status.SUCCEEDED
    payment = locks.lock_payment(
        payment_intent=news.payment_intent,
        defaults={
            "status": PaymentFact.Status.FAILED,
            "amount_minor": news.amount_minor,
            "currency": news.currency,
            "livemode": news.livemode,
            "account": news.account,
        },
    )
    if news.charge and (succeeded or not payment.charge):
        payment.charge = news.charge
    payment.claimed_reference = payment.claimed_reference or news.claimed_reference
    payment.stripe_customer_id = payment.stripe_customer_id or news.stripe_customer_id
    if succeeded:
        if payment.succeeded_at and (payment.amount_minor, payment.currency) != (
            news.amount_minor,
            news.currency,
        ):
            raise LedgerConflictError(f"payment {news.payment_intent} was reported with two amounts.")
        payment.status = PaymentFact.Status.SUCCEEDED
        payment.amount_minor, payment.currency = news.amount_minor, news.currency
        payment.succeeded_at = min(filter(None, (payment.succeeded_at, news.at)))
    else:
        if payment.failed_at is None or news.at > payment.failed_at:
            payment.failure_code = news.failure_code
        payment.failed_at = max(filter(None, (payment.failed_at, news.at)))
    payment.save()
    return payment


def post_sale(payment: PaymentFact, *, order_reference: str, event_id: str) -> LedgerEntry:
    """Post the money of a succeeded payment; ``order_reference`` is empty while it settles no order."""
    if payment.succeeded_at is None:
        raise ValueError(f"payment {payment.payment_intent} has not succeeded: there is nothing to post.")
    if order_reference and not payment.order_reference:
        payment.order_reference = order_reference
        payment.save(update_fields=["order_reference"])
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


def record_refund(news: RefundNews, *, order_reference: str) -> RefundFact:
    """Record what is known of a refund and post it: at its creation, and back at its failure (K6)."""
    refund = locks.lock_refund(
        refund_id=news.refund_id,
        defaults={
            "status": news.status,
            "amount_minor": news.amount_minor,
            "currency": news.currency,
            "livemode": news.livemode,
            "account": news.account,
            "created_at": news.created_at,
        },
    )
    refund.payment_intent = refund.payment_intent or news.payment_intent
    refund.charge = refund.charge or news.charge
    refund.order_reference = refund.order_reference or order_reference
    if REFUND_RANK[news.status] > REFUND_RANK[refund.status]:
        refund.status = news.status
    if news.status in REFUND_UNDONE:
        refund.failed_at = min(filter(None, (refund.failed_at, news.at)))
    refund.save()
    _post_refund(refund, LedgerEntry.Kind.REFUND, -news.amount_minor, refund.created_at, news)
    if refund.failed_at:
        _post_refund(refund, LedgerEntry.Kind.REFUND_REVERSAL, news.amount_minor, refund.failed_at, news)
    return refund


def attach_refunds(payment: PaymentFact, *, event_id: str) -> None:
    """Give the order of a payment, now that it has one, to the refunds that came before it."""
    its_own = Q(payment_intent=payment.payment_intent)
    if payment.charge:
        its_own |= Q(payment_intent="", charge=payment.charge)
    for refund in RefundFact.objects.filter(its_own, order_reference=""):
        standing = RefundNews(
            refund_id=refund.refund_id,
            status=refund.status,
            amount_minor=refund.amount_minor,
            currency=refund.currency,
            livemode=refund.livemode,
            created_at=refund.created_at,
            at=refund.failed_at or refund.created_at,
            event_id=event_id,
        )
        record_refund(standing, order_reference=payment.order_reference)


def _post_refund(
    refund: RefundFact, kind: LedgerEntry.Kind, amount_minor: int, at: datetime, news: RefundNews
) -> None:
    ledger.post(
        ledger.Posting(
            kind=kind,
            object_id=refund.refund_id,
            amount_minor=amount_minor,
            currency=news.currency,
            livemode=refund.livemode,
            account=refund.account,
            occurred_at=at,
            order_reference=refund.order_reference,
            event_id=news.event_id,
        )
    )


def record_order(
    record: OrderRecord, *, livemode: bool, account: str = "", stripe_customer_id: str = ""
) -> OrderFact:
    """Record an order and its lines as the host describes them, and return the fact, locked.

    While the order is unpaid its amounts and lines follow the host; once paid they stand.
    """
    fact = locks.lock_order(reference=record.reference)
    if fact is not None and fact.paid_at is not None:
        return fact
    customer = identify(
        user_id=record.user_id,
        stripe_customer_id=record.stripe_customer_id or stripe_customer_id,
        email=record.email,
        name=record.name,
    )
    values = {
        "currency": record.currency,
        "livemode": livemode,
        "account": account,
        "customer": customer,
        "total_minor": record.total_minor,
        "discount_minor": record.discount_minor,
        "tax_minor": record.tax_minor,
        "shipping_minor": record.shipping_minor,
        "created_at": record.created_at,
    }
    if fact is None:
        OrderFact.objects.get_or_create(reference=record.reference, defaults=values)
        fact = locks.get_locked_order(reference=record.reference)
    for name, value in values.items():
        setattr(fact, name, value)
    fact.save()
    _record_lines(fact, record)
    return fact


def _record_lines(fact: OrderFact, record: OrderRecord) -> None:
    keys = [line.key for line in record.lines]
    fact.lines.exclude(line_key__in=keys).delete()
    OrderLineFact.objects.bulk_create(
        [
            OrderLineFact(
                order=fact,
                line_key=line.key,
                product_key=line.product_key,
                product_name=line.product_name[:255],
                variant_key=line.variant_key,
                quantity=line.quantity,
                unit_amount_minor=line.unit_amount_minor,
                amount_minor=line.amount_minor,
                discount_minor=line.discount_minor,
            )
            for line in record.lines
        ],
        update_conflicts=True,
        unique_fields=["order", "line_key"],
        update_fields=[
            "product_key", "product_name", "variant_key", "quantity",
            "unit_amount_minor", "amount_minor", "discount_minor",
        ],
    )  # fmt: skip


def sum_refunds(fact: OrderFact) -> OrderFact:
    """Bring ``refunded_minor`` up to date: the refunds of the order that were not undone. ``fact`` is locked."""
    counting = RefundFact.objects.filter(order_reference=fact.reference).exclude(status__in=REFUND_UNDONE)
    fact.refunded_minor = counting.aggregate(total=Sum("amount_minor"))["total"] or 0
    fact.save(update_fields=["refunded_minor"])
    return fact


@transaction.atomic
def record_step(*, step: str, at: datetime, subject: str, user_id: str = "", email: str = "") -> FunnelStep:
    """Record that a customer wishlisted, carted or started checkout. The same step again changes nothing.

    Args:
        step: a value of :class:`FunnelStep.Step`.
        at: when (aware).
        subject: what it was about, such as a product's key.
        user_id: the host's key of the user, where logged in.
        email: else the e-mail address.

    Raises:
        ValueError: the step is unknown, or neither ``user_id`` nor ``email`` is given.
    """
    customer: Customer | None = identify(user_id=user_id, email=email)
    if customer is None:
        raise ValueError("record_step needs a user_id or an email: an anonymous step belongs to nobody.")
    found, _ = FunnelStep.objects.get_or_create(
        customer=customer, step=FunnelStep.Step(step), subject=subject[:255], at=at
    )
    return found
