"""Order of arrival does not matter: any permutation and duplication of a history ends in the same outcome."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.deliveries import (
    PAID_AT,
    charge_refunded,
    deliver,
    payment_failed,
    payment_succeeded,
    refund_event,
)
from tests.factories import make_order, make_product
from tests.history import outcome, rolled_back
from tests.host.models import Product

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

DAY = 24 * 3600
PRICE_MINOR = 1200

Step = Callable[[], object]


@dataclass(frozen=True, kw_only=True)
class Story:
    """What happened to one order: the step that makes its row (host's own, no event) and its events."""

    reference: str
    has_order: bool
    is_late: bool
    events: list[dict[str, Any]] = field(default_factory=list)

    def stock(self) -> None:
        """Let the host have the product, and enough of it, before anything happens."""
        make_product(f"Mug of {self.reference}", "12.00", stock=9)

    def make(self) -> None:
        """Let the host make the order."""
        make_order(self.reference, [(Product.objects.get(name=f"Mug of {self.reference}"), 1)])


moments = st.sampled_from([0, 1, 3600, DAY, 5 * DAY])


@st.composite
def stories(draw: st.DrawFn, number: int) -> Story:
    """Draw one order's history, in the order in which Stripe would tell it."""
    reference, intent, charge = f"R{number}", f"pi_{number}", f"ch_{number}"
    paid = PRICE_MINOR - draw(st.sampled_from([0, 0, 0, 0, 1]))
    told: list[dict[str, Any]] = []
    told += [
        payment_failed(reference, PRICE_MINOR, intent=intent, at=PAID_AT + draw(moments))
        for _ in range(draw(st.integers(0, 2)))
    ]
    if draw(st.integers(0, 9)):
        # Stripe may make two events of one change.
        told += [
            payment_succeeded(reference, paid, intent=intent, at=PAID_AT + draw(moments))
            for _ in range(draw(st.integers(1, 2)))
        ]
        told += draw(refunds(number, intent, charge))
    for position, event in enumerate(told):
        event["id"] = f"evt_{number}_{position}"
    has_order = bool(draw(st.integers(0, 7)))
    return Story(reference=reference, has_order=has_order, is_late=draw(st.booleans()), events=told)


@st.composite
def refunds(draw: st.DrawFn, number: int, intent: str, charge: str) -> list[dict[str, Any]]:
    """Draw the refunds of one payment: some of them fail, some name only the charge or the payment."""
    told: list[dict[str, Any]] = []
    total = 0
    for position in range(draw(st.integers(0, 3))):
        amount = draw(st.sampled_from([1, 300, 400]))
        created = PAID_AT + draw(moments)
        names = draw(st.sampled_from([(intent, charge), (intent, charge), (None, charge), (intent, None)]))
        common: dict[str, Any] = {
            "refund": f"re_{number}_{position}",
            "created": created,
            "intent": names[0],
            "charge": names[1],
        }
        ending = draw(st.sampled_from(["none", "succeeded", "failed", "failed twice", "canceled"]))
        told.append(
            refund_event("created", amount, status=draw(st.sampled_from(["pending", "succeeded"])), **common)
        )
        total += amount
        if draw(st.booleans()):
            told.append(charge_refunded(total, amount=PRICE_MINOR, charge=charge, intent=intent, at=created))
        later = created + draw(moments)
        if ending != "none":
            status = ending.split()[0]
            told.append(refund_event("updated", amount, status=status, at=later, **common))
        if ending == "failed twice":
            told.append(refund_event("failed", amount, status="failed", at=later + draw(moments), **common))
    return told


histories = st.integers(1, 3).flatmap(lambda count: st.tuples(*(stories(number) for number in range(count))))


def play(steps: Sequence[Step]) -> dict[str, Any]:
    """Take the steps, then let what waits be applied, and return what it came to."""
    with rolled_back():
        for step in steps:
            step()
        call_command("revenue_process_events", verbosity=0, stdout=StringIO())
        return outcome()


def told(event: dict[str, Any]) -> Step:
    def step() -> None:
        assert deliver(event).status_code == 200, event

    return step


@settings(max_examples=60, suppress_health_check=list(HealthCheck))
@given(history=histories, shuffle=st.randoms(use_true_random=False))
def test_every_arrival_of_a_history_ends_as_the_ordered_one(
    history: tuple[Story, ...], shuffle: random.Random
):
    with rolled_back():
        for story in history:
            story.stock()
            if story.has_order and not story.is_late:
                story.make()
        late = [story.make for story in history if story.has_order and story.is_late]
        events = sorted(
            (event for story in history for event in story.events), key=lambda event: event["created"]
        )
        ordered = [*late, *(told(event) for event in events)]
        arrived = ordered + [told(event) for event in events if shuffle.random() < 0.4]
        shuffle.shuffle(arrived)

        expected = play(ordered)

        assert play(arrived) == expected
