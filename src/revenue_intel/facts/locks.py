"""Every lock on a fact. Order of locks everywhere: event → order → stock rows → facts."""

from __future__ import annotations

from typing import Any

from revenue_intel.facts.models import Customer, OrderFact, PaymentFact, RefundFact


def lock_payment(*, payment_intent: str, defaults: dict[str, Any]) -> PaymentFact:
    """Return the payment's row, made from ``defaults`` if it was not there, locked until the transaction ends."""
    PaymentFact.objects.get_or_create(payment_intent=payment_intent, defaults=defaults)
    return PaymentFact.objects.select_for_update().get(payment_intent=payment_intent)


def relock_payment(payment: PaymentFact) -> PaymentFact:
    """Return a payment that is there, read again under its lock."""
    return PaymentFact.objects.select_for_update().get(pk=payment.pk)


def lock_refund(*, refund_id: str, defaults: dict[str, Any]) -> RefundFact:
    """Return the refund's row, made from ``defaults`` if it was not there, locked until the transaction ends."""
    RefundFact.objects.get_or_create(refund_id=refund_id, defaults=defaults)
    return RefundFact.objects.select_for_update().get(refund_id=refund_id)


def lock_order(*, reference: str) -> OrderFact | None:
    """Return the order's fact, locked until the transaction ends, or None."""
    return OrderFact.objects.select_for_update(of=("self",)).filter(reference=reference).first()


def get_locked_order(*, reference: str) -> OrderFact:
    """Return the order's fact, which is there, locked until the transaction ends."""
    return OrderFact.objects.select_for_update(of=("self",)).get(reference=reference)


def lock_customers(*, keys: list[Any]) -> list[Customer]:
    """Return these customers, locked in key order until the transaction ends."""
    return list(Customer.objects.select_for_update().filter(key__in=keys).order_by("key"))
