"""Disputes, fees and cash tie with Stripe's balance to the minor unit, whatever was sold, refunded or disputed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db.models import Sum

from revenue_intel.facts.models import BalanceTransactionFact, LedgerEntry
from revenue_intel.facts.tieout import compute_tie_out
from revenue_intel.handlers.balance_transactions import take_in_balance_transactions
from revenue_intel.kpis.service import compute
from revenue_intel.testing.standin import Standin
from tests.deliveries import SECRET, deliver
from tests.factories_facts import enter, paid
from tests.sdk import need_sdk

pytestmark = pytest.mark.django_db

NOON = int(datetime(2026, 3, 10, 12, tzinfo=UTC).timestamp())
DAY = 86_400
AS_OF = date(2026, 3, 30)


@pytest.fixture
def standin(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Standin]:
    """A local Stripe on a clock of its own, which settles in pounds."""
    need_sdk()
    for name in ("STRIPE_SECRET_KEY", "STRIPE_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    with Standin(secret=SECRET, clock=lambda: NOON) as running:
        settings.REVENUE_INTEL_STRIPE_API_BASE = running.url
        settings.REVENUE_INTEL_STRIPE_SECRET_KEY = running.api_key
        yield running


@pytest.fixture
def history(standin: Standin) -> Standin:
    """Sales in two currencies with fees, a refund, one that failed, a dispute that was lost and one that was won."""
    api = standin.api
    sold = [
        api.create_payment_intent(
            amount=amount, currency=currency, payment_method="pm_card_visa", confirm=True
        )
        for amount, currency in [
            (199_99, "gbp"),
            (50_00, "gbp"),
            (7_77, "gbp"),
            (33_33, "eur"),
            (10_00, "eur"),
        ]
    ]
    standin.advance(DAY)
    api.refund(payment_intent=sold[0]["id"], amount=5_01)
    api.refund(payment_intent=sold[3]["id"], amount=1_11)
    failed = api.refund(payment_intent=sold[2]["id"])
    standin.advance(DAY)
    api.fail_refund(failed["id"])
    lost, won, foreign = (api.open_dispute(charge=sold[n]["latest_charge"]) for n in (1, 0, 4))
    standin.advance(DAY)
    api.lose_dispute(lost["id"])
    api.win_dispute(won["id"])
    api.lose_dispute(foreign["id"])
    for event in standin.records()["events"]:
        assert deliver(event).status_code == 200
    take_in_balance_transactions()
    return standin


def booked(standin: Standin) -> list[dict[str, Any]]:
    return list(standin.api.list_balance_transactions(limit=100)["data"])


def test_net_cash_and_fees_are_what_stripe_booked(history):
    rows = booked(history)

    report = compute(days=30, as_of=AS_OF, currency="gbp")

    assert len(rows) > 10
    assert {row["currency"] for row in rows} == {"gbp"}
    assert report.value("net_cash") == sum(row["net"] for row in rows)
    assert report.value("fees") == sum(row["fee"] for row in rows)
    assert report.value("disputes_net") == -sum(
        row["amount"] for row in rows if row["reporting_category"].startswith("dispute")
    )


def test_the_cash_is_in_the_currency_of_settlement_and_no_other(history):
    euros = compute(days=30, as_of=AS_OF, currency="eur")

    assert (euros.value("fees"), euros.value("net_cash"), euros.value("disputes_net")) == (0, 0, 0)
    assert euros.value("refunded_amount") == 1_11
    assert euros.value("disputes_opened") == 1
    assert euros.value("dispute_rate_pct") == Decimal("50.00")


def test_nothing_is_left_over_and_one_unit_is_found_and_named(history):
    since, until = (datetime.fromtimestamp(NOON + n * DAY, tz=UTC) for n in (-1, 9))

    lines = compute_tie_out(since=since, until=until)

    assert {line.category for line in lines} == {"charges", "refunds", "disputes", "fees"}
    assert [line.differences for line in lines] == [[], [], [], []]
    assert sum(line.stripe_minor for line in lines) == compute(days=30, as_of=AS_OF).value("net_cash")

    entry = LedgerEntry.objects.filter(kind="fee", reverses=None).order_by("pk")[0]
    LedgerEntry.objects.bulk_create(
        LedgerEntry(
            **{
                name: getattr(entry, name)
                for name in (
                    "kind",
                    "object_id",
                    "currency",
                    "livemode",
                    "account",
                    "occurred_at",
                    "recorded_at",
                )
            },
            key=f"fee:{entry.object_id}:{version}",
            amount_minor=amount,
            reverses=reverses,
        )
        for version, amount, reverses in ((8, -entry.amount_minor, entry), (9, entry.amount_minor - 1, None))
    )

    (off,) = [line for line in compute_tie_out(since=since, until=until) if line.differences]
    assert (off.category, off.remainder_minor) == ("fees", 1)
    assert [difference.subject for difference in off.differences] == [entry.object_id]


def test_reading_the_balance_again_changes_no_number(history):
    before = compute(days=30, as_of=AS_OF)

    take_in_balance_transactions(since=datetime.fromtimestamp(NOON, tz=UTC) - timedelta(days=1))

    assert compute(days=30, as_of=AS_OF) == before


def test_money_that_only_moved_to_the_bank_is_no_change_and_its_fee_is(history):
    before = compute(days=30, as_of=AS_OF).value("net_cash")
    history.advance(9 * DAY)
    payout = history.api.pay_out()
    take_in_balance_transactions(since=datetime.fromtimestamp(NOON, tz=UTC))

    assert BalanceTransactionFact.objects.aggregate(all=Sum("net_minor"))["all"] == before - payout["amount"]
    assert compute(days=30, as_of=AS_OF).value("net_cash") == before


def test_disputes_and_credit_notes_lower_net_sales_and_refunds_stay_what_they_are():
    order = paid(100_00, on="2026-03-10", tax_minor=10_00)
    enter(order, "dispute", "txn_1", -30_00, datetime(2026, 3, 11, tzinfo=UTC))
    enter(order, "dispute_reversal", "txn_2", 10_00, datetime(2026, 3, 12, tzinfo=UTC))
    enter(order, "credit_note", "cn_1", -5_00, datetime(2026, 3, 13, tzinfo=UTC))
    enter(order, "credit_note_reversal", "cn_2", 1_00, datetime(2026, 3, 14, tzinfo=UTC))
    enter(order, "fee", "txn_1", -2_00, datetime(2026, 3, 11, tzinfo=UTC))

    report = compute(days=30, as_of=AS_OF)

    assert report.value("disputes_net") == 20_00
    assert report.value("credit_notes") == 4_00
    assert report.value("net_sales") == 90_00 - 24_00
    assert report.value("total_collected") == 100_00 - 24_00
    assert (report.value("refunded_amount"), report.value("refunded_orders")) == (0, 0)
