"""The ledger ties out with Stripe's balance to the unit; what does not is found and named."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from revenue_intel.facts import services as facts
from revenue_intel.facts.models import BalanceTransactionFact, LedgerEntry
from revenue_intel.facts.tieout import TieOut, compute_tie_out
from revenue_intel.handlers.balance_transactions import read_listed
from revenue_intel.kit import clock
from revenue_intel.quality.checks.tieout import TIE_OUT
from revenue_intel.testing import events
from tests.deliveries import PAID_AT, deliver, payment_succeeded, refund_event
from tests.factories import make_order, make_product
from tests.handlers.samples import dispute, reinstatement, withdrawal

pytestmark = pytest.mark.django_db

DAY = 86400
SINCE = datetime.fromtimestamp(PAID_AT - DAY, tz=UTC)
UNTIL = datetime.fromtimestamp(PAID_AT + 60 * DAY, tz=UTC)


def book(id: str, amount: int, *, account: str = "", **fields: Any) -> BalanceTransactionFact:  # noqa: A002
    row = events.balance_transaction(id=id, amount=amount, **{"created": PAID_AT + 5, **fields})
    return facts.record_balance_transaction(read_listed(row, livemode=False, account=account))


def read_all(since: datetime | None = None) -> None:
    """Say that all of Stripe's bookings have been read."""
    facts.advance_cursor(livemode=False, account="", since=since, until=UNTIL)


@pytest.fixture
def history():
    """A sale, a refund, one that failed, a lost and reinstated dispute, fees and an adjustment: all booked."""
    make_order("R1", [(make_product("Mug", "9.50", stock=5), 2)])
    deliver(payment_succeeded("R1", 1900))
    deliver(refund_event("created", 500))
    deliver(refund_event("created", 300, refund="re_2"))
    deliver(refund_event("failed", 300, refund="re_2", status="failed", at=PAID_AT + 9 * DAY))
    deliver(dispute("funds_reinstated", balance_transactions=[withdrawal(), reinstatement()]))
    book("txn_1", 1900, fee=48, source="ch_1")
    book("txn_2", -500, reporting_category="refund", source="re_1")
    book("txn_3", -300, reporting_category="refund", source="re_2")
    book("txn_4", 300, reporting_category="refund_failure", source="re_2", created=PAID_AT + 9 * DAY)
    book("txn_5", -200, reporting_category="fee")
    book("txn_6", -7, reporting_category="other_adjustment")
    book("txn_7", -1000, fee=25, reporting_category="payout", source="po_1")
    read_all()


def tie_out(**scope: Any) -> dict[str, TieOut]:
    return {line.category: line for line in compute_tie_out(since=SINCE, until=UNTIL, **scope)}


def differences() -> list[tuple[str, str, int]]:
    return [
        (category, each.subject, each.remainder_minor)
        for category, line in tie_out().items()
        for each in line.differences
    ]


@pytest.mark.usefixtures("history")
def test_a_clean_history_leaves_nothing_in_any_category():
    found = {category: (line.stripe_minor, line.remainder_minor) for category, line in tie_out().items()}

    assert found == {
        "charges": (1900, 0),
        "refunds": (-500, 0),
        "disputes": (0, 0),
        "fees": (-48 - 1500 - 200 - 25, 0),
        "other": (-7, 0),
    }
    assert differences() == []
    assert list(TIE_OUT.run()) == []


def entry(kind: str, object_id: str, amount: int, **fields: Any) -> None:
    """Write an entry that nobody should have written."""
    LedgerEntry.objects.create(
        **{
            "key": f"{kind}:{object_id}:9",
            "kind": kind,
            "object_id": object_id,
            "amount_minor": amount,
            "currency": "gbp",
            "livemode": False,
            "occurred_at": datetime.fromtimestamp(PAID_AT, tz=UTC),
            "recorded_at": clock.now(),
            **fields,
        }
    )


@pytest.mark.usefixtures("history")
@pytest.mark.parametrize(
    ("kind", "object_id", "amount", "category", "subject"),
    [
        ("sale", "pi_1", 1900, "charges", "ch_1"),
        ("refund", "re_1", -500, "refunds", "re_1"),
        ("refund_reversal", "re_2", 300, "refunds", "re_2"),
        ("dispute", "txn_w", -1900, "disputes", "txn_w"),
        ("dispute_reversal", "txn_r", 1900, "disputes", "txn_r"),
        ("fee", "txn_1", -48, "fees", "txn_1"),
        ("adjustment", "txn_6", -7, "other", "txn_6"),
    ],
)
def test_an_error_of_one_unit_is_found_and_named(kind, object_id, amount, category, subject):
    standing = LedgerEntry.objects.get(kind=kind, object_id=object_id, reverses=None, reversed_by=None)
    entry(kind, object_id, -amount, key=f"{kind}:{object_id}:8", reverses=standing)

    entry(kind, object_id, amount + 1)

    assert differences() == [(category, subject, -1)]


