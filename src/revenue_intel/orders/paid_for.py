"""The order that a payment is for, and the payment, locked in the order of all locks."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from revenue_intel.facts import locks
from revenue_intel.facts.models import PaymentFact
from revenue_intel.shop import ShopAdapter


def lock_paid_for(shop: ShopAdapter | None, payment: PaymentFact) -> tuple[Any | None, PaymentFact]:
    """Return the host's order that a payment is for, None where there is none, and the payment: both locked.

    The order comes before the payment. Where the payment turns out to be another order's, because it was settled
    while we waited, its lock is given back and that order is locked first.
    """
    while True:
        reference = payment.order_reference or payment.claimed_reference
        order = shop.find_order(reference, lock=True) if shop and reference else None
        with transaction.atomic():
            locked = locks.relock_payment(payment)
            is_same = (locked.order_reference or locked.claimed_reference) == reference
            transaction.set_rollback(not is_same)
        if is_same:
            return order, locked
        payment = locked
