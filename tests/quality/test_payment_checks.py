"""The checks of payments and events: red for money without an order and for events that are stuck."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from revenue_intel.quality.checks.payments import FAILED, PAYMENTS, WAITING
from revenue_intel.webhooks.models import StripeEvent

pytestmark = pytest.mark.django_db


def store_event(event_id: str, outcome: str, *, age: timedelta = timedelta(), **fields: Any) -> StripeEvent:
    received_at = timezone.now() - age
    return StripeEvent.objects.create(
        source="default",
        event_id=event_id,
        type="refund.created",
        livemode=False,
        created_at=received_at,
        received_at=received_at,
        body="{}",
        outcome=outcome,
        **fields,
    )


def subjects(check: Any) -> list[str]:
    return [finding.subject for finding in check.run()]


def test_a_payment_with_its_paid_order_is_sound(order_fact, payment):
    order_fact("R1", 1000)
    payment("pi_1", 1000, "R1")

    assert subjects(PAYMENTS) == []


def test_a_payment_without_an_order_is_a_finding(payment):
    payment("pi_1", 1000)

    (finding,) = PAYMENTS.run()

    assert finding.subject == "pi_1"
    assert finding.detail == {"amount_minor": 1000, "currency": "gbp", "claimed_reference": ""}


def test_a_payment_whose_order_is_not_paid_is_a_finding(order_fact, payment):
    order_fact("R1", 1000, paid_at=None)
    payment("pi_1", 1000, "R1")

    assert subjects(PAYMENTS) == ["pi_1"]


def test_a_payment_that_failed_needs_no_order(payment):
    payment("pi_1", 1000, posted=False, status="failed", succeeded_at=None)

    assert subjects(PAYMENTS) == []


def test_money_of_the_mode_that_the_shop_does_not_take_is_out_of_scope(settings, payment):
    payment("pi_live", 1000, livemode=True)

    settings.REVENUE_INTEL_LIVEMODE = False
    assert subjects(PAYMENTS) == []

    settings.REVENUE_INTEL_LIVEMODE = None
    settings.REVENUE_INTEL_STRIPE_SECRET_KEY = ""
    assert subjects(PAYMENTS) == ["pi_live"]


def test_an_event_that_failed_is_a_finding():
    store_event("evt_good", "applied")
    store_event("evt_bad", "failed", failures=3)

    (finding,) = FAILED.run()

    assert finding.subject == "evt_bad"
    assert finding.detail == {"type": "refund.created", "failures": 3}


def test_an_event_parked_for_more_than_an_hour_is_a_finding():
    store_event("evt_new", "parked", age=timedelta(minutes=59), waiting_for="payment:pi_1")
    store_event("evt_old", "parked", age=timedelta(minutes=61), waiting_for="payment:pi_2")

    (finding,) = WAITING.run()

    assert finding.subject == "evt_old"
    assert finding.message == "refund.created evt_old waits for payment:pi_2"


def test_an_event_stored_and_never_processed_is_a_finding():
    store_event("evt_1", "received", age=timedelta(hours=2))
    store_event("evt_2", "ignored", age=timedelta(hours=2))

    (finding,) = WAITING.run()

    assert finding.message == "refund.created evt_1 was stored and never processed"
