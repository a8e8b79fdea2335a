"""A dispute moves the money that its balance transactions say, when they say; its status is for people."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import pytest

from revenue_intel.facts.models import BalanceTransactionFact, DisputeFact, LedgerEntry, OrderFact
from revenue_intel.issues.models import Issue
from revenue_intel.webhooks.models import StripeEvent
from tests.deliveries import PAID_AT, deliver, payment_succeeded, refund_event
from tests.factories import make_order, make_product
from tests.handlers.samples import dispute, reinstatement, withdrawal
from tests.history import outcome, rolled_back
from tests.host.models import Order

pytestmark = pytest.mark.django_db

DAY = 86400


@pytest.fixture
def order():
    """A paid order over 19.00 GBP."""
    order = make_order("R1", [(make_product("Mug", "9.50", stock=5), 2)])
    deliver(payment_succeeded("R1", 1900))
    return order


def ledger(*kinds: str) -> list[tuple[Any, ...]]:
    standing = LedgerEntry.objects.filter(reverses=None, reversed_by=None, kind__in=kinds)
    rows = standing.order_by("kind", "object_id").values_list(
        "kind", "object_id", "amount_minor", "currency", "occurred_at", "order_reference"
    )
    return [(*row[:4], int(row[4].timestamp()) - PAID_AT, row[5]) for row in rows]


def status_of(order: Order) -> str:
    order.refresh_from_db()
    return order.status


def lost_then_won() -> list[dict[str, Any]]:
    """Tell a dispute that was opened, took its money, was lost, and was won after all."""
    took = [withdrawal()]
    told = [
        dispute("created"),
        dispute("funds_withdrawn", balance_transactions=took, at=PAID_AT + 7300),
        dispute("updated", balance_transactions=took, at=PAID_AT + DAY),
        dispute("closed", status="lost", balance_transactions=took, at=PAID_AT + 20 * DAY),
        dispute("funds_reinstated", balance_transactions=[*took, reinstatement()], at=PAID_AT + 30 * DAY),
    ]
    return [{**event, "id": f"evt_{number}"} for number, event in enumerate(told)]


def test_a_dispute_takes_its_money_and_its_fee_when_the_balance_says(order):
    deliver(dispute("created"))
    assert ledger("dispute", "fee") == []

    deliver(dispute("funds_withdrawn", balance_transactions=[withdrawal()], at=PAID_AT + 9 * DAY))

    assert ledger("dispute", "fee") == [
        ("dispute", "txn_w", -1900, "gbp", 7200, "R1"),
        ("fee", "txn_w", -1500, "gbp", 7200, ""),
    ]
    assert status_of(order) == "disputed"


def test_a_dispute_that_is_won_gives_its_money_back_and_keeps_its_fee(order):
    for event in lost_then_won():
        deliver(event)

    assert ledger("dispute", "dispute_reversal", "fee") == [
        ("dispute", "txn_w", -1900, "gbp", 7200, "R1"),
        ("dispute_reversal", "txn_r", 1900, "gbp", 30 * DAY, "R1"),
        ("fee", "txn_w", -1500, "gbp", 7200, ""),
    ]
    assert status_of(order) == "paid"
    assert OrderFact.objects.get().disputed_at is None


def test_part_of_the_money_may_come_back(order):
    booked = [withdrawal(), reinstatement(700)]

    deliver(dispute("funds_reinstated", status="lost", balance_transactions=booked))

    assert [row[2] for row in ledger("dispute", "dispute_reversal")] == [-1900, 700]
    assert status_of(order) == "disputed"


def test_a_fee_that_comes_back_is_its_own_entry(order):
    deliver(dispute("closed", balance_transactions=[withdrawal(), reinstatement(fee=-1500)]))

    assert [row[1:3] for row in ledger("fee")] == [("txn_r", 1500), ("txn_w", -1500)]


def test_another_currency_of_settlement_stays_apart(order):
    taken = withdrawal(-2450, fee=2000, currency="usd", exchange_rate=1.28947)

    deliver(dispute("funds_withdrawn", balance_transactions=[taken]))

    assert [row[:4] for row in ledger("dispute", "fee")] == [
        ("dispute", "txn_w", -2450, "usd"),
        ("fee", "txn_w", -2000, "usd"),
    ]
    known = DisputeFact.objects.get()
    assert (known.amount_minor, known.currency) == (1900, "gbp")
    assert str(BalanceTransactionFact.objects.get().exchange_rate) == "1.289470000000"


@pytest.mark.parametrize("status", ["warning_needs_response", "warning_under_review", "warning_closed"])
def test_an_inquiry_moves_no_money_and_leaves_the_order(order, status):
    deliver(dispute("created", status=status))

    assert ledger("dispute", "fee") == []
    assert status_of(order) == "paid"


def test_a_dispute_before_its_payment_waits_for_it():
    order = make_order("R1", [(make_product("Mug", "9.50", stock=5), 2)])
    deliver(dispute("funds_withdrawn", balance_transactions=[withdrawal()]))
    assert StripeEvent.objects.get().outcome == "parked"
    assert not LedgerEntry.objects.exists()

    deliver(payment_succeeded("R1", 1900))

    assert {event.outcome for event in StripeEvent.objects.all()} == {"applied"}
    assert status_of(order) == "disputed"


def test_a_dispute_of_an_old_shape_names_only_its_charge(order):
    event = dispute("funds_withdrawn", payment_intent=None)
    payload = event["data"]["object"]
    del payload["balance_transactions"]
    payload["balance_transaction"] = withdrawal()

    deliver(event)

    assert [row[:3] for row in ledger("dispute")] == [("dispute", "txn_w", -1900)]


def test_an_order_that_comes_after_its_dispute_is_disputed(process_events):
    deliver(payment_succeeded("R1", 1900))
    deliver(dispute("funds_withdrawn", balance_transactions=[withdrawal()]))
    assert ledger("dispute")[0][5] == ""

    order = make_order("R1", [(make_product("Mug", "9.50", stock=5), 2)])
    process_events()

    assert status_of(order) == "disputed"
    assert ledger("dispute") == [("dispute", "txn_w", -1900, "gbp", 7200, "R1")]


def test_an_order_refunded_in_full_stays_refunded(order):
    deliver(refund_event("created", 1900))
    deliver(dispute("created"))

    assert status_of(order) == "refunded"


def test_a_second_dispute_still_stands_when_the_first_is_won(order):
    deliver(dispute("created"))
    deliver(dispute("created", id="dp_2"))
    deliver(dispute("closed", at=PAID_AT + DAY))

    assert status_of(order) == "disputed"


def test_somebody_is_asked_to_answer_the_bank_while_it_waits(order):
    deliver(dispute("created"))
    issue = Issue.objects.get(kind="dispute_wants_answer")
    assert (issue.status, issue.severity, issue.subject) == ("open", "warning", "dp_1")

    deliver(dispute("updated", at=PAID_AT + DAY))

    issue.refresh_from_db()
    assert issue.status == "resolved"


def test_every_order_of_arrival_ends_the_same():
    make_order("R1", [(make_product("Mug", "9.50", stock=5), 2)])
    told = [payment_succeeded("R1", 1900, event_id="evt_paid"), *lost_then_won()]
    ends = []
    for arrival in list(permutations(told))[::17]:
        with rolled_back():
            for event in arrival:
                deliver(event)
            ends.append(outcome())

    assert all(end == ends[0] for end in ends)


STRONGER = [
    ("warning_needs_response", "needs_response"),
    ("warning_closed", "needs_response"),
    ("needs_response", "under_review"),
    ("under_review", "lost"),
    ("needs_response", "prevented"),
    ("appeal_under_review", "lost"),
    ("appeal_needs_response", "appeal_under_review"),
    ("lost", "won"),
    ("appeal_under_review", "won"),
    ("prevented", "won"),
]


@pytest.mark.parametrize(("weak", "strong"), STRONGER, ids=str)
def test_of_one_second_the_further_status_wins_whoever_comes_first(order, weak, strong):
    ends = []
    for told in permutations([weak, strong]):
        with rolled_back():
            for status in told:
                deliver(dispute("updated", status=status))
            ends.append(DisputeFact.objects.get().status)

    assert ends == [strong] * 2


def test_an_appeal_reopens_what_was_lost_until_it_is_lost_again(order):
    statuses = ["lost", "appeal_under_review", "lost", "won"]
    seen = []
    for number, status in enumerate(statuses):
        deliver(dispute("updated", status=status, at=PAID_AT + DAY * (1 + number)))
        seen.append(DisputeFact.objects.get().status)

    assert seen == statuses


def test_a_win_stands_against_older_news_told_later(order):
    deliver(dispute("closed", at=PAID_AT + DAY))
    deliver(dispute("updated", at=PAID_AT + 2 * DAY))

    assert DisputeFact.objects.get().status == "won"


@pytest.mark.parametrize(
    "changes",
    [
        {"status": "exploded"},
        {"status": None},
        {"charge": None, "payment_intent": None},
        {"balance_transactions": "txn_w"},
        {"balance_transactions": ["txn_w"]},
        {"balance_transactions": [{}]},
        {"balance_transactions": [withdrawal(net=5)]},
        {"balance_transactions": [withdrawal(currency="pounds")]},
        {"balance_transactions": [withdrawal(exchange_rate="1.2")]},
        {"balance_transactions": [withdrawal(exchange_rate=-1.2)]},
        {"balance_transactions": [withdrawal(exchange_rate=1e300)]},
        {"balance_transactions": [withdrawal(available_on=None)]},
        {"balance_transactions": [withdrawal(reporting_category=None)]},
    ],
    ids=str,
)
def test_a_dispute_that_makes_no_sense_fails_and_writes_nothing(order, changes):
    event = dispute("funds_withdrawn")
    event["data"]["object"].update(changes)

    answer = deliver(event)

    assert answer.json() == {"outcome": "failed"}
    assert ledger("dispute", "fee") == []
    assert not DisputeFact.objects.exists()
    assert not BalanceTransactionFact.objects.exists()


def test_one_booking_with_two_amounts_is_a_conflict(order):
    deliver(dispute("funds_withdrawn", balance_transactions=[withdrawal()]))

    answer = deliver(dispute("updated", balance_transactions=[withdrawal(-1800)]))

    assert answer.json() == {"outcome": "failed"}
    assert [row[2] for row in ledger("dispute")] == [-1900]
