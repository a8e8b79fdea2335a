"""Histories of every family end in one outcome, however they arrive: permuted, in part twice, inline or by four workers.

``python -m tests.concurrency.converge`` plays ten thousand of them; here are a few for every run of the suite.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from itertools import product
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from revenue_intel.facts.models import BalanceCursor
from revenue_intel.webhooks import registry
from tests.deliveries import deliver
from tests.histories.commerce import History, Reading, arrive, in_order, make_history
from tests.histories.playing import Workers, digest, play_deferred, play_inline, take, wipe
from tests.history import rolled_back
from tests.threads import postgres_only

pytestmark = pytest.mark.slow

few = settings(max_examples=5, suppress_health_check=list(HealthCheck))
#: Hypothesis draws each choice of the history and of its arrival, so that it can make a failure small.
chances = st.randoms(use_true_random=False)


def assert_same(result: dict[str, Any], expected: dict[str, Any]) -> None:
    assert result == expected
    assert digest(result) == digest(expected)


@pytest.mark.django_db
@few
@given(chance=chances)
def test_every_arrival_of_a_history_ends_as_the_ordered_one(chance: random.Random):
    history = make_history(chance)
    with rolled_back():
        expected = play_inline(history, in_order(history), tell=deliver)

    with rolled_back():
        result = play_inline(history, arrive(history, chance), tell=deliver)

    assert_same(result, expected)


@pytest.mark.django_db
@few
@given(chance=chances)
def test_workers_that_take_turns_end_as_the_ordered_history(chance: random.Random):
    history = make_history(chance)
    with rolled_back():
        expected = play_inline(history, in_order(history))

    with rolled_back():
        result = play_deferred(history, arrive(history, chance), chance)

    assert_same(result, expected)


@pytest.fixture
def workers() -> Iterator[Workers]:
    with Workers() as running:
        yield running


@postgres_only
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("seed", range(6))
def test_four_workers_at_once_end_as_the_ordered_history(workers: Workers, seed: int):
    chance = random.Random(seed)
    history = make_history(chance)
    with rolled_back():
        expected = play_inline(history, in_order(history))

    try:
        result = workers.play(history, arrive(history, chance), chance)
    finally:
        wipe()

    assert_same(result, expected)


def test_the_histories_tell_of_every_family():
    told = {event["type"] for seed in range(300) for event in make_history(random.Random(seed)).events}

    families = {event_type.rpartition(".")[0] for event_type in registry.event_types()}
    assert {event_type.rpartition(".")[0] for event_type in told} == families


def test_the_histories_have_customers_currencies_accounts_and_short_stock():
    histories = [make_history(random.Random(seed)) for seed in range(100)]

    assert {order.currency for history in histories for order in history.orders} == {"gbp", "usd"}
    assert {event.get("account", "") for history in histories for event in history.events} == {"", "acct_b"}
    assert max(len({order.email.casefold() for order in history.orders}) for history in histories) == 2
    assert 0 < sum(history.is_short for history in histories) < 50


def test_the_histories_have_hosts_of_every_kind_and_orders_that_are_held_canceled_and_paid_twice():
    histories = [make_history(random.Random(seed)) for seed in range(200)]
    hosts = [history.host for history in histories]
    orders = [order for history in histories for order in history.orders]

    assert {host.restock_policy for host in hosts} == {"never", "on_cancel", "on_full_refund"}
    assert {(host.has_adapter, host.stock_uses_save) for host in hosts} == set(
        product([False, True], repeat=2)
    )
    assert {order.is_held for order in orders} == {order.is_canceled for order in orders} == {False, True}
    assert any(history.given_back for history in histories)
    assert any(is_paid_twice(history) for history in histories)


def is_paid_twice(history: History) -> bool:
    """Say whether two payments bear the reference of one order."""
    paid: dict[str, set[str]] = {}
    for event in history.events:
        if event["type"] == "payment_intent.succeeded":
            intent = event["data"]["object"]
            paid.setdefault(intent["metadata"].get("order_reference", ""), set()).add(intent["id"])
    return any(len(intents) > 1 for reference, intents in paid.items() if reference)


@pytest.mark.django_db(transaction=True)
def test_bookings_are_read_without_a_transaction_around_it():
    take(Reading(account="", rows=(), paid_out=()), deliver)

    assert BalanceCursor.objects.count() == 1
