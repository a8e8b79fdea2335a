"""What Stripe has and we have not is found in its list of events, named, taken in and applied; a break loses nothing."""

from __future__ import annotations

import json
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from revenue_intel.facts.models import LedgerEntry
from revenue_intel.gateway import reading
from revenue_intel.issues.models import Issue
from revenue_intel.kit import clock
from revenue_intel.testing.standin import Standin
from revenue_intel.webhooks.models import EventWatermark, StripeEvent
from tests.deliveries import SECRET, deliver
from tests.sdk import need_sdk
from tests.tables import table_hashes
from tests.webhooks.stripe_list import DAY, NOW, gap_ids, happen, run

pytestmark = pytest.mark.django_db(transaction=True)


def test_exactly_the_events_that_never_came_are_named_and_healed(stripe):
    events = happen(stripe, 12, step=DAY // 3)
    lost = {event["id"] for event in events[::4]}
    for event in events:
        if event["id"] not in lost:
            deliver(event)

    code, report = run()

    assert (code, gap_ids(report), report["missing"]) == (3, lost, 0)
    assert {gap["outcome"] for gap in report["gaps"]} == {"applied"}
    assert all(
        (gap["type"], gap["created"]) == ("payment_intent.succeeded", event["created"])
        for gap in report["gaps"]
        for event in events
        if event["id"] == gap["event_id"]
    )
    assert set(StripeEvent.objects.values_list("outcome", flat=True)) == {"applied"}
    assert LedgerEntry.objects.count() == 12
    before = table_hashes()

    code, report = run()

    assert (code, report["gaps"]) == (0, [])
    changed = {table for table, digest in table_hashes().items() if digest != before[table]}
    assert changed == {
        "revenue_intel_eventwatermark",
        "revenue_intel_balancecursor",
        "revenue_intel_balancereading",
    }


def test_an_event_that_is_delivered_afterwards_is_a_duplicate(stripe):
    (event,) = happen(stripe, 1)
    assert run()[0] == 3

    assert deliver(event).json() == {"outcome": "duplicate"}


def test_a_dry_run_names_them_and_changes_nothing(stripe):
    happen(stripe, 2)
    before = table_hashes()

    code, report = run("--dry-run")

    assert (code, report["missing"], len(report["gaps"])) == (1, 2, 2)
    assert table_hashes() == before


def test_types_that_no_handler_takes_are_no_gaps(stripe):
    (event,) = happen(stripe, 1)
    event["type"] = "customer.created"

    assert run()[0] == 0


def test_a_busy_day_is_read_page_by_page(stripe):
    happen(stripe, 250, step=1)

    code, report = run()

    assert (code, len(report["gaps"])) == (3, 250)
    pages = [query for query in stripe.asked if query.get("starting_after")]
    assert len(pages) == 2
    assert {query["limit"] for query in stripe.asked} == {"100"}


def test_the_next_run_begins_at_the_watermark(stripe):
    happen(stripe, 1)
    run()
    stripe.asked.clear()

    run()

    begin = min(int(query["created[gte]"]) for query in stripe.asked)
    assert len(stripe.asked) == 1
    assert NOW - begin < 20 * 60


def test_a_watermark_older_than_stripes_list_is_told_loudly(stripe, capsys):
    old = clock.now() - timedelta(days=40)
    EventWatermark.objects.create(account="", livemode=False, checked_until=old)

    with pytest.raises(CommandError, match="Events are missing"):
        call_command("revenue_reconcile")

    assert "can no longer be listed" in capsys.readouterr().err
    issue = Issue.objects.get()
    assert (issue.kind, issue.status) == ("event_gap", "open")
    assert EventWatermark.objects.get().checked_until > old + timedelta(days=39)
    assert run()[0] == 0


def test_since_begins_there_and_leaves_the_watermark_where_nothing_was_compared_before(stripe):
    happen(stripe, 2, age=2 * DAY, step=5 * DAY)

    code, report = run("--since", f"{clock.now() - timedelta(days=4):%Y-%m-%dT%H:%M}")

    assert (code, len(report["gaps"])) == (3, 1)
    assert not EventWatermark.objects.exists()
    assert len(run()[1]["gaps"]) == 1


def test_since_before_the_watermark_looks_again(stripe):
    run()
    happen(stripe, 1, age=10 * DAY)
    assert run()[0] == 0

    code, report = run("--since", f"{clock.now() - timedelta(days=11):%Y-%m-%d}")

    assert (code, len(report["gaps"])) == (3, 1)


def test_a_connected_account_is_asked_in_its_name_and_its_events_carry_it(stripe):
    happen(stripe, 1)

    code, report = run("--account", "acct_1")

    assert (code, report["account"]) == (3, "acct_1")
    assert {query["account"] for query in stripe.asked} == {"acct_1"}
    assert StripeEvent.objects.get().account == "acct_1"
    assert EventWatermark.objects.get().account == "acct_1"
    assert Issue.objects.get().kind == "payment_mismatch"  # as if it had been delivered


def test_ones_own_account_is_walked_beside_connected_ones_and_each_once(stripe):
    said = StringIO()
    names = ["acct_1", "own", "acct_1", "own"]

    call_command("revenue_reconcile", *(f"--account={name}" for name in names), "--json", stdout=said)

    assert [report["account"] for report in json.loads(said.getvalue())] == ["acct_1", ""]
    assert set(EventWatermark.objects.values_list("account", flat=True)) == {"acct_1", ""}


@pytest.mark.parametrize("ahead", [timedelta(minutes=2), timedelta(days=1), timedelta(days=4000)], ids=str)
def test_a_time_in_the_future_is_refused_and_moves_no_watermark(stripe, ahead):
    run()
    before = EventWatermark.objects.get().checked_until

    with pytest.raises(CommandError, match="is in the future"):
        call_command("revenue_reconcile", "--since", f"{clock.now() + ahead:%Y-%m-%dT%H:%M}")

    assert EventWatermark.objects.get().checked_until == before


def test_a_moment_ago_is_a_time_to_begin(stripe):
    assert run("--since", f"{clock.now():%Y-%m-%dT%H:%M}")[0] == 0


def test_an_event_that_cannot_be_stored_is_an_issue_until_it_is_here(stripe):
    event, good = happen(stripe, 2)
    sound = event["data"]
    event["data"] = {"object": None}

    code, report = run()

    assert (code, report["missing"], len(report["gaps"])) == (1, 1, 2)
    assert StripeEvent.objects.get().event_id == good["id"]
    issue = Issue.objects.get()
    assert (issue.kind, issue.subject, issue.status) == ("event_gap", event["id"], "open")

    event["data"] = sound
    deliver(event)
    assert run()[0] == 0
    assert Issue.objects.get().status == "resolved"


def test_test_and_live_keys_have_watermarks_of_their_own(stripe, settings):
    run()
    settings.REVENUE_INTEL_STRIPE_SECRET_KEY = "rk_live_x"
    run()

    assert sorted(EventWatermark.objects.values_list("livemode", flat=True)) == [False, True]


def test_stripe_is_never_asked_within_a_transaction(stripe, monkeypatch):
    happen(stripe, 2)
    sound = reading.list_events

    def watched(**options: Any) -> Any:
        assert not connection.in_atomic_block
        return sound(**options)

    monkeypatch.setattr(reading, "list_events", watched)

    assert run()[0] == 3


def test_what_the_standin_could_not_deliver_is_found_there(settings, monkeypatch):
    sdk = need_sdk()
    for name in ("STRIPE_SECRET_KEY", "STRIPE_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    with Standin(secret=SECRET) as standin:
        settings.REVENUE_INTEL_STRIPE_API_BASE = standin.url
        settings.REVENUE_INTEL_STRIPE_SECRET_KEY = standin.api_key
        api = sdk.StripeClient(standin.api_key, base_addresses={"api": standin.url})
        payments = getattr(api, "v1", api).payment_intents
        payments.create(
            {"amount": 1000, "currency": "gbp", "payment_method": "pm_card_visa", "confirm": True}
        )

        code, report = run()

    assert (code, "payment_intent.succeeded" in {gap["type"] for gap in report["gaps"]}) == (3, True)
    assert LedgerEntry.objects.get(kind="sale").amount_minor == 1000


@pytest.mark.parametrize(
    "arguments",
    [
        ["--account", "cus_1"],
        ["--account", ""],
        ["--account", "acct_1\n"],
        ["--account", "acct_1", "--account", "acct_é"],
        ["--account", "own", "--account", ""],
        ["--account", "OWN"],
        ["--account", "acct_"],
        ["--account", "acct_1\x00"],
        ["--account", "acct_1,acct_2"],
        ["--account", "acct_" + "1" * 251],
        ["--since", "yesterday"],
        ["--since", "2026-02-30"],
        ["--since", ""],
        ["--since", "\x00"],
        ["--since", "1772366700"],
        ["--since", "9999-12-31T23:59"],
        ["--since", "2026-03-01", "--account", ""],
    ],
    ids=repr,
)
def test_nonsense_is_refused(stripe, arguments):
    with pytest.raises(CommandError):
        call_command("revenue_reconcile", *arguments)

    assert stripe.asked == []
