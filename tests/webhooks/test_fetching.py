"""What a parked event waits for and Stripe has is asked for by the worker: later, outside any transaction, or not at all."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.db import connection, transaction

from revenue_intel.exceptions import ConfigurationError, PaymentGatewayError
from revenue_intel.facts.models import LedgerEntry, RefundFact
from revenue_intel.gateway import client
from revenue_intel.issues.models import Issue
from revenue_intel.kit import clock, transactions
from revenue_intel.testing import events
from revenue_intel.webhooks import registry, worker
from revenue_intel.webhooks.models import EventFailure, StripeEvent
from tests.deliveries import PAID_AT, charge_refunded, deliver, payment_succeeded, refund_event
from tests.factories import make_order, make_product
from tests.sdk import need_sdk

pytestmark = pytest.mark.django_db(transaction=True)

Plant = Callable[..., list[dict[str, str]]]

REFUND = events.refund(
    id="re_1", amount=500, status="succeeded", created=PAID_AT + 60, payment_intent="pi_1", charge="ch_1"
)


@pytest.fixture(autouse=True)
def warn_anew():
    worker._warn_once.cache_clear()


@pytest.fixture
def plant(monkeypatch) -> Plant:
    """``plant(found)``: let Stripe answer so for refunds; returns the list of what it is asked."""

    def with_answer(found: Sequence[registry.Fetched] | Exception) -> list[dict[str, str]]:
        asked: list[dict[str, str]] = []

        def fetch(*, subject_id: str, account: str) -> Sequence[registry.Fetched]:
            assert not connection.in_atomic_block
            asked.append({"subject_id": subject_id, "account": account})
            if isinstance(found, Exception):
                raise found
            return found

        monkeypatch.setattr(registry, "_fetchers", {})
        registry.register_fetcher("refunds", fetch)
        return asked

    return with_answer


@pytest.fixture
def waiting() -> None:
    """A paid order, and a charge of which half was refunded by a refund that nobody told us of."""
    make_order("R1", [(make_product("Mug", "10.00"), 1)])
    deliver(payment_succeeded("R1", 1000))
    deliver(charge_refunded(500, amount=1000))


def grow_old(**age: int) -> None:
    StripeEvent.objects.update(received_at=clock.now() - timedelta(**age), next_attempt_at=None)


def run_pass() -> dict[str, int]:
    return dict(worker.run_pass(stop=threading.Event()))


def test_what_is_missing_is_fetched_and_the_event_applied(waiting, plant):
    asked = plant([("refund.created", REFUND)])
    grow_old(seconds=61)

    assert run_pass() == {"applied": 1}

    assert asked == [{"subject_id": "ch_1", "account": ""}]
    refund = RefundFact.objects.get()
    assert (refund.refund_id, refund.amount_minor, refund.order_reference) == ("re_1", 500, "R1")
    (entry,) = LedgerEntry.objects.filter(kind="refund")
    assert (entry.amount_minor, entry.occurred_at) == (-500, clock.from_timestamp(PAID_AT + 60))
    assert set(StripeEvent.objects.values_list("outcome", flat=True)) == {"applied"}


def test_the_refunds_own_event_that_comes_after_all_changes_no_money(waiting, plant):
    plant([("refund.created", REFUND)])
    grow_old(hours=1)
    run_pass()

    deliver(refund_event("created", 500, created=PAID_AT + 60))

    assert sorted(LedgerEntry.objects.values_list("amount_minor", flat=True)) == [-500, 1000]


def test_stripe_is_not_asked_for_what_may_still_come_by_itself_nor_within_a_request(waiting, plant):
    asked = plant([("refund.created", REFUND)])
    grow_old(seconds=55)

    assert run_pass() == {"parked": 1}
    deliver(charge_refunded(600, amount=1000))

    assert asked == []


def test_what_stripe_does_not_have_either_stays_parked_and_is_asked_for_later(waiting, plant):
    asked = plant([])
    grow_old(hours=1)

    assert run_pass() == {"parked": 1}
    assert run_pass() == {}

    assert len(asked) == 1
    assert StripeEvent.objects.get(outcome="parked").next_attempt_at > clock.now()


@pytest.mark.parametrize(
    "error", [ConfigurationError("no key"), PaymentGatewayError("unreachable")], ids=["no key", "unreachable"]
)
def test_without_stripe_events_stay_parked_and_the_log_says_so_once(waiting, plant, caplog, error):
    asked = plant(error)
    deliver(charge_refunded(600, amount=1000, charge="ch_2"))
    grow_old(hours=1)

    with caplog.at_level(logging.WARNING):
        assert run_pass() == {"parked": 2}
        grow_old(hours=1)
        assert run_pass() == {"parked": 2}

    assert [record.getMessage() for record in caplog.records].count(
        f"Events stay parked, because what they wait for cannot be fetched: {error}"
    ) == 1
    assert len(asked) == 2  # once a pass: the second event would only have waited as long
    assert not EventFailure.objects.exists()


@pytest.mark.parametrize(
    "found",
    [
        ValueError("a bug of ours"),
        [("refund.created", {"id": "re_1"})],
        [("refund.created", {**REFUND, "status": "lost"})],
    ],
    ids=["bug", "no refund", "unknown status"],
)
def test_an_answer_that_cannot_be_read_is_a_failure_with_a_trail(waiting, plant, found):
    plant(found)
    grow_old(hours=1)

    assert run_pass() == {"failed": 1}

    assert StripeEvent.objects.filter(outcome="failed").count() == 1
    assert EventFailure.objects.count() == 1
    assert Issue.objects.get().kind == "event_failed"
    assert not RefundFact.objects.exists()


def test_the_connected_account_is_asked(plant):
    asked = plant([])
    deliver(charge_refunded(500, amount=1000) | {"account": "acct_1"})
    grow_old(hours=1)

    run_pass()

    assert asked == [{"subject_id": "ch_1", "account": "acct_1"}]


def test_a_subject_that_nobody_can_ask_for_is_not_asked_for(plant):
    asked = plant([])
    deliver(refund_event("created", 500))
    assert StripeEvent.objects.get().waiting_for == "payment:pi_1"
    grow_old(hours=1)

    assert run_pass() == {"parked": 1}
    assert asked == []


def test_two_fetchers_of_one_prefix_are_a_mistake(plant):
    plant([])
    first = registry._fetchers["refunds"]
    registry.register_fetcher("refunds", first)

    with pytest.raises(ConfigurationError, match="refunds"):
        registry.register_fetcher("refunds", lambda **_: ())


ask: Callable[[], Any] = partial(client.get_checkout_session, session_id="cs_1")


def test_asking_stripe_within_a_transaction_fails_the_test():
    with pytest.raises(AssertionError, match="within a transaction"):
        transactions.run(ask)


def test_in_production_it_is_logged_and_goes_on(monkeypatch, caplog, settings):
    need_sdk()
    monkeypatch.undo()  # what the suite puts in its place
    settings.REVENUE_INTEL_STRIPE_API_BASE = "http://127.0.0.1:9"

    with transaction.atomic(), pytest.raises(PaymentGatewayError):
        ask()

    assert "Stripe is asked while a transaction is open" in caplog.text


@pytest.mark.django_db
def test_the_transaction_around_a_test_does_not_count():
    assert connection.in_atomic_block
    assert not transactions.is_open()
    with transaction.atomic():
        assert transactions.is_open()
    assert not transactions.is_open()
