"""How long an event is left alone before a worker tries it again."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from typing import Final

#: After the first failure; each further one doubles it.
FIRST_PAUSE: Final = timedelta(seconds=30)
LONGEST_PAUSE: Final = timedelta(hours=6)
#: What waits for its subject is woken by that. These are for a waking that got lost, and for asking Stripe.
PARKED_PAUSE: Final = timedelta(minutes=1)
LONGEST_PARKED_PAUSE: Final = timedelta(hours=1)


def after_failure(failures: int) -> timedelta:
    """Return the pause after so many failures: exponential, with jitter, so that a crowd does not come back as one."""
    doubled: timedelta = FIRST_PAUSE * 2 ** min(failures - 1, 20)
    return min(doubled, LONGEST_PAUSE) * _jitter()


def while_parked(*, since: datetime, now: datetime) -> timedelta:
    """Return the pause of an event that is still parked: a quarter of what it has waited, within bounds."""
    return min(max((now - since) / 4, PARKED_PAUSE), LONGEST_PARKED_PAUSE) * _jitter()


def _jitter() -> float:
    return random.uniform(0.5, 1.0)  # noqa: S311 - no secret
