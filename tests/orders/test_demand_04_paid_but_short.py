"""Demand 4: paid but out of stock rolled back the event, the audit and the issue, and answered 500 on each retry.

Now: the payment is committed, the order ``paid_unfulfillable``, an issue open, a signal sent; the answer is 200.
"""

from __future__ import annotations

from typing import Any

import pytest

from revenue_intel.audit.models import AuditEvent
from revenue_intel.facts.models import LedgerEntry, PaymentFact
from revenue_intel.issues.models import Issue
from revenue_intel.signals import order_unfulfillable
from revenue_intel.stock.models import StockMovement
from revenue_intel.webhooks.models import EventFailure, StripeEvent
from tests.deliveries import deliver, payment_succeeded
from tests.factories import make_order, make_product

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("on_the_shelf", [0, 1], ids=["nothing there", "too little there"])
def test_4_a_short_order_keeps_its_money_and_says_so_and_a_retry_changes_nothing(
    on_the_shelf, django_capture_on_commit_callbacks
):
    mug = make_product("Mug", "9.50", stock=on_the_shelf)
    order = make_order("R1", [(mug, 2)])
    told: list[str] = []

    def listen(*, reference: str, **_rest: Any) -> None:
        told.append(reference)

    order_unfulfillable.connect(listen)
    event = payment_succeeded("R1", 1900)
    with django_capture_on_commit_callbacks(execute=True):
        answers = [deliver(event) for _ in range(3)]
    order_unfulfillable.disconnect(listen)

    order.refresh_from_db()
    mug.refresh_from_db()
    assert [answer.status_code for answer in answers] == [200, 200, 200]
    assert (order.status, mug.stock) == ("paid_unfulfillable", on_the_shelf)
    assert PaymentFact.objects.get().order_reference == "R1"
    assert LedgerEntry.objects.get().amount_minor == 1900
    assert Issue.objects.get().kind == "paid_unfulfillable"
    assert AuditEvent.objects.filter(action="order.settled").count() == 1
    assert told == ["R1"]
    assert StripeEvent.objects.get().outcome == "applied"
    assert not EventFailure.objects.exists()
    assert not StockMovement.objects.exclude(kind="opening").exists()
