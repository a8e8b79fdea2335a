"""Hosts are told once, after commit, and what their receivers do cannot undo what was told."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction
from django.dispatch import Signal

from revenue_intel import signals
from revenue_intel.exceptions import IllegalTransitionError, StockOversellError
from revenue_intel.orders import services as orders
from revenue_intel.signals import (
    order_canceled,
    order_fulfilled,
    order_refunded,
    order_settled,
    order_unfulfillable,
    payment_started,
)
from revenue_intel.webhooks import registry
from tests.deliveries import deliver, payment_succeeded, refund_event
from tests.factories import make_order, make_product
from tests.host.models import Order

pytestmark = pytest.mark.django_db(transaction=True)

Heard = list[tuple[str, dict[str, Any]]]

SIGNALS = {
    "settled": order_settled,
    "unfulfillable": order_unfulfillable,
    "refunded": order_refunded,
    "started": payment_started,
    "canceled": order_canceled,
    "fulfilled": order_fulfilled,
}


def _listener(name: str, heard: Heard) -> Callable[..., None]:
    def listen(signal: Signal, sender: object, **arguments: Any) -> None:
        assert not connection.in_atomic_block
        heard.append((name, arguments))

    return listen


@pytest.fixture
def heard() -> Iterator[Heard]:
    """What was told, in order; a receiver that is told inside a transaction hears nothing."""
    told: Heard = []
    listeners = {name: _listener(name, told) for name in SIGNALS}
    for name, signal in SIGNALS.items():
        signal.connect(listeners[name])
    yield told
    for name, signal in SIGNALS.items():
        signal.disconnect(listeners[name])


def test_a_settled_order_is_told_once_however_often_the_payment_is(heard):
    make_order("R1", [(make_product("Mug", "9.50", stock=3), 2)])
    event = payment_succeeded("R1", 1900)

    deliver(event)
    deliver(event)
    deliver(payment_succeeded("R1", 1900))

    assert heard == [("settled", {"reference": "R1", "state": "paid"})]


def test_an_order_that_cannot_be_filled_is_told_with_its_cause_before_it_is_told_as_settled(heard):
    make_order("R1", [(make_product("Mug", "9.50", stock=1), 2)])
    event = payment_succeeded("R1", 1900)

    deliver(event)
    deliver(event)

    (first, cause), (second, settled) = heard
    assert (first, cause["reference"]) == ("unfulfillable", "R1")
    assert isinstance(cause["error"], StockOversellError)
    assert (second, settled) == ("settled", {"reference": "R1", "state": "paid_unfulfillable"})


def test_each_refund_is_told_once(heard):
    make_order("R1", [(make_product("Mug", "9.50", stock=3), 2)])
    deliver(payment_succeeded("R1", 1900))
    heard.clear()

    deliver(refund_event("created", 500))
    deliver(refund_event("updated", 500))
    deliver(refund_event("created", 400, refund="re_2"))

    assert heard == [
        ("refunded", {"reference": "R1", "refund_id": "re_1"}),
        ("refunded", {"reference": "R1", "refund_id": "re_2"}),
    ]


def test_a_payment_that_settles_no_order_tells_nothing(heard):
    make_order("R1", [(make_product("Mug", "9.50", stock=3), 2)])

    deliver(payment_succeeded("R1", 1))
    deliver(payment_succeeded("R9", 1900, intent="pi_2"))

    assert heard == []


def test_what_is_rolled_back_is_not_told(heard, monkeypatch):
    make_order("R1", [(make_product("Mug", "9.50", stock=3), 2)])
    sound = registry._handlers["payment_intent.succeeded"]

    def fails_at_the_end(event: registry.Event) -> registry.Result:
        sound(event)
        raise ZeroDivisionError

    monkeypatch.setitem(registry._handlers, "payment_intent.succeeded", fails_at_the_end)
    event = payment_succeeded("R1", 1900)

    assert deliver(event).json() == {"outcome": "failed"}
    assert heard == []

    monkeypatch.setitem(registry._handlers, "payment_intent.succeeded", sound)
    deliver(event)
    assert [name for name, _ in heard] == ["settled"]


def test_a_host_that_wraps_it_all_is_told_when_its_own_transaction_commits(heard):
    make_order("R1", [(make_product("Mug", "9.50", stock=3), 2)])

    with transaction.atomic():
        deliver(payment_succeeded("R1", 1900))
        assert heard == []

    assert [name for name, _ in heard] == ["settled"]


def test_a_receiver_that_fails_harms_nothing_and_nobody_else(heard):
    make_order("R1", [(make_product("Mug", "9.50", stock=3), 2)])

    def fail(**arguments: Any) -> None:
        raise ZeroDivisionError

    order_settled.connect(fail)
    try:
        response = deliver(payment_succeeded("R1", 1900))
    finally:
        order_settled.disconnect(fail)

    assert response.json() == {"outcome": "applied"}
    assert Order.objects.get().status == "paid"
    assert [name for name, _ in heard] == ["settled"]


def test_what_people_do_to_an_order_is_told_once_with_who_did_it(heard):
    make_order("R1", [(make_product("Mug", "9.50", stock=3), 1)])
    make_order("R2", [(make_product("Pen", "9.50", stock=3), 1)])
    deliver(payment_succeeded("R2", 950))
    heard.clear()

    for _ in range(2):
        orders.cancel(reference="R1", actor="user:1")
        orders.fulfil(reference="R2", actor="user:2")

    assert heard == [
        ("canceled", {"reference": "R1", "actor": "user:1"}),
        ("fulfilled", {"reference": "R2", "actor": "user:2"}),
    ]


def test_a_command_that_is_refused_tells_nothing(heard):
    make_order("R1", [(make_product("Mug", "9.50", stock=3), 1)])

    with pytest.raises(IllegalTransitionError):
        orders.fulfil(reference="R1", actor="user:1")

    assert heard == []


def test_every_signal_is_listened_to_here_and_stands_in_the_quickstart():
    ours = {name for name, value in vars(signals).items() if isinstance(value, Signal)}

    assert ours == {name for name, value in vars(signals).items() if value in SIGNALS.values()}
    page = (Path(__file__).parents[2] / "docs" / "quickstart.md").read_text(encoding="utf-8")
    assert [name for name in sorted(ours) if f"`{name}`" not in page and f"({name})" not in page] == []
