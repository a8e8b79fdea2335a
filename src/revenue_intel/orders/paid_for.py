"""The order that a payment is for, and the payment, locked in the order of all locks."""

from __future__ import annotations

from typing import Any, Final

from django.db import router

from revenue_intel.facts import locks
from revenue_intel.facts.models import PaymentFact
from revenue_intel.kit.together import command_later
from revenue_intel.shop import ShopAdapter

#: Ends a savepoint, with the locks that were taken since, or without them.
KEEP: Final = ("RELEASE SAVEPOINT revenue_intel_paid_for",)
GIVE_BACK: Final = ("ROLLBACK TO SAVEPOINT revenue_intel_paid_for", *KEEP)


def lock_paid_for(shop: ShopAdapter | None, payment: PaymentFact) -> tuple[Any | None, PaymentFact]:
    """Return the host's order that a payment is for, None where there is none, and the payment: both locked.

    The order comes before the payment. Where the payment turns out to be another order's, because it was settled
    while we waited, its lock is given back and that order is locked first.
    """
    using = router.db_for_write(PaymentFact)
    while True:
        reference = payment.order_reference or payment.claimed_reference
        order = shop.find_order(reference, lock=True) if shop and reference else None
        # In plain SQL, because each of these can go with the next statement; an error ends the transaction as a whole.
        command_later("SAVEPOINT revenue_intel_paid_for", using=using)
        locked = locks.relock_payment(payment)
        is_same = (locked.order_reference or locked.claimed_reference) == reference
        for command in KEEP if is_same else GIVE_BACK:
            command_later(command, using=using)
        if is_same:
            return order, locked
        payment = locked
