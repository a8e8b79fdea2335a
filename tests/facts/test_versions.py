"""What counted before is kept, also where a row that was read under its lock is not read again."""

from __future__ import annotations

import pytest
from django.db import transaction

from revenue_intel.facts import locks
from revenue_intel.facts.models import OrderFact, OrderVersion
from tests.deliveries import deliver, payment_succeeded
from tests.factories import make_order, make_product

pytestmark = pytest.mark.django_db


def test_a_fact_that_is_saved_twice_under_one_lock_keeps_both_that_it_said():
    make_order("R1", [(make_product("Mug", "9.50", stock=3), 2)])
    deliver(payment_succeeded("R1", 1900))

    with transaction.atomic():
        fact = locks.lock_order(reference="R1")
        for minor in (100, 250):
            fact.refunded_minor = minor
            fact.save(update_fields=["refunded_minor"])

    assert list(OrderVersion.objects.order_by("pk").values_list("refunded_minor", flat=True)) == [0, 100]
    assert OrderFact.objects.get().refunded_minor == 250
