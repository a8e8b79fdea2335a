"""A payment's order is locked before the payment, also where it gets its order in that very moment."""

from __future__ import annotations

import pytest
from django.db import connection

from revenue_intel.facts import locks
from revenue_intel.facts.models import PaymentFact
from revenue_intel.orders import paid_for
from revenue_intel.orders.paid_for import lock_paid_for
from revenue_intel.shop import find_shop
from tests.deliveries import deliver, payment_succeeded
from tests.factories import make_order, make_product

pytestmark = pytest.mark.django_db


def test_a_payment_that_is_settled_while_we_wait_brings_its_order(monkeypatch):
    order = make_order("R1", [(make_product("Mug", "9.50", stock=3), 2)])
    deliver(payment_succeeded("", 1900, intent="pi_1"))
    seen = PaymentFact.objects.get()
    assert seen.order_reference == ""
    relock, waits = locks.relock_payment, []

    def settled_meanwhile(payment: PaymentFact) -> PaymentFact:
        waits.append(payment.order_reference)
        PaymentFact.objects.update(order_reference="R1") if len(waits) == 1 else None
        return relock(payment)

    monkeypatch.setattr(locks, "relock_payment", settled_meanwhile)
    # What the other one has written stays when we give our lock back.
    monkeypatch.setattr(paid_for, "GIVE_BACK", paid_for.KEEP)

    found, payment = lock_paid_for(find_shop(), seen)

    assert found == order
    assert payment.order_reference == "R1"
    assert waits == ["", "R1"]
    assert connection.in_atomic_block
