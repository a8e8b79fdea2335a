"""Balance transactions are read page by page, post what nobody else posts, and are never posted twice."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command

from revenue_intel.exceptions import ConfigurationError, PaymentGatewayError, RevenueIntelError
from revenue_intel.facts.models import (
    BalanceCursor,
    BalanceTransactionFact,
    LedgerEntry,
    OrderFact,
    PayoutFact,
    RefundFact,
)
from revenue_intel.handlers import refunds
from revenue_intel.handlers.balance_transactions import TakenIn, take_in_balance_transactions
from revenue_intel.kit import clock
from revenue_intel.testing import events
from revenue_intel.webhooks.models import StripeEvent
from tests.deliveries import PAID_AT, deliver, payment_succeeded, refund_event
from tests.factories import make_order, make_product
from tests.gateway.fake_stripe import FakeStripe, fake_stripe
from tests.handlers.samples import charge, dispute, payout, withdrawal
from tests.host.models import Order
from tests.sdk import need_sdk

pytestmark = pytest.mark.django_db

LIST = "/v1/balance_transactions"


@pytest.fixture
def stripe(settings, socket_enabled):
    need_sdk()
    with fake_stripe(settings) as server:
        yield server


def booked(number: int, amount: int = 1900, **fields: Any) -> dict[str, Any]:
    return events.balance_transaction(
        id=f"txn_{number}", amount=amount, **{"created": PAID_AT + number, **fields}
    )


def book(stripe: FakeStripe, *rows: dict[str, Any]) -> None:
    stripe.objects.setdefault(LIST, []).extend(rows)


def ledger() -> list[tuple[str, str, int, str]]:
    standing = LedgerEntry.objects.filter(reverses=None, reversed_by=None).order_by("kind", "object_id")
    return list(standing.values_list("kind", "object_id", "amount_minor", "label"))


def test_every_page_is_read_and_only_news_are_counted_as_new(stripe):
    book(stripe, *(booked(number) for number in range(5)))
    told: list[TakenIn] = []

    assert take_in_balance_transactions(on_page=told.append) == TakenIn(read=5, new=5)
    assert [each.read for each in told] == [2, 4, 5]

    assert take_in_balance_transactions(since=datetime.fromtimestamp(PAID_AT, tz=UTC)) == TakenIn(
        read=5, new=0
    )
    assert BalanceTransactionFact.objects.count() == 5


def test_the_next_reading_begins_a_day_before_the_last_one(stripe):
    take_in_balance_transactions()
    until = BalanceCursor.objects.get().complete_until

    take_in_balance_transactions()

    wanted = int((until - timedelta(days=1)).timestamp())
    assert [asked.get("created[gte]") for _, asked, _ in stripe.asked] == [None, str(wanted)]
    cursor = BalanceCursor.objects.get()
    assert cursor.complete_since is None
    assert cursor.complete_until >= until


def test_a_reading_that_ends_early_keeps_what_it_read_and_is_done_again(stripe):
    book(stripe, *(booked(number, fee=10) for number in range(5)))
    stripe.fails_after = 1

    with pytest.raises(PaymentGatewayError):
        take_in_balance_transactions()

    assert BalanceTransactionFact.objects.count() == 2
    assert not BalanceCursor.objects.exists()
    stripe.fails_after = None
    take_in_balance_transactions()
    assert len(ledger()) == 5


def test_a_gap_between_two_readings_is_not_called_complete(stripe):
    early, late = clock.now() - timedelta(days=90), clock.now() + timedelta(days=9)
    take_in_balance_transactions(since=early)
    take_in_balance_transactions(since=early - timedelta(days=9))
    assert BalanceCursor.objects.get().complete_since == early - timedelta(days=9)

    take_in_balance_transactions(since=late)

    assert BalanceCursor.objects.get().complete_since == late


def test_a_connected_account_is_read_as_itself(stripe):
    book(stripe, booked(1, fee=48))

    take_in_balance_transactions(account="acct_1")

    assert [account for _, _, account in stripe.asked] == ["acct_1"]
    assert LedgerEntry.objects.get().account == "acct_1"
    assert BalanceCursor.objects.get().account == "acct_1"


@pytest.mark.parametrize(
    ("category", "amount", "fee", "posts"),
    [
        ("charge", 1900, 48, [("fee", -48, "charge")]),
        ("charge", 1900, 0, []),
        ("refund", -500, 0, []),
        ("refund_failure", 500, -7, [("fee", 7, "refund_failure")]),
        ("partial_capture_reversal", -400, 0, []),
        ("dispute", -1900, 1500, [("dispute", -1900, ""), ("fee", -1500, "dispute")]),
        ("dispute_reversal", 1900, 0, [("dispute_reversal", 1900, "")]),
        ("fee", -250, 0, [("fee", -250, "fee")]),
        ("fee", 250, 0, [("fee", 250, "fee")]),
        ("payout", -9000, 0, []),
        ("payout", -9000, 25, [("fee", -25, "payout")]),
        ("topup", 100, 0, []),
        ("other_adjustment", -30, 0, [("adjustment", -30, "other_adjustment")]),
        ("charge_failure", -1900, 0, [("adjustment", -1900, "charge_failure")]),
        ("something_new", 5, 1, [("adjustment", 5, "something_new"), ("fee", -1, "something_new")]),
    ],
)
def test_each_category_posts_what_nobody_else_posts(stripe, category, amount, fee, posts):
    book(stripe, booked(1, amount, fee=fee, reporting_category=category, currency="usd"))

    take_in_balance_transactions()

    assert [(kind, minor, label) for kind, _, minor, label in ledger()] == posts
    assert set(LedgerEntry.objects.values_list("currency", "occurred_at")) <= {
        ("usd", datetime.fromtimestamp(PAID_AT + 1, tz=UTC))
    }


def test_what_an_event_brought_is_not_posted_again(stripe):
    make_order("R1", [(make_product("Mug", "9.50", stock=5), 2)])
    deliver(payment_succeeded("R1", 1900))
    deliver(dispute("funds_withdrawn", balance_transactions=[withdrawal()]))
    before = ledger()
    book(stripe, withdrawal(status="available"))

    assert take_in_balance_transactions() == TakenIn(read=1, new=0)

    assert ledger() == before
    assert BalanceTransactionFact.objects.get().is_available


def test_a_dispute_read_before_its_event_gets_its_order_later(stripe):
    make_order("R1", [(make_product("Mug", "9.50", stock=5), 2)])
    deliver(payment_succeeded("R1", 1900))
    book(stripe, withdrawal())
    take_in_balance_transactions()
    assert LedgerEntry.objects.get(kind="dispute").order_reference == ""

    deliver(dispute("funds_withdrawn", balance_transactions=[withdrawal()]))

    standing = LedgerEntry.objects.filter(kind="dispute", reverses=None, reversed_by=None)
    assert list(standing.values_list("amount_minor", "order_reference")) == [(-1900, "R1")]


@pytest.mark.parametrize("first", ["dispute", "balance"])
def test_a_dispute_whose_events_carry_no_booking_gets_it_from_the_list(stripe, first):
    make_order("R1", [(make_product("Mug", "9.50", stock=5), 2)])
    deliver(payment_succeeded("R1", 1900))
    book(stripe, withdrawal())
    told = [lambda: deliver(dispute("created")), take_in_balance_transactions]
    for step in told if first == "dispute" else reversed(told):
        step()

    standing = LedgerEntry.objects.filter(kind="dispute", reverses=None, reversed_by=None)
    assert list(standing.values_list("amount_minor", "order_reference")) == [(-1900, "R1")]


@pytest.mark.parametrize("first", ["refund", "balance"])
def test_the_balance_says_which_refund_was_never_captured(stripe, first):
    order = make_order("R1", [(make_product("Mug", "9.50", stock=5), 2)])
    deliver(payment_succeeded("R1", 1900))
    book(stripe, booked(1, -400, reporting_category="partial_capture_reversal", source="re_1"))
    if first == "refund":
        deliver(refund_event("created", 400))
        assert OrderFact.objects.get().refunded_minor == 400
        take_in_balance_transactions()
    else:
        take_in_balance_transactions()
        deliver(refund_event("created", 400))

    assert RefundFact.objects.get().is_uncaptured
    assert [row[:3] for row in ledger()] == [("sale", "pi_1", 1900)]
    assert OrderFact.objects.get().refunded_minor == 0
    assert Order.objects.get(pk=order.pk).status == "paid"


def test_a_payout_that_is_not_reconciled_yet_is_linked_later(stripe):
    deliver(payout("paid", reconciliation_status="in_progress"))
    book(stripe, booked(1))
    stripe.payouts["po_1"] = ["txn_1"]
    take_in_balance_transactions()
    assert BalanceTransactionFact.objects.get().payout == ""

    deliver(payout("reconciliation_completed"))
    take_in_balance_transactions()

    assert BalanceTransactionFact.objects.get().payout == "po_1"


def test_what_is_paid_out_is_linked_to_its_payout_once(stripe):
    deliver(payout("paid"))
    book(stripe, booked(1), booked(2), booked(3))
    stripe.payouts["po_1"] = ["txn_1", "txn_2"]

    take_in_balance_transactions()

    linked = BalanceTransactionFact.objects.filter(payout="po_1").values_list("pk", flat=True)
    assert sorted(linked) == ["txn_1", "txn_2"]
    assert PayoutFact.objects.get().linked_at is not None
    asked = len(stripe.asked)
    take_in_balance_transactions()
    assert len(stripe.asked) == asked + 1  # the list alone: nothing is left to link


@pytest.mark.parametrize(
    "changes",
    [{"net": 5}, {"id": None}, {"amount": "1"}, {"currency": 5}, {"fee": None}, {"source": 5}, {"type": ""}],
    ids=str,
)
def test_a_booking_that_makes_no_sense_is_named_and_posts_nothing(stripe, changes):
    book(stripe, booked(1, fee=10) | changes)

    with pytest.raises(RevenueIntelError) as caught:
        take_in_balance_transactions()

    assert caught.value.code in {"unsupported_shape", "unknown_currency"}
    assert not LedgerEntry.objects.exists()


def test_without_a_key_nothing_is_asked(settings):
    settings.REVENUE_INTEL_STRIPE_SECRET_KEY = ""

    with pytest.raises(ConfigurationError):
        take_in_balance_transactions()


def test_live_money_is_read_with_a_live_key(stripe, settings):
    settings.REVENUE_INTEL_STRIPE_SECRET_KEY = "rk_live_fake"
    book(stripe, booked(1, fee=10))

    take_in_balance_transactions()

    assert LedgerEntry.objects.get().livemode is True


def test_the_refunds_of_a_charge_are_fetched_in_full(stripe):
    stripe.objects["/v1/refunds"] = [
        events.refund(id=f"re_{number}", charge="ch_2" if number == 4 else "ch_1", created=PAID_AT + number)
        for number in range(5)
    ]
    fetched = refunds.fetch(subject_id="ch_1", account="acct_1")

    assert [(kind, refund["id"]) for kind, refund in fetched] == [
        ("refund.updated", f"re_{number}") for number in (3, 2, 1, 0)
    ]
    assert {account for _, _, account in stripe.asked} == {"acct_1"}


def test_what_is_fetched_satisfies_the_checksum(stripe):
    make_order("R1", [(make_product("Mug", "9.50", stock=5), 2)])
    deliver(payment_succeeded("R1", 1900))
    assert deliver(charge("refunded", amount_refunded=500)).json() == {"outcome": "parked"}
    StripeEvent.objects.update(received_at=clock.now() - timedelta(hours=1))
    stripe.objects["/v1/refunds"] = [
        events.refund(id="re_1", amount=500, charge="ch_1", payment_intent="pi_1", created=PAID_AT + 60)
    ]

    call_command("revenue_process_events", verbosity=0, stdout=StringIO())

    assert set(StripeEvent.objects.values_list("outcome", flat=True)) == {"applied"}
    assert ("refund", "re_1", -500, "") in ledger()
    assert OrderFact.objects.get().refunded_minor == 500