@pytest.mark.usefixtures("history")
def test_a_booking_without_an_entry_is_named():
    book("txn_8", 2500, source="ch_unknown")
    book("txn_9", -100, reporting_category="refund", source="re_unknown")

    assert differences() == [("charges", "ch_unknown", 2500), ("refunds", "re_unknown", -100)]


@pytest.mark.usefixtures("history")
def test_an_entry_without_a_booking_is_named():
    entry("sale", "pi_9", 100)
    entry("refund", "re_9", -10)
    entry("fee", "txn_never", -3)

    assert differences() == [("charges", "pi_9", -100), ("refunds", "re_9", 10), ("fees", "txn_never", 3)]


def test_what_has_not_been_read_yet_is_not_called_missing():
    make_order("R1", [(make_product("Mug", "9.50", stock=5), 2)])
    deliver(payment_succeeded("R1", 1900))
    assert differences() == []

    read_all(since=datetime.fromtimestamp(PAID_AT + 1, tz=UTC))
    assert differences() == []

    read_all()
    assert differences() == [("charges", "pi_1", -1900)]


def test_a_refund_that_waits_is_not_booked_yet():
    make_order("R1", [(make_product("Mug", "9.50", stock=5), 2)])
    deliver(payment_succeeded("R1", 1900))
    deliver(refund_event("created", 500, status="pending"))
    book("txn_1", 1900, source="ch_1")
    read_all()

    assert differences() == []


def test_what_was_never_captured_ties_out_with_the_sale():
    deliver(payment_succeeded("", 1500))
    deliver(refund_event("created", 400))
    book("txn_1", 1900, source="ch_1")
    book("txn_2", -400, reporting_category="partial_capture_reversal", source="re_1")
    read_all()
    deliver(refund_event("updated", 400))

    assert differences() == []
    assert tie_out()["charges"].stripe_minor == 1500


def test_a_sale_settled_in_another_currency_is_compared_by_presence():
    make_order("R1", [(make_product("Mug", "9.50", stock=5), 2)])
    deliver(payment_succeeded("R1", 1900))
    book("txn_1", 2450, fee=60, currency="usd", exchange_rate=1.28947, source="ch_1")
    read_all()

    line = tie_out()["charges"]

    assert (line.currency, line.stripe_minor, line.remainder_minor, line.converted) == ("usd", 2450, 0, 1)
    assert differences() == []


def test_scopes_are_never_added_up():
    book("txn_1", -5, reporting_category="fee")
    book("txn_2", -5, reporting_category="fee", account="acct_1")
    book("txn_3", -5, reporting_category="fee", currency="jpy")

    lines = compute_tie_out(since=SINCE, until=UNTIL)

    assert [(line.currency, line.account, line.stripe_minor) for line in lines] == [
        ("gbp", "", -5),
        ("gbp", "acct_1", -5),
        ("jpy", "", -5),
    ]
    assert compute_tie_out(since=SINCE, until=UNTIL, livemode=True) == []
    assert len(compute_tie_out(since=SINCE, until=UNTIL, account="acct_1")) == 1


def test_the_check_names_what_differs_and_writes_nothing():
    now = clock.now() - timedelta(days=1)
    book("txn_1", 2500, source="ch_unknown", created=int(now.timestamp()))

    (finding,) = TIE_OUT.run()

    assert finding.subject == "charges:ch_unknown"
    assert (finding.detail["stripe_minor"], finding.detail["ledger_minor"]) == (2500, 0)


def run(**options: Any) -> str:
    out = StringIO()
    call_command("revenue_tie_out", stdout=out, **options)
    return out.getvalue()


def test_the_command_prints_a_table_and_json():
    assert "run revenue_reconcile first" in run()
    now = int(clock.now().timestamp()) - DAY
    book("txn_1", -250, reporting_category="fee", created=now)

    table, lines = run(), json.loads(run(format="json", days=2))

    assert "gbp test fees" in table
    assert "-2.50" in table
    assert [(line["category"], line["stripe_minor"], line["differences"]) for line in lines] == [
        ("fees", -250, [])
    ]


def test_the_command_fails_and_names_what_differs():
    now = int(clock.now().timestamp()) - DAY
    for number in range(7):
        book(f"txn_{number}", 100, source=f"ch_{number}", created=now)
    out = StringIO()

    with pytest.raises(CommandError, match="7 differences"):
        call_command("revenue_tie_out", stdout=out)

    assert "ch_0: Stripe 100, ledger 0" in out.getvalue()
    assert "and 2 more" in out.getvalue()


@pytest.mark.parametrize("days", [0, -1, 10**9])
def test_days_that_make_no_sense_are_refused(days):
    with pytest.raises(CommandError, match="--days"):
        run(days=days)
