"""Facts are idempotent: the same news again changes nothing. An unpaid order follows its host."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from revenue_intel.exceptions import LedgerConflictError
from revenue_intel.facts import services
from revenue_intel.facts.models import Customer, FunnelStep, OrderFact, PaymentFact
from revenue_intel.facts.selectors import state_of
from revenue_intel.facts.services import PaymentNews, record_order, record_payment, record_step
from revenue_intel.shop import LineRecord, OrderRecord, OrderState

pytestmark = pytest.mark.django_db

AT = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
MUG = LineRecord(
    key="1", product_key="7", product_name="Mug", quantity=2, unit_amount_minor=950, amount_minor=1900
)
ORDER = OrderRecord(
    reference="R1", currency="gbp", total_minor=1900, created_at=AT, lines=(MUG,), email="ada@example.com"
)
SUCCESS = PaymentNews(
    payment_intent="pi_1",
    status=PaymentFact.Status.SUCCEEDED,
    amount_minor=1900,
    currency="gbp",
    livemode=False,
    at=AT,
    event_id="evt_1",
    charge="ch_1",
)
FAILURE = replace(
    SUCCESS, status=PaymentFact.Status.FAILED, charge="ch_0", failure_code="expired_card", event_id="evt_0"
)


def test_an_unpaid_order_follows_its_host():
    fact = record_order(ORDER, fact=None, livemode=False)

    pen = replace(MUG, key="2", product_name="Pen")
    record_order(replace(ORDER, total_minor=500, lines=(pen,), currency="eur"), fact=fact, livemode=False)

    fact = OrderFact.objects.get()
    assert (fact.total_minor, fact.currency, fact.paid_at) == (500, "eur", None)
    assert [line.product_name for line in fact.lines.all()] == ["Pen"]


def test_a_paid_order_has_its_instants():
    record_order(ORDER, fact=None, livemode=False, paid_at=AT, unfulfillable_at=AT)

    assert OrderFact.objects.values_list("paid_at", "unfulfillable_at").get() == (AT, AT)


def test_a_product_name_longer_than_the_column_is_cut():
    record_order(replace(ORDER, lines=(replace(MUG, product_name="M" * 999),)), fact=None, livemode=False)

    assert len(OrderFact.objects.get().lines.get().product_name) == 255


def test_a_success_is_final_and_dated_by_the_earliest_evidence():
    record_payment(replace(SUCCESS, at=AT + timedelta(hours=5)))
    record_payment(FAILURE)
    record_payment(SUCCESS)
    payment = record_payment(replace(SUCCESS, at=AT + timedelta(hours=1)))

    assert (payment.status, payment.succeeded_at, payment.charge) == ("succeeded", AT, "ch_1")


def test_the_last_failure_says_why():
    record_payment(replace(FAILURE, at=AT + timedelta(hours=1), failure_code="insufficient_funds"))
    payment = record_payment(FAILURE)

    assert (payment.failure_code, payment.failed_at) == ("insufficient_funds", AT + timedelta(hours=1))


def test_a_payment_cannot_have_two_amounts():
    record_payment(SUCCESS)

    with pytest.raises(LedgerConflictError, match="pi_1"):
        record_payment(replace(SUCCESS, amount_minor=1))


def test_only_a_payment_that_succeeded_can_be_posted():
    payment = record_payment(FAILURE)

    with pytest.raises(ValueError, match="has not succeeded"):
        services.post_sale(payment, event_id="evt_0")


@pytest.mark.parametrize(
    ("fields", "state"),
    [
        ({}, OrderState.PENDING),
        ({"canceled_at": AT}, OrderState.CANCELED),
        ({"paid_at": AT}, OrderState.PAID),
        ({"paid_at": AT, "canceled_at": AT, "unfulfillable_at": AT}, OrderState.PAID_UNFULFILLABLE),
        ({"paid_at": AT, "fulfilled_at": AT}, OrderState.FULFILLED),
        ({"paid_at": AT, "refunded_minor": 1}, OrderState.PARTIALLY_REFUNDED),
        ({"paid_at": AT, "fulfilled_at": AT, "refunded_minor": 1899}, OrderState.PARTIALLY_REFUNDED),
        ({"paid_at": AT, "unfulfillable_at": AT, "refunded_minor": 1900}, OrderState.REFUNDED),
        ({"paid_at": AT, "refunded_minor": 5000}, OrderState.REFUNDED),
        ({"paid_at": AT, "total_minor": 0}, OrderState.PAID),
    ],
    ids=str,
)
def test_the_state_follows_from_the_facts(fields, state):
    assert state_of(OrderFact(**{"total_minor": 1900, **fields})) is state


def test_a_step_taken_is_recorded_once():
    for _ in range(2):
        record_step(step="wishlisted", at=AT, subject="7", user_id="3")

    step = FunnelStep.objects.get()
    assert (step.step, step.subject, step.at) == ("wishlisted", "7", AT)


@pytest.mark.parametrize(
    "other",
    [{"step": "carted"}, {"subject": "8"}, {"user_id": "4"}, {"at": AT + timedelta(seconds=1)}],
    ids=str,
)
def test_another_step_is_another_row(other):
    taken: dict[str, Any] = {"step": "wishlisted", "at": AT, "subject": "7", "user_id": "3"}
    record_step(**taken)
    record_step(**taken | other)

    assert FunnelStep.objects.count() == 2


def test_a_guests_step_is_hers_when_she_logs_in():
    as_guest = record_step(step="carted", at=AT, subject="7", email="ada@example.com")
    logged_in = record_step(step="carted", at=AT, subject="7", user_id="3", email="ada@example.com")

    assert as_guest == logged_in


@pytest.mark.parametrize(
    "wrong", [{"step": "danced"}, {"step": ""}, {"user_id": ""}, {"user_id": "", "email": " "}], ids=str
)
def test_a_step_that_makes_no_sense_is_refused_and_leaves_nothing(wrong):
    with pytest.raises(ValueError):  # noqa: PT011 - an enum's own message
        record_step(**{"step": "carted", "at": AT, "subject": "7", "user_id": "3"} | wrong)

    assert not Customer.objects.exists()
