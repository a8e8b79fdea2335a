"""The worker takes what is due, oldest first; what fails is put off, longer each time, and in the end left alone."""

from __future__ import annotations

import os
import signal
import threading
from collections import Counter
from datetime import timedelta
from functools import partial
from io import StringIO
from typing import Any
from unittest.mock import Mock

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError, connection

from revenue_intel.issues.models import Issue
from revenue_intel.kit import clock
from revenue_intel.webhooks import pauses, processing, registry, worker
from revenue_intel.webhooks.models import EventFailure, StripeEvent
from tests.deliveries import PAID_AT, deliver, payment_succeeded, refund_event
from tests.factories import make_order, make_product
from tests.threads import on_a_connection_of_its_own, postgres_only

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def deferred(settings):
    settings.REVENUE_INTEL_EVENT_PROCESSING = "deferred"


def store(count: int) -> list[str]:
    """Store so many payments of as many orders, the youngest first, and return their ids, oldest first."""
    mug = make_product("Mug", "10.00", stock=100)
    for number in reversed(range(count)):
        make_order(f"R{number}", [(mug, 1)], email=f"buyer{number}@example.com")
        at = PAID_AT + number
        deliver(payment_succeeded(f"R{number}", 1000, intent=f"pi_{number}", at=at, event_id=f"evt_{number}"))
    return [f"evt_{number}" for number in range(count)]


def outcomes() -> Counter[str]:
    return Counter(StripeEvent.objects.values_list("outcome", flat=True))


def run_pass(**options: Any) -> Counter[str]:
    return worker.run_pass(stop=threading.Event(), **options)


@pytest.fixture
def handled(monkeypatch) -> list[str]:
    """The ids of the events that were handled, in order."""
    sound = registry._handlers["payment_intent.succeeded"]
    seen: list[str] = []

    def note(event: registry.Event) -> registry.Result:
        seen.append(event.id)
        return sound(event)

    monkeypatch.setitem(registry._handlers, "payment_intent.succeeded", note)
    return seen


def test_a_pass_applies_all_that_is_due_oldest_first(handled):
    ids = store(3)

    assert run_pass() == {"applied": 3}

    assert handled == ids
    assert outcomes() == {"applied": 3}
    assert run_pass() == {}


def test_events_of_one_second_are_all_taken(handled):
    ids = store(3)
    StripeEvent.objects.update(created_at=clock.from_timestamp(PAID_AT))

    assert run_pass() == {"applied": 3}

    assert sorted(handled) == ids


def test_a_limit_leaves_the_youngest_for_later(handled):
    store(3)

    assert run_pass(limit=2) == {"applied": 2}

    assert handled == ["evt_0", "evt_1"]


def test_an_event_that_fails_takes_nobody_with_it_and_is_put_off(monkeypatch, handled):
    store(3)
    sound = registry._handlers["payment_intent.succeeded"]

    def fail_one(event: registry.Event) -> registry.Result:
        if event.id == "evt_1":
            raise ValueError
        return sound(event)

    monkeypatch.setitem(registry._handlers, "payment_intent.succeeded", fail_one)

    assert run_pass() == {"applied": 2, "failed": 1}
    failed = StripeEvent.objects.get(outcome="failed")
    assert failed.next_attempt_at > clock.now()
    assert run_pass() == {}

    StripeEvent.objects.update(next_attempt_at=clock.now())
    assert run_pass() == {"failed": 1}
    assert EventFailure.objects.count() == 2


@pytest.mark.parametrize("failures", [1, 2, 3, 10, 11, 100, 2**31 - 1])
def test_the_pause_doubles_with_each_failure_up_to_a_limit(failures):
    whole = min(30 * 2 ** min(failures - 1, 30), 6 * 3600)

    seconds = {pauses.after_failure(failures).total_seconds() for _ in range(50)}

    assert whole / 2 <= min(seconds) < max(seconds) <= whole


@pytest.mark.parametrize(("waited", "whole"), [(0, 60), (240, 60), (2400, 600), (10**7, 3600)])
def test_what_is_parked_is_put_off_by_a_quarter_of_what_it_waited(waited, whole):
    now = clock.now()

    pause = pauses.while_parked(since=now - timedelta(seconds=waited), now=now)

    assert whole / 2 <= pause.total_seconds() <= whole


def test_after_so_many_failures_an_event_is_dead_and_its_issue_stays_open(settings, monkeypatch, fail):
    settings.REVENUE_INTEL_EVENT_MAX_ATTEMPTS = 3
    monkeypatch.setattr(pauses, "FIRST_PAUSE", timedelta(0))
    store(1)
    fail(ValueError())

    assert [run_pass() for _ in range(5)] == [{"failed": 1}] * 3 + [{}] * 2

    event = StripeEvent.objects.get()
    assert (event.outcome, event.failures) == ("failed", 3)
    assert event.dead_at is not None
    assert Issue.objects.get().status == "open"


