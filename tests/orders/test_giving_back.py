"""A refund is asked of Stripe once, never for more than is left, and is recorded as news of it is."""

from __future__ import annotations

import socket
from datetime import timedelta
from functools import partial
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from revenue_intel.audit.models import AuditEvent
from revenue_intel.exceptions import (
    IllegalTransitionError,
    OrderNotFoundError,
    PaymentGatewayError,
    PaymentRefusedError,
    RefundNotPossibleError,
)
from revenue_intel.facts.models import LedgerEntry, OrderFact, RefundFact
from revenue_intel.gateway import client
from revenue_intel.issues.models import Issue
from revenue_intel.orders import services as orders
from revenue_intel.orders.models import RefundRequest
from tests.deliveries import deliver, payment_succeeded, refund_event
from tests.handlers.samples import charge
from tests.threads import on_a_connection_of_its_own, postgres_only

pytestmark = pytest.mark.django_db

refund = partial(orders.refund, reference="R1", actor="user:1")


def pay(standin: Any) -> str:
    """Pay order R1 (19.00 GBP) at the stand-in and tell us; return the PaymentIntent."""
    paid = standin.api.create_payment_intent(
        amount=1900, currency="gbp", payment_method="pm_card_visa", confirm=True
    )
    deliver(payment_succeeded("R1", 1900, intent=paid["id"]))
    return str(paid["id"])


@pytest.fixture
def paid(standin, order) -> str:
    return pay(standin)


def given_back(standin: Any) -> list[int]:
    return [refund["amount"] for refund in standin.records()["refunds"]]


def ledger() -> list[int]:
    rows = LedgerEntry.objects.filter(kind="refund", reverses=None, reversed_by=None)
    return list(rows.order_by("id").values_list("amount_minor", flat=True))


def audited(what: str) -> list[tuple[str, Any]]:
    rows = AuditEvent.objects.filter(action=f"order.{what}").order_by("id")
    return list(rows.values_list("actor", "detail__amount_minor"))


def test_without_an_amount_all_is_given_back(standin, order, paid):
    given = refund(key="k1", reason="requested_by_customer")

    order.refresh_from_db()
    assert order.status == "refunded"
    assert given_back(standin) == [1900]
    assert (given.amount_minor, given.payment_intent, given.order_reference) == (1900, paid, "R1")
    assert standin.records()["refunds"][0]["reason"] == "requested_by_customer"
    assert ledger() == [-1900]
    assert audited("refund_asked") == [("user:1", 1900)]


def test_parts_add_up_and_the_rest_is_what_is_left(standin, order, paid):
    refund(key="k1", amount_minor=500)
    order.refresh_from_db()
    assert order.status == "partially_refunded"

    refund(key="k2")

    order.refresh_from_db()
    assert (order.status, given_back(standin), ledger()) == ("refunded", [500, 1400], [-500, -1400])


def test_the_same_key_is_the_same_refund(standin, paid):
    first = refund(key="k1", amount_minor=500)
    second = refund(key="k1", amount_minor=500)
    third = refund(key="k1")

    assert first.refund_id == second.refund_id == third.refund_id
    assert (given_back(standin), ledger()) == ([500], [-500])
    assert len(audited("refund_asked")) == 1


def test_a_key_does_not_serve_two_refunds(standin, paid):
    refund(key="k1", amount_minor=500)

    with pytest.raises(RefundNotPossibleError, match="another refund"):
        refund(key="k1", amount_minor=600)

    assert given_back(standin) == [500]


def test_its_own_events_change_nothing_more(standin, paid):
    given = refund(key="k1", amount_minor=500)
    charge = standin.records()["charges"][0]["id"]

    for kind in ("created", "updated"):
        created = int(given.created_at.timestamp())
        deliver(refund_event(kind, 500, refund=given.refund_id, intent=paid, charge=charge, created=created))

    assert (RefundFact.objects.count(), ledger(), OrderFact.objects.get().refunded_minor) == (1, [-500], 500)


@pytest.mark.parametrize("amount", [0, -1, 1901, 2**63, -(2**63), 10**30])
def test_more_than_is_left_or_nothing_is_not_given_back(standin, paid, amount):
    with pytest.raises(RefundNotPossibleError, match=r"£19\.00 can be refunded"):
        refund(key="k1", amount_minor=amount)

    assert given_back(standin) == []
    assert not RefundRequest.objects.exists()


@pytest.mark.parametrize(
    "wrong",
    [{"key": ""}, {"key": "x" * 201}, {"key": "k\x00"}, {"key": "k1", "reason": "because"}],
    ids=str,
)
def test_a_key_or_a_reason_that_stripe_does_not_know_is_refused_first(standin, paid, wrong):
    with pytest.raises(RefundNotPossibleError):
        refund(**wrong)

    assert not RefundRequest.objects.exists()


@pytest.mark.parametrize("reference", ["R2", "", "R1\x00", "x" * 5000], ids=ascii)
def test_an_order_that_is_not_there_is_not_found(standin, paid, reference):
    with pytest.raises(OrderNotFoundError):
        orders.refund(reference=reference, actor="user:1", key="k1")


def test_a_refund_that_is_pending_counts(standin, paid):
    standin.api.refund(payment_intent=paid, amount=1500, status="pending")
    deliver(refund_event("created", 1500, intent=paid, charge=None, status="pending"))

    with pytest.raises(RefundNotPossibleError, match=r"£4\.00"):
        refund(key="k1", amount_minor=401)

    assert refund(key="k1").amount_minor == 400


