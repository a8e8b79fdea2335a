"""Webhooks: signed, in order, retried, given up, and never sent off this machine."""

from __future__ import annotations

import time

import pytest

from revenue_intel.testing.standin import Standin, StandinRefused
from tests.testing.conftest import SECRET
from tests.testing.receiver import Receiver


def pay(standin: Standin) -> None:
    standin.api.create_payment_intent(
        amount=2500, currency="gbp", confirm=True, payment_method="pm_card_visa", description="Zoë"
    )


def test_events_arrive_signed_and_in_the_order_of_creation(receiver):
    with Standin(secret=SECRET, webhook_url=receiver.url) as standin:
        pay(standin)
        assert standin.drain()

    events = receiver.events(SECRET)
    assert [event.type for event in events] == [
        "payment_intent.created",
        "charge.succeeded",
        "payment_intent.succeeded",
        "charge.updated",
    ]
    assert events[2].data.object.description == "Zoë"
    assert events[2].pending_webhooks == 1
    assert events[2].api_version == "2026-10-28.endive"
    assert receiver.posts[0].path == "/payments/webhook/?from=standin"
    assert receiver.posts[0].headers["Content-Type"] == "application/json; charset=utf-8"


def test_only_the_chosen_types_are_delivered(receiver):
    with Standin(secret=SECRET, webhook_url=receiver.url, events=["charge.succeeded"]) as standin:
        pay(standin)
        standin.drain()

    assert [event.type for event in receiver.events(SECRET)] == ["charge.succeeded"]
    assert len(standin.records()["events"]) == 4


def test_what_is_not_answered_2xx_is_sent_again_before_the_next():
    receiver = Receiver(statuses=[500, 302])
    try:
        with Standin(secret=SECRET, webhook_url=receiver.url) as standin:
            standin.api.create_customer(email="ada@example.com")
            standin.api.create_customer(email="bob@example.com")
            assert standin.drain()
    finally:
        receiver.close()

    assert [(row.attempt, row.status, row.accepted) for row in standin.deliveries] == [
        (1, 500, False),
        (2, 302, False),
        (3, 200, True),
        (1, 200, True),
    ]
    first, second, third, _ = receiver.events(SECRET)
    assert first.id == second.id == third.id == standin.deliveries[0].event_id


def test_a_dead_endpoint_is_given_up_and_the_reason_kept(caplog):
    receiver = Receiver()
    receiver.close()

    with Standin(secret=SECRET, webhook_url=receiver.url) as standin:
        standin.api.create_customer()
        assert standin.drain(10)

    assert [row.status for row in standin.deliveries] == [0, 0, 0, 0]
    assert "ConnectionRefusedError" in standin.deliveries[0].error
    assert "Gave up customer.created" in caplog.text


def test_draining_tells_when_it_took_too_long():
    receiver = Receiver(statuses=[500] * 4)
    try:
        with Standin(secret=SECRET, webhook_url=receiver.url) as standin:
            standin.api.create_customer()
            assert standin.drain(0.01) is False
    finally:
        receiver.close()


def test_events_made_before_the_start_are_delivered_after_it(receiver):
    standin = Standin(secret=SECRET, webhook_url=receiver.url)
    standin.api.create_customer()
    assert receiver.posts == []

    with standin:
        assert standin.drain()

    assert len(receiver.posts) == 1


def test_stopping_during_retries_keeps_the_event_for_the_next_start():
    receiver = Receiver(statuses=[500])
    try:
        standin = Standin(secret=SECRET, webhook_url=receiver.url).start()
        standin.api.create_customer()
        while not standin.deliveries:
            time.sleep(0.005)
        standin.stop()
        with standin:
            assert standin.drain()
    finally:
        receiver.close()

    assert standin.deliveries[-1].accepted
    assert len({event.id for event in receiver.events(SECRET)}) == 1


@pytest.mark.parametrize(
    "url",
    [
        "https://127.0.0.1/hook/",
        "http://example.com/hook/",
        "http://10.0.0.1/hook/",
        "http://127.0.0.1.example.com/hook/",
        "http://0.0.0.0/hook/",
        "http://127.0.0.1:99999/hook/",
        "http://[::1/hook/",
        "ftp://127.0.0.1/hook/",
        "127.0.0.1:8000/hook/",
        "http:///hook/",
    ],
)
def test_no_webhook_leaves_this_machine(url):
    with pytest.raises(StandinRefused, match="this machine only"):
        Standin(secret=SECRET, webhook_url=url)


@pytest.mark.parametrize("url", ["http://localhost:8000/", "http://127.0.0.1/", "http://[::1]:8000/hook/"])
def test_every_loopback_address_will_do(url):
    assert Standin(secret=SECRET, webhook_url=url).deliveries == []