def test_a_dead_event_that_is_sent_again_comes_back_to_life(settings, fail):
    settings.REVENUE_INTEL_EVENT_MAX_ATTEMPTS = 1
    settings.REVENUE_INTEL_EVENT_PROCESSING = "inline"
    make_order("R1", [(make_product("Mug", "10.00", stock=5), 1)])
    event = payment_succeeded("R1", 1000)
    fail(ValueError())
    deliver(event)
    assert StripeEvent.objects.get().dead_at is not None
    fail(None)

    assert deliver(event).json() == {"outcome": "applied"}

    assert StripeEvent.objects.get().dead_at is None
    assert Issue.objects.get().status == "resolved"


def test_what_stays_parked_is_put_off_and_still_woken_at_once():
    deliver(refund_event("created", 500))
    assert run_pass() == {"parked": 1}
    assert StripeEvent.objects.get().next_attempt_at > clock.now()
    assert run_pass() == {}
    make_order("R1", [(make_product("Mug", "10.00", stock=5), 1)])
    deliver(payment_succeeded("R1", 1000))

    assert run_pass() == {"applied": 1}

    assert outcomes() == {"applied": 2}


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("arguments", [[], ["--watch", "--interval", "60"]], ids=["one pass", "watching"])
def test_a_signal_ends_the_command_after_the_event_in_hand(monkeypatch, number, arguments):
    store(3)
    sound = registry._handlers["payment_intent.succeeded"]
    before = signal.getsignal(number)

    def interrupted(event: registry.Event) -> registry.Result:
        os.kill(os.getpid(), number)
        return sound(event)

    monkeypatch.setitem(registry._handlers, "payment_intent.succeeded", interrupted)
    said = StringIO()

    call_command("revenue_process_events", *arguments, verbosity=0, stdout=said)

    assert said.getvalue() == "1 events processed: 1 applied.\n"
    assert outcomes() == {"applied": 1, "received": 2}
    assert signal.getsignal(number) is before


def test_watching_survives_a_database_that_is_away(monkeypatch, caplog):
    store(2)
    sound, stop = processing.locks.lock_due_event, threading.Event()
    answers = iter([OperationalError("away"), None, None, None])

    def sometimes(**options: Any) -> StripeEvent | None:
        error = next(answers)
        if error:
            raise error
        return sound(**options)

    monkeypatch.setattr(processing.locks, "lock_due_event", sometimes)

    done = worker.watch(
        stop=stop, interval_seconds=0.01, report=lambda _: stop.set(), after_pass=lambda: None
    )

    assert done == {"applied": 2}
    assert "The database does not answer" in caplog.text


def test_a_pass_without_a_database_says_so(monkeypatch):
    monkeypatch.setattr(processing.locks, "lock_due_event", Mock(side_effect=OperationalError("away")))

    with pytest.raises(CommandError, match="The database does not answer"):
        call_command("revenue_process_events")


@pytest.mark.parametrize(
    "arguments",
    [
        ["--interval", "0"],
        ["--interval", "-1"],
        ["--interval", "nan"],
        ["--interval", "inf"],
        ["--interval", "1e300"],
        ["--interval", "soon"],
        ["--limit", "0"],
        ["--limit", "-5"],
        ["--limit", "1.5"],
        ["--limit", "all"],
        ["--watch", "--limit", "5"],
        ["--watch", "--dry-run"],
    ],
    ids=" ".join,
)
def test_nonsense_is_refused(arguments):
    with pytest.raises(CommandError, match=r"above 0$|takes neither"):
        call_command("revenue_process_events", *arguments)


def test_an_idle_worker_holds_no_transaction():
    store(1)

    run_pass()

    assert connection.get_autocommit()
    assert not connection.in_atomic_block


@postgres_only
def test_a_worker_passes_over_what_another_has_in_hand(monkeypatch):
    store(2)
    together = threading.Barrier(2, timeout=30)  # broken unless both have an event in hand at the same time
    sound = registry._handlers["payment_intent.succeeded"]

    def meet(event: registry.Event) -> registry.Result:
        together.wait()
        return sound(event)

    monkeypatch.setitem(registry._handlers, "payment_intent.succeeded", meet)

    done = on_a_connection_of_its_own(partial(run_pass, limit=1), partial(run_pass, limit=1))

    assert done == [{"applied": 1}] * 2
    assert outcomes() == {"applied": 2}


def test_four_workers_apply_each_event_once(handled):
    ids = store(40)

    done = on_a_connection_of_its_own(*[run_pass] * 4)

    assert sum((Counter(each) for each in done), Counter()) == {"applied": 40}
    assert sorted(handled) == sorted(ids)