def test_a_stripe_that_does_not_answer_leaves_the_refund_asked_for_and_an_issue(
    standin, paid, settings, request
):
    request.getfixturevalue("dead_stripe")

    with pytest.raises(PaymentGatewayError, match="could not be reached"):
        refund(key="k1", amount_minor=1500)

    assert Issue.objects.get().kind == "refund_unanswered"
    assert OrderFact.objects.get().refunded_minor == 0
    with pytest.raises(RefundNotPossibleError, match=r"£4\.00"):  # it may have been made all the same
        refund(key="k2", amount_minor=401)


def test_what_was_not_answered_is_asked_again_by_the_command(standin, paid, settings, request):
    alive = settings.REVENUE_INTEL_STRIPE_API_BASE
    request.getfixturevalue("dead_stripe")
    with pytest.raises(PaymentGatewayError):
        refund(key="k1", amount_minor=500)
    with pytest.raises(CommandError, match="1 of 1"):
        call_command("revenue_retry_refunds", stdout=StringIO())
    settings.REVENUE_INTEL_STRIPE_API_BASE = alive
    listed = StringIO()
    call_command("revenue_retry_refunds", "--dry-run", stdout=listed)
    assert listed.getvalue() == "R1  500  k1\n"
    assert given_back(standin) == []

    call_command("revenue_retry_refunds", stdout=StringIO())
    call_command("revenue_retry_refunds", stdout=StringIO())

    assert given_back(standin) == [500]
    assert Issue.objects.get().status == "resolved"
    assert RefundRequest.objects.get().refund_id == RefundFact.objects.get().refund_id


def test_a_charge_without_a_payment_intent_is_given_back_as_what_it_is(standin, order):
    made = standin.api.create_payment_intent(
        amount=1900, currency="gbp", payment_method="pm_card_visa", confirm=True
    )
    own = {"payment_intent": None, "metadata": {"order_reference": "R1"}}
    deliver(charge("succeeded", id=made["latest_charge"], **own))

    assert refund(key="k1", amount_minor=500).charge == made["latest_charge"]

    assert (given_back(standin), ledger()) == ([500], [-500])


def test_an_answer_that_was_lost_is_found_again_under_the_same_key(standin, paid, monkeypatch):
    create = client.create_refund

    def lose(**arguments: Any) -> Any:
        create(**arguments)
        raise PaymentGatewayError

    monkeypatch.setattr(client, "create_refund", lose)
    with pytest.raises(PaymentGatewayError):
        refund(key="k1", amount_minor=500)
    monkeypatch.setattr(client, "create_refund", create)

    refund(key="k1", amount_minor=500)

    assert (given_back(standin), ledger()) == ([500], [-500])


def test_after_a_day_stripe_has_forgotten_the_key_and_is_not_asked_again(standin, paid, request, settings):
    alive = settings.REVENUE_INTEL_STRIPE_API_BASE
    request.getfixturevalue("dead_stripe")
    with pytest.raises(PaymentGatewayError):
        refund(key="k1")
    settings.REVENUE_INTEL_STRIPE_API_BASE = alive
    RefundRequest.objects.update(asked_at=timezone.now() - timedelta(hours=24))

    with pytest.raises(RefundNotPossibleError, match="dashboard"):
        refund(key="k1")

    assert given_back(standin) == []


def test_a_refund_that_stripe_refuses_is_over_and_its_amount_is_free(standin, paid):
    standin.api.refund(payment_intent=paid, amount=1900)  # by hand at Stripe; its event is not here yet

    with pytest.raises(PaymentRefusedError):
        refund(key="k1", amount_minor=500)

    assert RefundRequest.objects.get().refused_at is not None
    assert audited("refund_refused") == [("user:1", 500)]
    with pytest.raises(RefundNotPossibleError, match="another key"):
        refund(key="k1", amount_minor=500)
    with pytest.raises(PaymentRefusedError):  # asked anew, all 1900 of it
        refund(key="k2")


@pytest.mark.usefixtures("standin", "order")
def test_what_is_not_paid_is_not_given_back():
    with pytest.raises(IllegalTransitionError, match="refund is not possible"):
        refund(key="k1")


@pytest.mark.usefixtures("standin")
def test_without_an_adapter_a_payment_can_be_given_back_too(settings, standin):
    settings.REVENUE_INTEL_SHOP = ""
    intent = pay(standin)

    orders.refund(reference=intent, amount_minor=500, actor="user:1", key="k1")

    assert (OrderFact.objects.get().refunded_minor, ledger()) == (500, [-500])


@pytest.mark.django_db(transaction=True)
def test_no_transaction_is_open_while_stripe_is_asked(standin, paid, monkeypatch):
    seen: list[bool] = []
    connect = socket.socket.connect

    def looked_at(self: socket.socket, address: Any) -> None:
        seen.append(connection.in_atomic_block)
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", looked_at)
    refund(key="k1")

    assert seen
    assert not any(seen)


@postgres_only
@pytest.mark.django_db(transaction=True)
def test_of_two_refunds_at_once_only_what_is_left_is_asked_for(standin, paid):
    refunds = (partial(refund, key=f"k{number}", amount_minor=1000) for number in range(4))

    answers = on_a_connection_of_its_own(*refunds)

    assert (
        sorted(type(answer).__name__ for answer in answers) == ["RefundFact"] + ["RefundNotPossibleError"] * 3
    )
    assert (given_back(standin), ledger()) == ([1000], [-1000])


@postgres_only
@pytest.mark.django_db(transaction=True)
def test_one_key_pressed_four_times_at_once_is_one_refund(standin, paid):
    answers = on_a_connection_of_its_own(*[partial(refund, key="k1", amount_minor=1000)] * 4)

    assert given_back(standin) == [1000]
    assert {getattr(answer, "code", "made") for answer in answers} <= {"made", "payment_gateway"}
    assert ledger() == [-1000]
