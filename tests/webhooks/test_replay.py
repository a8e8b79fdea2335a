"""A replay runs what was stored through the handlers again: what was applied changes nothing, not even a time."""

from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from revenue_intel.exceptions import UnsupportedShapeError
from revenue_intel.issues.models import Issue
from revenue_intel.webhooks import registry
from revenue_intel.webhooks.models import EventFailure, StripeEvent
from tests.deliveries import (
    PAID_AT,
    charge_refunded,
    deliver,
    payment_failed,
    payment_succeeded,
    refund_event,
)
from tests.factories import make_order, make_product
from tests.tables import table_hashes

pytestmark = pytest.mark.django_db

DAY = 24 * 3600


def replay(*arguments: str) -> list[str]:
    said = StringIO()
    call_command("revenue_replay_events", *arguments, verbosity=0, stdout=said)
    return said.getvalue().splitlines()


@pytest.fixture
def history() -> None:
    """Four orders, out of order: paid and refunded, short of stock, paid with another amount, and unknown."""
    mug = make_product("Mug", "10.00", stock=3)
    for reference, count in (("R1", 2), ("R2", 9), ("R3", 1)):
        make_order(reference, [(mug, count)], email=f"{reference}@example.com")
    deliver(charge_refunded(500, amount=2000, at=PAID_AT + DAY))
    deliver(refund_event("created", 500, created=PAID_AT + DAY))
    deliver(payment_failed("R1", 2000))
    deliver(payment_succeeded("R1", 2000, event_id="evt_paid"))
    deliver(payment_succeeded("R1", 2000, at=PAID_AT - 5))  # an earlier witness of the same payment
    deliver(refund_event("failed", 500, status="failed", created=PAID_AT + DAY, at=PAID_AT + 2 * DAY))
    deliver(payment_succeeded("R2", 9000, intent="pi_2"))
    deliver(payment_succeeded("R3", 1, intent="pi_3"))
    deliver(payment_succeeded("R9", 700, intent="pi_9"))
    deliver(payment_succeeded("R1", 2000, event_id="evt_unhandled") | {"type": "customer.created"})


def test_replaying_everything_changes_no_row_of_any_table(history):
    before = table_hashes()

    said = replay("--all")

    assert said == [
        "applied          8",
        "ignored          1",
        "parked           1",
        "10 events replayed.",
    ]
    assert table_hashes() == before


def test_the_hashes_would_show_a_change(history):
    before = table_hashes()

    StripeEvent.objects.filter(event_id="evt_paid").update(reason="changed")

    assert table_hashes() != before


def test_a_failed_event_is_replayed_at_once_and_its_issue_resolved(fail):
    make_order("R1", [(make_product("Mug", "10.00"), 1)])
    fail(ValueError())
    deliver(payment_succeeded("R1", 1000))
    fail(None)

    assert replay("--outcome", "failed") == ["applied          1", "1 events replayed."]

    assert StripeEvent.objects.get().next_attempt_at is None
    assert Issue.objects.get().status == "resolved"


def test_a_replay_that_fails_is_told_and_leaves_an_applied_event_applied(fail):
    make_order("R1", [(make_product("Mug", "10.00"), 1)])
    deliver(payment_succeeded("R1", 1000))
    before = table_hashes()
    fail(UnsupportedShapeError())

    with pytest.raises(CommandError, match="1 events failed"):
        replay("--all")

    assert table_hashes() == before


def test_an_ignored_event_gets_its_handler_once_there_is_one(monkeypatch):
    deliver(payment_succeeded("R1", 1000) | {"type": "customer.created"})
    assert StripeEvent.objects.get().outcome == "ignored"
    monkeypatch.setitem(registry._handlers, "customer.created", lambda event: registry.applied())

    assert replay("--all") == ["applied          1", "1 events replayed."]

    assert (StripeEvent.objects.get().outcome, StripeEvent.objects.get().reason) == ("applied", "")


