"""What Stripe sends again, somebody wants done: where workers poll, it is due at once."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from revenue_intel.issues.models import Issue
from revenue_intel.kit import clock
from revenue_intel.webhooks import worker
from revenue_intel.webhooks.models import StripeEvent
from tests.deliveries import deliver, payment_succeeded, refund_event
from tests.factories import make_order, make_product

pytestmark = pytest.mark.django_db

PAYMENT = payment_succeeded("R1", 1000)


@pytest.fixture(autouse=True)
def polled(settings):
    """Workers poll for events; one that has failed twice is dead."""
    settings.REVENUE_INTEL_EVENT_PROCESSING = "deferred"
    settings.REVENUE_INTEL_EVENT_MAX_ATTEMPTS = 2
    make_order("R1", [(make_product("Mug", "10.00", stock=5), 1)])


def run_pass() -> dict[str, int]:
    return dict(worker.run_pass(stop=threading.Event()))


def stored() -> StripeEvent:
    return StripeEvent.objects.get(event_id=PAYMENT["id"])


@pytest.mark.parametrize("failures", [1, 2], ids=["put off", "dead"])
def test_what_was_put_off_or_dead_is_due_when_it_is_sent_again(fail, failures):
    deliver(PAYMENT)
    fail(ValueError())
    for _ in range(failures):
        StripeEvent.objects.update(next_attempt_at=None)
        assert run_pass() == {"failed": 1}
    fail(None)
    assert run_pass() == {}
    assert (stored().dead_at is not None) == (failures == 2)

    assert deliver(PAYMENT).json() == {"outcome": "stored"}

    assert run_pass() == {"applied": 1}
    assert (stored().outcome, stored().failures, stored().deliveries) == ("applied", failures, 2)
    assert Issue.objects.get().status == "resolved"


def test_a_dead_event_that_fails_once_more_is_dead_again(fail):
    deliver(PAYMENT)
    fail(ValueError())
    for expected in ({"failed": 1}, {}, {"failed": 1}, {"failed": 1}):
        if expected:
            deliver(PAYMENT)
        assert run_pass() == expected

    assert (stored().outcome, stored().failures) == ("failed", 3)
    assert stored().dead_at is not None
    assert run_pass() == {}


def test_what_is_parked_and_put_off_is_due_when_it_is_sent_again():
    waiting = refund_event("created", 500)
    deliver(waiting)
    assert run_pass() == {"parked": 1}
    assert run_pass() == {}

    deliver(waiting)

    assert run_pass() == {"parked": 1}


@pytest.mark.parametrize("settled", ["applied", "ignored"])
def test_what_is_settled_is_counted_in_one_statement_and_stays_as_it_is(settled):
    event = PAYMENT if settled == "applied" else PAYMENT | {"type": "customer.created"}
    deliver(event)
    assert run_pass() == {settled: 1}
    before = StripeEvent.objects.values().get()

    with CaptureQueriesContext(connection) as sent:
        assert deliver(event).json() == {"outcome": "duplicate"}

    assert len(sent) == 1
    assert StripeEvent.objects.values().get() == before | {"deliveries": 2}
    assert run_pass() == {}


def test_a_turn_that_has_come_is_no_later_for_being_sent_again():
    deliver(PAYMENT)
    StripeEvent.objects.update(next_attempt_at=clock.now() - timedelta(hours=1))

    deliver(PAYMENT)

    assert run_pass() == {"applied": 1}
