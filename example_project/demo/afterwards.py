"""What the staff did with the orders, at the story's own instants: dispatch what was paid, cancel what nobody paid."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import NamedTuple

from django.contrib.auth.models import User
from django.db import transaction

from demo.books import instant
from demo.story import PlannedOrder, Story
from revenue_intel.audit.services import actor_of
from revenue_intel.orders import services as orders

ORDERS_A_TRANSACTION = 200


class Deed(NamedTuple):
    """Something that staff did to an order."""

    at: datetime
    reference: str
    command: Callable[..., object]


def list_deeds(story: Story) -> list[Deed]:
    """Return what staff did, oldest first. What was refunded in whole needs no parcel any more."""
    deeds = []
    for order in story.orders:
        fortune = order.fortune
        if fortune.canceled_at is not None:
            deeds.append(Deed(instant(fortune.canceled_at), order.reference, orders.cancel))
        if fortune.dispatched_at is not None and not is_refunded(order):
            deeds.append(Deed(instant(fortune.dispatched_at), order.reference, orders.fulfil))
    return sorted(deeds, key=lambda deed: deed.at)


def is_refunded(order: PlannedOrder) -> bool:
    """Tell whether all money of an order went back, and stayed there."""
    back = sum(refund.amount_minor for refund in order.fortune.refunds if refund.failed_at is None)
    return back >= order.total_minor


def do(deeds: Sequence[Deed], *, progress: Callable[[int], None]) -> None:
    """Let the staff do their work. Done again, it changes nothing."""
    actor = actor_of(User.objects.get(username="ops"))
    for begins in range(0, len(deeds), ORDERS_A_TRANSACTION):
        batch = deeds[begins : begins + ORDERS_A_TRANSACTION]
        with transaction.atomic():
            for deed in batch:
                deed.command(reference=deed.reference, actor=actor, at=deed.at)
        progress(begins + len(batch))