def test_an_ignored_event_whose_new_handler_fails_is_failed(monkeypatch):
    deliver(payment_succeeded("R1", 1000) | {"type": "customer.created"})

    def broken(event: registry.Event) -> registry.Result:
        raise ValueError

    monkeypatch.setitem(registry._handlers, "customer.created", broken)

    with pytest.raises(CommandError):
        replay("--all")

    assert StripeEvent.objects.get().outcome == "failed"
    assert EventFailure.objects.count() == 1


def test_a_replay_wakes_what_waited(history):
    make_order("R9", [(make_product("Pen", "7.00"), 1)])

    assert replay("--outcome", "parked") == ["applied          1", "1 events replayed."]


SELECTIONS = [
    (["evt_2", "evt_3"], {"evt_2", "evt_3"}),
    (["--type", "refund.*"], {"evt_2", "evt_3"}),
    (["--type", "refund.created"], {"evt_2"}),
    (["--type", "payment_intent.*", "--type", "refund.failed"], {"evt_1", "evt_3", "evt_4"}),
    (["--type", "REFUND.*"], set()),
    (["--type", "%"], set()),
    (["--outcome", "failed"], {"evt_3", "evt_4"}),
    (["--outcome", "failed", "--type", "refund.*"], {"evt_3"}),
    (["--dead"], {"evt_4"}),
    (["--since", "2026-03-02"], {"evt_2", "evt_3", "evt_4"}),
    (["--since", "2026-03-02", "--until", "2026-03-03"], {"evt_2"}),
    (["--since", "2026-03-02T12:05:00"], {"evt_2", "evt_3", "evt_4"}),
    (["--since", "2026-03-02T12:05:01"], {"evt_3", "evt_4"}),
    (["--until", "2026-03-02T13:05:00+01:00"], {"evt_1"}),
    (["--all"], {"evt_1", "evt_2", "evt_3", "evt_4"}),
]


@pytest.mark.parametrize(("arguments", "wanted"), SELECTIONS, ids=lambda value: " ".join(sorted(value)))
def test_a_dry_run_lists_what_was_selected_and_changes_nothing(arguments, wanted):
    types = ["payment_intent.succeeded", "refund.created", "refund.failed", "payment_intent.succeeded"]
    for number, kind in enumerate(types, start=1):
        at = PAID_AT + (number - 1) * DAY
        deliver(payment_succeeded("R1", 1000, at=at, event_id=f"evt_{number}") | {"type": kind})
    StripeEvent.objects.update(outcome="applied")
    StripeEvent.objects.filter(event_id__in=["evt_3", "evt_4"]).update(outcome="failed")
    StripeEvent.objects.filter(event_id="evt_4").update(dead_at="2026-03-10T00:00:00Z")
    before = table_hashes()

    said = replay(*arguments, "--dry-run")

    listed = {word for line in said for word in line.split() if word.startswith("evt_")}
    assert listed == wanted
    assert said[-1] == f"{len(wanted)} events would be replayed. Nothing was changed (dry run)."
    assert table_hashes() == before


def test_an_event_whose_body_is_gone_is_left_out_and_counted(history):
    StripeEvent.objects.filter(event_id="evt_paid").update(body="")
    said, warned = StringIO(), StringIO()

    call_command("revenue_replay_events", "evt_paid", stdout=said, stderr=warned)

    assert said.getvalue() == "0 events replayed.\n"
    assert "1 events are left out" in warned.getvalue()


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["--dry-run"],
        ["--all", "--dead"],
        ["--since", "yesterday"],
        ["--since", "2026-02-30"],
        ["--since", "2026-13-01T00:00"],
        ["--until", "9" * 5000],
        ["--since", "2026-03-01T25:00"],
        ["--outcome", "lost"],
        ["evt_2", "evt_none"],
    ],
    ids=lambda arguments: " ".join(arguments)[:40] or "nothing",
)
def test_nonsense_and_everything_by_mistake_are_refused(arguments):
    with pytest.raises(CommandError):
        replay(*arguments)
