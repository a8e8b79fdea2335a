"""A payout is no sale and no cost; one that was paid can still fail."""

from __future__ import annotations

from itertools import permutations

import pytest

from revenue_intel.facts.models import BalanceTransactionFact, LedgerEntry, PayoutFact
from revenue_intel.testing import events
from tests.deliveries import PAID_AT, deliver
from tests.handlers.samples import PAYOUTS, payout
from tests.history import outcome, rolled_back

pytestmark = pytest.mark.django_db


def test_a_payout_posts_nothing():
    for kind in PAYOUTS:
        deliver(payout(kind))

    assert not LedgerEntry.objects.exists()


@pytest.mark.parametrize(
    ("told", "end"),
    [
        (["created", "updated", "paid"], "paid"),
        (["created", "paid", "failed"], "failed"),
        (["paid", "failed", "updated"], "failed"),
        (["created", "canceled", "updated"], "canceled"),
    ],
    ids=str,
)
def test_it_stands_as_far_as_it_came_in_every_order(told, end):
    shapes = [
        payout(kind, at=PAID_AT + n, failure_balance_transaction=None) | {"id": f"evt_{n}"}
        for n, kind in enumerate(told)
    ]
    ends = []
    for arrival in permutations(shapes):
        with rolled_back():
            for event in [*arrival, arrival[0]]:
                deliver(event)
            assert PayoutFact.objects.get().status == end
            ends.append(outcome())

    assert all(each == ends[0] for each in ends)


def test_a_payout_may_take_money_from_the_bank():
    deliver(payout("paid", amount=-700))

    assert PayoutFact.objects.get().amount_minor == -700


def test_its_own_booking_may_come_expanded():
    booked = events.balance_transaction(id="txn_po", amount=-2500, fee=25, reporting_category="payout")

    deliver(payout("paid", balance_transaction=booked))

    assert BalanceTransactionFact.objects.get().pk == "txn_po"
    assert LedgerEntry.objects.get().amount_minor == -25
