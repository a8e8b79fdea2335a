"""Take the story's payments and refunds at the Stripe stand-in, each at its own time in the past."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

from demo.cast import Person
from demo.story import PlannedOrder, Story
from revenue_intel.testing.standin import CardDeclined, Standin

#: The events that are delivered: those revenue-intel handles.
EVENT_TYPES = frozenset(
    {
        "payment_intent.succeeded",
        "payment_intent.payment_failed",
        "charge.refunded",
        "refund.created",
        "refund.updated",
        "refund.failed",
    }
)


class _Act(NamedTuple):
    """Something that happens at the till; of one second, in the order in which it was planned."""

    at: int
    number: int
    perform: Callable[[], None]


class Till:
    """A stand-in whose clock is the story's."""

    def __init__(self, story: Story, *, secret: str) -> None:
        """Prepare to play ``story``."""
        self._story = story
        self._standin = Standin(secret=secret, seed=story.script.seed, queue_events=True, events=EVENT_TYPES)
        self._names: dict[tuple[str, bool], str] = {}
        self._intents: dict[str, str] = {}
        self._refunds: dict[tuple[str, int], str] = {}

    def play(self) -> dict[str, Any]:
        """Let everything happen, and return the stand-in's records: its objects, and the events to deliver."""
        for act in sorted(self._acts(), key=lambda act: act[:2]):
            with self._standin.at(act.at):
                act.perform()
        records = self._standin.records()
        # The other events would only make the file large: nobody is sent them.
        records["events"] = [event for event in records["events"] if event["type"] in EVENT_TYPES]
        return records

    def _acts(self) -> list[_Act]:
        plan: list[tuple[int, Callable[[], None]]] = []
        for order in self._story.orders:
            fortune = order.fortune
            plan += [(at, partial(self._decline, order)) for at in fortune.declined_at]
            if fortune.paid_at is not None:
                plan.append((fortune.paid_at, partial(self._pay, order)))
            for number, refund in enumerate(fortune.refunds):
                plan.append((refund.at, partial(self._refund, order, number)))
                if refund.failed_at is not None:
                    plan.append((refund.failed_at, partial(self._fail, order, number)))
        return [_Act(at, number, perform) for number, (at, perform) in enumerate(plan)]

    def _customer(self, person: Person, *, second: bool) -> str:
        """Return the customer at Stripe; some people are known there twice, once in capitals."""
        key = (person.username, second)
        if key not in self._names:
            email = person.email.upper() if second else person.email
            self._names[key] = self._standin.api.create_customer(email=email, name=person.name)["id"]
        return self._names[key]

    def _intent(self, order: PlannedOrder) -> str:
        if order.reference not in self._intents:
            second = order.person.has_two_names and order.placed_at % 2 == 0
            self._intents[order.reference] = self._standin.api.create_payment_intent(
                amount=order.total_minor,
                currency=order.currency.lower(),
                customer=self._customer(order.person, second=second),
                description=f"Order {order.reference}",
                metadata={"order_reference": order.reference},
            )["id"]
        return self._intents[order.reference]

    def _decline(self, order: PlannedOrder) -> None:
        try:
            self._standin.api.confirm(self._intent(order), payment_method="pm_card_chargeDeclined")
        except CardDeclined:
            pass

    def _pay(self, order: PlannedOrder) -> None:
        self._standin.api.confirm(self._intent(order), payment_method="pm_card_visa")

    def _refund(self, order: PlannedOrder, number: int) -> None:
        refund = self._standin.api.refund(
            payment_intent=self._intents[order.reference],
            amount=order.fortune.refunds[number].amount_minor,
            reason="requested_by_customer",
        )
        self._refunds[order.reference, number] = refund["id"]

    def _fail(self, order: PlannedOrder, number: int) -> None:
        self._standin.api.fail_refund(self._refunds[order.reference, number])
