"""Each refund is its own dated row; what an order has refunded follows from them in whatever order they come."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import permutations

import pytest

from revenue_intel.audit.models import AuditEvent
from revenue_intel.facts.models import LedgerEntry, OrderFact, RefundFact
from revenue_intel.signals import order_refunded
from tests.deliveries import PAID_AT, charge_refunded, deliver, payment_succeeded, refund_event
from tests.factories import make_order, make_product
from tests.history import outcome
from tests.host.models import Order

pytestmark = pytest.mark.django_db

DAY = 24 * 3600


def make_mugs():
    return make_order("R1", [(make_product("Mug", "9.50", stock=5), 2)])


@pytest.fixture
def order():
    """A paid order over 19.00 GBP."""
    order = make_mugs()
    deliver(payment_succeeded("R1", 1900))
    return order


def status_of(order: Order) -> str:
    order.refresh_from_db()
    return order.status


def standing(kind: str) -> list[tuple[int, datetime]]:
    entries = LedgerEntry.objects.filter(kind=kind, reverses=None, reversed_by=None)
    return sorted(entries.values_list("amount_minor", "occurred_at"), key=lambda row: row[1])


def at(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, tz=UTC)


def test_two_partial_refunds_are_two_rows_each_on_its_own_day(order):
    deliver(refund_event("created", 500, created=PAID_AT + DAY))
    deliver(refund_event("created", 400, refund="re_2", created=PAID_AT + 3 * DAY))

    assert standing("refund") == [(-500, at(PAID_AT + DAY)), (-400, at(PAID_AT + 3 * DAY))]
    assert OrderFact.objects.get().refunded_minor == 900
    assert status_of(order) == "partially_refunded"


def test_a_refund_in_full_makes_the_order_refunded(order):
    deliver(refund_event("created", 1900))

    assert status_of(order) == "refunded"


def test_partial_refunds_that_add_up_make_the_order_refunded(order):
    deliver(refund_event("created", 1000))
    deliver(refund_event("created", 900, refund="re_2"))

    assert status_of(order) == "refunded"
    assert OrderFact.objects.get().refunded_minor == 1900


def test_news_of_the_same_refund_are_not_another_refund(order):
    deliver(refund_event("created", 500, status="pending"))
    deliver(refund_event("updated", 500, status="succeeded", at=PAID_AT + 5 * DAY))
    deliver(refund_event("updated", 500, status="succeeded", at=PAID_AT + 6 * DAY))

    assert standing("refund") == [(-500, at(PAID_AT + 3600))]
    assert OrderFact.objects.get().refunded_minor == 500


def test_a_refund_that_fails_comes_back_at_the_instant_of_its_failure(order):
    created, failed = PAID_AT + DAY, PAID_AT + 9 * DAY
    deliver(refund_event("created", 1900, status="pending", created=created))
    assert status_of(order) == "refunded"
    deliver(refund_event("updated", 1900, status="succeeded", created=created, at=created + 60))

    deliver(refund_event("failed", 1900, status="failed", created=created, at=failed))

    assert standing("refund") == [(-1900, at(created))]
    assert standing("refund_reversal") == [(1900, at(failed))]
    assert OrderFact.objects.get().refunded_minor == 0
    assert status_of(order) == "paid"


def test_a_canceled_refund_comes_back_too(order):
    deliver(refund_event("created", 500, status="requires_action"))
    deliver(refund_event("updated", 500, status="canceled", at=PAID_AT + DAY))

    assert standing("refund_reversal") == [(500, at(PAID_AT + DAY))]
    assert OrderFact.objects.get().refunded_minor == 0


def test_a_failure_told_twice_is_dated_by_the_first_and_comes_back_once(order):
    deliver(refund_event("created", 500))
    deliver(refund_event("failed", 500, status="failed", at=PAID_AT + 9 * DAY))

    deliver(refund_event("updated", 500, status="failed", at=PAID_AT + 7 * DAY))

    assert standing("refund_reversal") == [(500, at(PAID_AT + 7 * DAY))]
    assert sum(entry.amount_minor for entry in LedgerEntry.objects.exclude(kind="sale")) == 0


def test_the_old_news_that_a_failed_refund_had_succeeded_changes_nothing(order):
    deliver(refund_event("failed", 500, status="failed", at=PAID_AT + 9 * DAY))

    deliver(refund_event("updated", 500, status="succeeded", at=PAID_AT + 2 * DAY))

    assert RefundFact.objects.get().status == "failed"
    assert OrderFact.objects.get().refunded_minor == 0


def test_a_refund_whose_amount_changes_is_a_failure_and_not_a_new_amount(order):
    deliver(refund_event("created", 500))

    assert deliver(refund_event("updated", 600)).json() == {"outcome": "failed"}

    assert standing("refund") == [(-500, at(PAID_AT + 3600))]
    assert OrderFact.objects.get().refunded_minor == 500


@pytest.mark.parametrize("status", ["succeeded", "pending"])
@pytest.mark.parametrize("number", range(6))
def test_payment_refund_and_failure_end_the_same_in_every_order(number, status):
    history = [
        payment_succeeded("R1", 1900, event_id="evt_1"),
        refund_event("created", 500, status=status) | {"id": "evt_2"},
        refund_event("failed", 500, status="failed", at=PAID_AT + DAY) | {"id": "evt_3"},
    ]
    order = make_mugs()

    for event in list(permutations(history))[number] + tuple(history):
        deliver(event)

    assert status_of(order) == "paid"
    assert order.paid_at == at(PAID_AT)
    assert standing("sale") == [(1900, at(PAID_AT))]
    assert standing("refund") == [(-500, at(PAID_AT + 3600))]
    assert standing("refund_reversal") == [(500, at(PAID_AT + DAY))]
    assert outcome()["issues"] == []
    assert {state for _, state in outcome()["events"]} == {"applied"}


def test_a_mismatched_payments_refund_is_posted_and_touches_no_order():
    order = make_mugs()
    deliver(payment_succeeded("R1", 1899))

    deliver(refund_event("created", 1899))

    assert status_of(order) == "pending"
    assert standing("refund") == [(-1899, at(PAID_AT + 3600))]
    assert RefundFact.objects.get().order_reference == ""
    assert outcome()["issues"] == ["payment_mismatch:pi_1"]


def test_the_refund_of_a_second_payment_leaves_the_order_paid(order):
    deliver(payment_succeeded("R1", 1900, intent="pi_2"))

    deliver(refund_event("created", 1900, intent="pi_2", charge="ch_2"))

    assert status_of(order) == "paid"
    assert OrderFact.objects.get().refunded_minor == 0


def test_a_refund_that_is_known_before_the_order_leaves_the_order_with_its_paid_at(process_events):
    deliver(payment_succeeded("R1", 1900))
    deliver(refund_event("created", 1900))
    order = make_mugs()

    process_events()

    assert status_of(order) == "refunded"
    assert order.paid_at == at(PAID_AT)


def test_earlier_evidence_of_the_payment_moves_paid_at_of_a_refunded_order_too():
    order = make_mugs()
    deliver(payment_succeeded("R1", 1900, at=PAID_AT + DAY))
    deliver(refund_event("created", 500, created=PAID_AT + 2 * DAY))

    deliver(payment_succeeded("R1", 1900))

    assert (status_of(order), order.paid_at) == ("partially_refunded", at(PAID_AT))


def test_an_order_that_cannot_be_filled_is_refunded_like_any_other():
    order = make_order("R1", [(make_product("Mug", "9.50", stock=1), 2)])
    deliver(payment_succeeded("R1", 1900))

    deliver(refund_event("created", 500))
    assert status_of(order) == "partially_refunded"
    deliver(refund_event("failed", 500, status="failed", at=PAID_AT + DAY))

    assert (status_of(order), order.paid_at) == ("paid_unfulfillable", None)


def test_each_change_is_told_and_audited_once(order, django_capture_on_commit_callbacks):
    told = []

    def listen(**news) -> None:
        told.append((news["reference"], news["refund_id"]))

    order_refunded.connect(listen)
    try:
        with django_capture_on_commit_callbacks(execute=True):
            deliver(refund_event("created", 500))
            deliver(refund_event("updated", 500))
            deliver(charge_refunded(500, amount=1900))
    finally:
        order_refunded.disconnect(listen)

    assert told == [("R1", "re_1")]
    assert AuditEvent.objects.filter(action="order.refund_recorded").count() == 1
