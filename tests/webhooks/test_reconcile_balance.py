"""Reconciling reads Stripe's balance too, and then the ledger ties out with it to the unit, or is told where not."""

from __future__ import annotations

import json
from collections.abc import Iterator
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from revenue_intel.exceptions import PaymentRefusedError
from revenue_intel.facts.models import BalanceCursor, BalanceTransactionFact, LedgerEntry, PayoutFact
from revenue_intel.gateway import reading
from revenue_intel.kit import clock
from revenue_intel.testing.standin import Standin
from tests.deliveries import SECRET
from tests.factories import make_order, make_product
from tests.host.models import Product
from tests.sdk import need_sdk
from tests.tables import table_hashes
from tests.webhooks.stripe_list import DAY, run

pytestmark = pytest.mark.django_db(transaction=True)

CARD = {"confirm": True, "payment_method": "pm_card_visa"}


@pytest.fixture
def standin(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Standin]:
    """A local Stripe whose clock is six days behind, and that posts nothing."""
    need_sdk()
    for name in ("STRIPE_SECRET_KEY", "STRIPE_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    began = int(clock.now().timestamp()) - 6 * DAY
    with Standin(secret=SECRET, clock=lambda: began) as running:
        settings.REVENUE_INTEL_STRIPE_API_BASE = running.url
        settings.REVENUE_INTEL_STRIPE_SECRET_KEY = running.api_key
        yield running


@pytest.fixture
def history(standin: Standin) -> Standin:
    """Sales in pounds and euros with their fees, refunds, one that failed, disputes lost and won, and a payout."""
    api = standin.api
    mug = make_product("Mug", "10.00", stock=50)
    paid = []
    for number, currency in enumerate(["gbp", "gbp", "gbp", "gbp", "eur", "eur"]):
        make_order(f"R{number}", [(mug, number + 1)], email=f"buyer{number}@example.com")
        reference = {"order_reference": f"R{number}"}
        amount = 1000 * (number + 1)
        paid.append(api.create_payment_intent(amount=amount, currency=currency, metadata=reference, **CARD))
    api.refund(payment_intent=paid[1]["id"], amount=333)
    failing = api.refund(payment_intent=paid[1]["id"], amount=500)
    api.refund(payment_intent=paid[4]["id"], amount=777)
    api.lose_dispute(api.open_dispute(paid[2]["latest_charge"])["id"])
    api.win_dispute(api.open_dispute(paid[3]["latest_charge"])["id"])
    standin.advance(3 * DAY)
    api.fail_refund(failing["id"])
    api.pay_out()
    standin.advance(2 * DAY)
    return standin


def tie_out() -> tuple[int, list[dict[str, Any]]]:
    said = StringIO()
    code = 0
    try:
        call_command("revenue_tie_out", "--format", "json", stdout=said)
    except CommandError as error:
        code = error.returncode
    return code, json.loads(said.getvalue())


def differing(lines: list[dict[str, Any]]) -> list[tuple[str, str, int]]:
    return [
        (line["category"], each["subject"], each["remainder_minor"])
        for line in lines
        for each in line["differences"]
    ]


def test_after_one_run_the_ledger_ties_out_with_stripe_to_the_unit(history):
    code, report = run()

    booked = history.api.list_balance_transactions(limit=100)["data"]
    assert (code, report["error"], report["missing"]) == (3, "", 0)
    came_with_events = 3  # in the bodies of disputes
    assert (
        BalanceTransactionFact.objects.count() == len(booked) == report["balance"]["new"] + came_with_events
    )
    code, lines = tie_out()
    assert (code, differing(lines)) == (0, [])
    assert {line["category"] for line in lines} == {"charges", "refunds", "disputes", "fees"}
    assert {line["remainder_minor"] for line in lines} == {0}
    assert [line["converted"] for line in lines if line["category"] == "charges"] == [2]
    fees = sum(row["fee"] for row in booked)
    assert -sum(entry.amount_minor for entry in LedgerEntry.objects.filter(kind="fee")) == fees > 0
    payout = PayoutFact.objects.get()
    assert payout.linked_at is not None
    assert BalanceTransactionFact.objects.filter(payout=payout.pk).count() > 5


def test_the_next_run_reads_what_is_news(history):
    run()
    history.advance(DAY - 60)
    make_order("R9", [(Product.objects.get(), 1)])
    history.api.create_payment_intent(amount=1000, currency="gbp", metadata={"order_reference": "R9"}, **CARD)

    code, report = run()

    assert (code, report["balance"]) == (3, {"read": 1, "new": 1})
    assert tie_out()[0] == 0
    assert run()[1]["balance"] == {"read": 1, "new": 0}


@pytest.mark.parametrize(("category", "error"), [("charge", 1), ("charge", -1), ("refund", 1)])
def test_one_unit_too_much_or_too_little_is_found_and_named(history, category, error):
    records = history.records()
    rows = [row for row in records["balance_transactions"] if row["reporting_category"] == category]
    row = next(row for row in rows if row["exchange_rate"] is None)
    row["amount"] += error
    row["net"] += error
    history.load(records)

    assert run()[0] == 3

    code, lines = tie_out()
    assert code == 1
    ((_, subject, remainder),) = differing(lines)
    assert (subject, remainder) == (row["source"], error)


def test_the_text_says_what_was_read_and_how_far_it_is(history, capsys):
    with pytest.raises(CommandError, match="events were missing and are here now"):
        call_command("revenue_reconcile")

    said = capsys.readouterr()
    assert "bookings were read, 11 of them are new." in said.out
    assert "own account: 14 bookings read …" in said.err


def test_a_dry_run_reads_no_balance(history):
    before = table_hashes()

    code, report = run("--dry-run")

    assert (code, report["balance"]) == (1, None)
    assert table_hashes() == before


def test_each_account_is_read_in_its_name(standin):
    with standin.within("acct_1"):
        standin.api.create_payment_intent(amount=700, currency="gbp", **CARD)

    _, report = run("--account", "acct_1")

    assert report["balance"] == {"read": 1, "new": 1}
    assert BalanceTransactionFact.objects.get().account == BalanceCursor.objects.get().account == "acct_1"


def test_a_booking_that_cannot_be_read_is_told_and_keeps_what_came_before(history):
    records = history.records()
    records["balance_transactions"][-1]["net"] = 10**30
    history.load(records)

    code, report = run()

    assert (code, report["balance"], report["missing"]) == (1, None, 0)
    assert "net" in report["error"]
    assert not BalanceCursor.objects.exists()
    assert LedgerEntry.objects.filter(kind="sale").count() == 6


def test_a_balance_that_stripe_does_not_show_is_exit_code_1(history, monkeypatch):
    def refuse(**_: Any) -> Any:
        raise PaymentRefusedError("The key may not read balance transactions.")

    monkeypatch.setattr(reading, "list_balance_transactions", refuse)

    code, report = run()

    assert (code, report["balance"], report["missing"]) == (1, None, 0)
    assert report["error"] == "The key may not read balance transactions."


def test_the_balance_is_never_read_within_a_transaction(history, monkeypatch):
    sound = reading.list_balance_transactions

    def watched(**options: Any) -> Any:
        assert not connection.in_atomic_block
        return sound(**options)

    monkeypatch.setattr(reading, "list_balance_transactions", watched)

    assert run()[1]["balance"] is not None
