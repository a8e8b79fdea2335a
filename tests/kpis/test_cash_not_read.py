"""Fees and net cash of what was not read from Stripe's balance are not known: never 0.00, and every face says so."""

from __future__ import annotations

import io
from datetime import UTC, date, datetime
from importlib import import_module

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import connection

from revenue_intel.facts import services as facts
from revenue_intel.facts.models import BalanceCursor, BalanceTransactionFact
from revenue_intel.kit import clock
from revenue_intel.kpis.explanations import explain
from revenue_intel.kpis.service import compute
from tests.factories_users import client_of

pytestmark = pytest.mark.django_db


def booking(day, net_minor, fee_minor):
    at = datetime(2026, 3, day, tzinfo=UTC)
    facts.record_balance_transaction(
        BalanceTransactionFact(
            transaction_id=f"txn_{day}",
            type="charge",
            reporting_category="charge",
            amount_minor=net_minor + fee_minor,
            fee_minor=fee_minor,
            net_minor=net_minor,
            currency="gbp",
            livemode=False,
            created_at=at,
            available_on=at,
        )
    )


def read(since, until, **scope):
    """Read the balance between two days of March; None: from the first booking on."""
    facts.advance_cursor(
        **{"livemode": False, "account": "", **scope},
        since=since and datetime(2026, 3, since, tzinfo=UTC),
        until=datetime(2026, 3, until, tzinfo=UTC),
    )


def cash(**asked):
    values = compute(**{"days": 7, "as_of": date(2026, 3, 20), "livemode": False, **asked}).values
    return values["net_cash"].value, values["fees"].value


def test_what_was_never_read_is_not_known_though_some_of_it_came_with_events():
    booking(18, 98_00, 2_00)

    report = compute(days=7, as_of=date(2026, 3, 20))

    for slug in ("fees", "net_cash"):
        assert report.value(slug) is None
        assert (
            report.values[slug].reason
            == "Stripe's balance has not been read for this window (revenue_reconcile)."
        )
        assert (explain(slug, days=7, as_of=date(2026, 3, 20)).value) is None


def test_what_was_read_and_holds_nothing_is_zero():
    read(None, 19)

    assert cash() == (0, 0)


@pytest.mark.parametrize(
    ("since", "until", "known"),
    [
        (None, 15, True),  # the window is the 14th to the 20th
        (14, 21, True),
        (15, 21, False),
        (None, 14, False),
        (10, 14, False),
    ],
)
def test_a_window_is_known_where_it_was_read_from_its_first_instant_on(since, until, known):
    booking(18, 98_00, 2_00)
    read(since, until)

    assert cash() == ((98_00, 2_00) if known else (None, None))


def test_each_window_is_known_for_itself():
    booking(18, 98_00, 2_00)
    read(14, 21)

    measured = compute(days=7, as_of=date(2026, 3, 20)).values["net_cash"]

    assert (measured.value, measured.previous) == (98_00, None)


@pytest.mark.parametrize("other", [{"livemode": True}, {"account": "acct_1"}])
def test_the_balance_of_one_mode_or_account_says_nothing_of_another(other):
    read(None, 21, **other)

    assert cash() == (None, None)
    assert cash(**other) == (0, 0)


def test_it_is_not_known_as_of_an_instant_before_it_was_read(monkeypatch):
    told = [datetime(2026, 3, 21, hour, tzinfo=UTC) for hour in range(4)]
    monkeypatch.setattr(clock, "now", lambda: told[0])
    booking(18, 98_00, 2_00)
    monkeypatch.setattr(clock, "now", lambda: told[1])
    read(16, 21)
    monkeypatch.setattr(clock, "now", lambda: told[2])
    read(None, 21)
    monkeypatch.setattr(clock, "now", lambda: told[3])

    assert [cash(known_at=at)[0] for at in told] == [None, None, 98_00, 98_00]


def test_what_had_been_read_before_readings_were_kept_is_kept_as_read():
    BalanceCursor.objects.create(livemode=False, complete_until=datetime(2026, 3, 19, tzinfo=UTC))
    migration = import_module("revenue_intel.migrations.0016_first_balance_readings")
    assert cash() == (None, None)

    migration.read_so_far(apps, connection.schema_editor())

    assert cash() == (0, 0)


def test_the_command_and_the_api_say_why_there_is_no_number():
    out = io.StringIO()
    call_command("revenue_kpis", "--days", "7", "30", "--as-of", "2026-03-20", stdout=out)

    lines = out.getvalue().splitlines()
    assert (
        "Fees, as settled: Stripe's balance has not been read for this window (revenue_reconcile). (7 days, 30 days)"
        in lines
    )
    (row,) = [line for line in lines if line.startswith("Net cash, as settled  ")]
    assert row.split()[-2:] == ["–", "–"]

    kpis = client_of("analyst").get("/api/v1/kpis/", {"as_of": "2026-03-20"}).json()["data"]["kpis"]
    assert (kpis["fees"]["value"], kpis["fees"]["major"], kpis["fees"]["previous"]) == (None, None, None)
    assert kpis["fees"]["reason"] == "Stripe's balance has not been read for this window (revenue_reconcile)."
    assert kpis["aov"]["reason"] == "There is nothing to divide by."
    assert kpis["revenue"]["reason"] is None
    parts = client_of("analyst").get("/api/v1/kpis/fees/parts/", {"as_of": "2026-03-20"}).json()["data"]
    assert (parts["value"], parts["reason"], parts["parts"]) == (None, kpis["fees"]["reason"], [])


def test_the_dashboard_shows_a_dash_and_why():
    page = client_of("analyst").get("/analytics/dashboard/", {"as_of": "2026-03-20"})

    (card,) = [card for card in page.context["cards"] if card.name == "Fees, as settled"]
    assert (card.value, card.reason) == (
        "–",
        "Stripe's balance has not been read for this window (revenue_reconcile).",
    )
    assert "has not been read for this window (revenue_reconcile)" in page.content.decode()
