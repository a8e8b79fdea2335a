"""What can go wrong between Stripe and an endpoint, on purpose and the same way each time."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

from revenue_intel.testing.standin.delivery import StoredEvent

Batch = Sequence[tuple[str, StoredEvent]]


@dataclass(frozen=True, kw_only=True)
class Mischief:
    """How deliveries are disturbed; shares are from 0 to 1.

    Attributes:
        duplicate: share of the events that are delivered twice.
        drop: share that is never delivered, and only ``/v1/events`` tells of.
        delay: share that is delivered late.
        delay_seconds: how late, on the stand-in's clock.
        reorder: whether the events of one call are delivered in any order.
        seed: the same seed disturbs the same events.
    """

    duplicate: float = 0.0
    drop: float = 0.0
    delay: float = 0.0
    delay_seconds: int = 60
    reorder: bool = False
    seed: int = 0


class Troublemaker:
    """Plans deliveries according to a mischief."""

    def __init__(self, mischief: Mischief) -> None:
        """Begin at the seed."""
        self.mischief = mischief
        self._random = random.Random(mischief.seed)  # noqa: S311 - to be repeated, not to be secret

    def plan(self, batch: Batch) -> list[tuple[int, str, StoredEvent]]:
        """Return what to deliver of the events of one turn: seconds to wait, identifier, event."""
        wishes, chance = self.mischief, self._random.random
        planned = []
        for event_id, stored in batch:
            dropped, doubled, late = (
                chance() < share for share in (wishes.drop, wishes.duplicate, wishes.delay)
            )
            wait = wishes.delay_seconds if late else 0
            if not dropped:
                planned += [(wait, event_id, stored)] * (2 if doubled else 1)
        if wishes.reorder:
            self._random.shuffle(planned)
        return planned
