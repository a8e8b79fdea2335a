"""Bodies are dropped when they are old; an event stays a duplicate, and says that it cannot be applied again."""

from __future__ import annotations

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from revenue_intel.audit.models import AuditEvent
from revenue_intel.exceptions import EventPrunedError
from revenue_intel.kit import clock
from revenue_intel.webhooks import processing, retention
from revenue_intel.webhooks.models import EventFailure, StripeEvent
from tests.deliveries import deliver, payment_succeeded, refund_event
from tests.factories import make_order, make_product
from tests.history import outcome

pytestmark = pytest.mark.django_db


@pytest.fixture
def event():
    make_order("R1", [(make_product("Mug", "9.50", stock=5), 2)])
    return payment_succeeded("R1", 1900)


def prune(*arguments: str) -> str:
    said = StringIO()
    call_command("revenue_prune_events", *arguments, stdout=said, stderr=StringIO())
    return said.getvalue()


def age(days: float) -> None:
    StripeEvent.objects.update(received_at=clock.now() - timedelta(days=days))


def test_old_bodies_are_dropped_and_everything_else_of_the_event_stays(event):
    deliver(event)
    deliver(event | {"id": "evt_2", "type": "customer.created"})
    age(91)
    kept = [field.name for field in StripeEvent._meta.fields if field.name != "body"]
    before, money = list(StripeEvent.objects.order_by("pk").values(*kept)), outcome()

    assert prune("--older-than", "90d") == "Bodies dropped: 2.\n"

    assert list(StripeEvent.objects.order_by("pk").values(*kept)) == before
    assert set(StripeEvent.objects.values_list("body", flat=True)) == {""}
    assert all(len(row["body_sha256"]) == 64 for row in before)
    assert outcome() == money
    assert AuditEvent.objects.latest("pk").action == "events.pruned"


def test_a_young_event_keeps_its_body(event):
    deliver(event)
    age(89.9)

    assert prune("--older-than", "90d") == "Bodies dropped: 0.\n"
    assert StripeEvent.objects.get().body
    assert not AuditEvent.objects.filter(action="events.pruned").exists()


@pytest.mark.parametrize("standing", ["received", "parked", "failed"])
def test_an_event_that_is_not_settled_keeps_its_body_however_old(standing):
    deliver(refund_event("created", 500))
    age(10_000)
    StripeEvent.objects.update(outcome=standing)

    assert prune("--older-than", "1d") == "Bodies dropped: 0.\n"
    assert retention.drop_bodies([StripeEvent.objects.get().pk]) == 0
    assert StripeEvent.objects.get().body


def test_a_dry_run_counts_and_changes_nothing(event):
    deliver(event)
    age(91)

    said = prune("--older-than", "90d", "--dry-run")

    assert said == "Bodies that would be dropped: 1. Nothing was changed (dry run).\n"
    assert StripeEvent.objects.get().body


def test_many_are_dropped_a_batch_at_a_time(event, monkeypatch):
    monkeypatch.setattr(retention, "BATCH", 2)
    for number in range(5):
        deliver(event | {"id": f"evt_{number}", "type": "customer.created"})
    age(91)
    reached: list[int] = []

    dropped = retention.prune(before=clock.now() - timedelta(days=90), progress=reached.append)

    assert (dropped, reached) == (5, [2, 4, 5])


def test_a_pruned_event_is_still_a_duplicate_and_its_body_does_not_come_back(event):
    deliver(event)
    age(91)
    prune("--older-than", "90d")

    assert deliver(event).json() == {"outcome": "duplicate"}
    assert StripeEvent.objects.get().body == ""


def test_who_replays_a_pruned_event_is_told_so_and_nothing_is_lost(event):
    deliver(event)
    age(91)
    prune("--older-than", "90d")
    money = outcome()["ledger"]
    row = StripeEvent.objects.get()
    with pytest.raises(EventPrunedError, match=f"The body of event {row.event_id} has been dropped"):
        retention.content_of(row)

    StripeEvent.objects.update(outcome="received")
    assert processing.process(row.pk).outcome == "failed"

    failure = EventFailure.objects.get()
    assert (failure.error_class, failure.transient) == ("EventPrunedError", False)
    assert "has been dropped" in failure.error_message
    assert outcome()["ledger"] == money


@pytest.mark.parametrize("written", ["90", "d", "0d", "-1d", "1.5d", "90 d", "٩d", "999999d", "", "90h"])
def test_an_age_that_is_none_is_refused(written):
    with pytest.raises(CommandError, match="not a number of days"):
        prune(f"--older-than={written}")


def test_an_age_is_asked_for():
    with pytest.raises(CommandError, match="--older-than"):
        prune()
