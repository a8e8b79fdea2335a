"""An event that comes too early waits for what it needs, and is applied when that comes. Nothing waits for ever."""

from __future__ import annotations

from itertools import permutations
from typing import Any
from unittest.mock import Mock

import pytest
from django.db import InterfaceError, OperationalError

from revenue_intel.facts.models import LedgerEntry, OrderFact, RefundFact
from revenue_intel.webhooks import processing
from revenue_intel.webhooks.models import StripeEvent
from tests.deliveries import charge_refunded, deliver, payment_succeeded, refund_event
from tests.factories import make_order, make_product

pytestmark = pytest.mark.django_db


@pytest.fixture
def order():
    return make_order("R1", [(make_product("Mug", "9.50", stock=3), 2)])


def outcomes() -> dict[str, str]:
    return dict(StripeEvent.objects.values_list("type", "outcome"))


def standing() -> list[tuple[str, int]]:
    entries = LedgerEntry.objects.filter(reverses=None, reversed_by=None)
    return sorted(entries.values_list("kind", "amount_minor"))


def test_a_refund_before_its_payment_is_parked_and_applied_when_the_payment_comes(order):
    assert deliver(refund_event("created", 500)).json() == {"outcome": "parked"}
    assert StripeEvent.objects.get().waiting_for == "payment:pi_1"
    assert not RefundFact.objects.exists()

    deliver(payment_succeeded("R1", 1900))

    assert set(outcomes().values()) == {"applied"}
    assert standing() == [("refund", -500), ("sale", 1900)]
    order.refresh_from_db()
    assert order.status == "partially_refunded"


def test_a_charges_refund_waits_until_its_refunds_have_come(order):
    deliver(payment_succeeded("R1", 1900))
    assert deliver(charge_refunded(900, amount=1900)).json() == {"outcome": "parked"}

    deliver(refund_event("created", 500))
    assert outcomes()["charge.refunded"] == "parked"
    deliver(refund_event("created", 400, refund="re_2"))

    assert outcomes()["charge.refunded"] == "applied"
    assert standing() == [("refund", -500), ("refund", -400), ("sale", 1900)]


def test_a_charges_refund_posts_nothing(order):
    deliver(payment_succeeded("R1", 1900))
    deliver(refund_event("created", 500))

    deliver(charge_refunded(500, amount=1900))

    assert standing() == [("refund", -500), ("sale", 1900)]


def test_one_arrival_wakes_a_whole_chain(order):
    deliver(charge_refunded(500, amount=1900))
    deliver(refund_event("created", 500))
    assert outcomes() == {"charge.refunded": "parked", "refund.created": "parked"}

    deliver(payment_succeeded("R1", 1900))

    assert set(outcomes().values()) == {"applied"}


@pytest.mark.parametrize("charge", ["ch_1", None], ids=["with its charge", "without its charge"])
def test_every_order_of_arrival_ends_with_nothing_waiting(charge):
    history = [
        payment_succeeded("R1", 1900),
        refund_event("created", 500, charge=charge),
        charge_refunded(500, amount=1900),
    ]
    for number, arrival in enumerate(permutations(history)):
        reference, intent = f"R1{number}", f"pi_1{number}"
        make_order(reference, [(make_product("Mug", "9.50", stock=3), 2)])
        for event in arrival:
            deliver(renamed(event, reference, intent, number))

    assert set(StripeEvent.objects.values_list("outcome", flat=True)) == {"applied"}
    assert set(OrderFact.objects.values_list("refunded_minor", flat=True)) == {500}


def renamed(event: dict[str, Any], reference: str, intent: str, number: int) -> dict[str, Any]:
    """Return the event as one of another order's history."""
    payload = dict(event["data"]["object"])
    for key, value in payload.items():
        if value in ("pi_1", "ch_1", "re_1"):
            payload[key] = intent.replace("pi", str(value)[:2])
    if payload["object"] == "payment_intent":
        payload["metadata"] = {"order_reference": reference}
    return event | {"id": f"{event['id']}_{number}", "data": {"object": payload}}


def test_a_refund_that_names_only_the_charge_is_woken_by_it(order):
    deliver(refund_event("created", 500, intent=None))
    assert StripeEvent.objects.get().waiting_for == "payment:ch_1"

    deliver(payment_succeeded("R1", 1900))

    assert set(outcomes().values()) == {"applied"}


def test_a_payment_whose_order_never_comes_still_wakes_its_refund():
    deliver(refund_event("created", 500))

    deliver(payment_succeeded("R1", 1900))

    assert outcomes() == {"refund.created": "applied", "payment_intent.succeeded": "parked"}
    assert standing() == [("refund", -500), ("sale", 1900)]


def test_an_order_that_comes_late_is_settled_with_its_refunds(process_events):
    deliver(refund_event("created", 500))
    deliver(payment_succeeded("R1", 1900))
    order = make_order("R1", [(make_product("Mug", "9.50", stock=3), 2)])

    assert process_events() == "1 events processed: 1 applied.\n"

    order.refresh_from_db()
    assert (order.status, OrderFact.objects.get().refunded_minor) == ("partially_refunded", 500)
    assert set(
        LedgerEntry.objects.filter(reverses=None, reversed_by=None).values_list("order_reference")
    ) == {("R1",)}


@pytest.mark.parametrize("error", [OperationalError("gone"), InterfaceError("closed")], ids=repr)
def test_where_what_waits_cannot_be_looked_up_the_answer_stands_and_a_pass_wakes_it(
    order, process_events, monkeypatch, error
):
    deliver(refund_event("created", 500))
    with monkeypatch.context() as patch:
        patch.setattr(processing, "ask_waiting_for", lambda _: Mock(side_effect=error))

        answer = deliver(payment_succeeded("R1", 1900))

    assert (answer.status_code, answer.json()) == (200, {"outcome": "applied"})
    assert outcomes()["refund.created"] == "parked"
    assert process_events() == "1 events processed: 1 applied.\n"
    assert standing() == [("refund", -500), ("sale", 1900)]


def test_a_parked_event_that_is_delivered_again_stays_parked(order):
    event = refund_event("created", 500)
    deliver(event)

    assert deliver(event).json() == {"outcome": "parked"}
    assert StripeEvent.objects.count() == 1


def test_what_waits_is_left_alone_by_a_dry_run(order, process_events):
    deliver(refund_event("created", 500))

    assert process_events("--dry-run") == "1 events are due. Nothing was changed (dry run).\n"
    assert process_events() == "1 events processed: 1 parked.\n"
