"""The instant at which an order came into its state is that of what brought it there, and of nothing else."""

from __future__ import annotations

import pytest

from revenue_intel.facts import selectors
from revenue_intel.facts.models import OrderFact, RefundFact
from revenue_intel.kit import clock
from revenue_intel.orders import states
from revenue_intel.shop import OrderState
from tests.deliveries import PAID_AT, deliver, payment_succeeded, refund_event
from tests.handlers.samples import dispute
from tests.order_states import make_order_in

pytestmark = pytest.mark.django_db


def test_a_disputed_order_is_dated_by_its_dispute():
    make_order_in(OrderState.DISPUTED)

    fact = OrderFact.objects.get()
    assert states.instant_of(fact) == fact.disputed_at == clock.from_timestamp(PAID_AT + 7200)


def test_a_dispute_that_is_won_leads_back_to_the_instant_of_the_payment():
    make_order_in(OrderState.DISPUTED)
    deliver(dispute("closed", status="won", at=PAID_AT + 9000))

    assert states.instant_of(OrderFact.objects.get()) == clock.from_timestamp(PAID_AT)


def test_a_refund_of_what_was_only_authorised_dates_nothing():
    make_order_in(OrderState.PAID)
    deliver(refund_event("created", 500, refund="re_a", created=PAID_AT + 10))
    RefundFact.objects.update(is_uncaptured=True)
    deliver(refund_event("created", 700, refund="re_b", created=PAID_AT + 20))

    fact = OrderFact.objects.get()
    reached = selectors.find_refund_reaching(reference="R1", amount_minor=1)
    assert fact.refunded_minor == 700
    assert reached is not None
    assert reached.refund_id == "re_b"
    assert states.instant_of(fact) == clock.from_timestamp(PAID_AT + 20)
    assert selectors.find_refund_reaching(reference="R1", amount_minor=701) is None


def test_a_second_payment_event_does_not_move_it():
    make_order_in(OrderState.PAID)
    deliver(payment_succeeded("R1", 1900, at=PAID_AT + 50))

    assert states.instant_of(OrderFact.objects.get()) == clock.from_timestamp(PAID_AT)
