"""Every family of the payment side, told in any order and any number of times, ends in the same outcome.

Beside the events there is the list of Stripe's bookings, which may be read at any moment in between.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from revenue_intel.facts.models import BalanceTransactionFact, LedgerEntry
from revenue_intel.facts.tieout import compute_tie_out
from revenue_intel.gateway import api
from revenue_intel.gateway import reading as stripe_reading
from revenue_intel.handlers.balance_transactions import take_in_balance_transactions
from revenue_intel.kit import clock
from tests.factories import make_order, make_product
from tests.history import rolled_back
from tests.host.models import Product
from tests.orders.payment_stories import PaymentStory, payment_stories
from tests.orders.test_convergence import Step, play, told

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

histories = st.integers(1, 2).flatmap(
    lambda count: st.tuples(*(payment_stories(number) for number in range(count)))
)


def make(story: PaymentStory) -> Step:
    def step() -> None:
        make_order(story.reference, [(Product.objects.get(name=f"Mug of {story.reference}"), 2)])

    return step


def reading(rows: Sequence[dict[str, Any]]) -> Step:
    """Return the step that reads Stripe's bookings, of which there are these."""

    def answer(*, payout: str = "", **_asked: Any) -> tuple[list[dict[str, Any]], bool]:
        return ([] if payout else list(rows)), False

    def step() -> None:
        with (
            patch.object(stripe_reading, "list_balance_transactions", side_effect=answer),
            patch.object(api, "is_live", return_value=False),
        ):
            take_in_balance_transactions()

    return step


@settings(max_examples=40, suppress_health_check=list(HealthCheck))
@given(history=histories, shuffle=st.randoms(use_true_random=False))
def test_every_arrival_of_a_history_ends_as_the_ordered_one(
    history: tuple[PaymentStory, ...], shuffle: random.Random
):
    with rolled_back():
        for story in history:
            make_product(f"Mug of {story.reference}", "9.50", stock=9)
            if story.has_order and not story.is_late:
                make(story)()
        late = [make(story) for story in history if story.has_order and story.is_late]
        events = sorted(
            (event for story in history for event in story.events), key=lambda event: event["created"]
        )
        read = reading([row for story in history for row in story.booked])
        ordered = [*late, *(told(event) for event in events), read]
        arrived = ordered + [told(event) for event in events if shuffle.random() < 0.4] + [read]
        shuffle.shuffle(arrived)

        expected = play(ordered)

        assert play(arrived) == expected


@settings(max_examples=20, suppress_health_check=list(HealthCheck))
@given(story=payment_stories(0))
def test_disputes_and_fees_in_the_ledger_are_what_was_booked(story: PaymentStory):
    with rolled_back():
        make_product(f"Mug of {story.reference}", "9.50", stock=9)
        if story.has_order:
            make(story)()
        for event in story.events:
            told(event)()
        reading(story.booked)()

        lines = compute_tie_out(since=clock.from_timestamp(0), until=clock.now())

        kinds = ("disputes", "fees", "other")
        assert [line.differences for line in lines if line.category in kinds and line.differences] == []
        booked = sum(BalanceTransactionFact.objects.values_list("fee_minor", flat=True))
        assert -sum(LedgerEntry.objects.filter(kind="fee").values_list("amount_minor", flat=True)) == booked
