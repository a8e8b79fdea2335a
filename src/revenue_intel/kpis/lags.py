"""Counts of different people, made to add up over days.

Somebody who buys on two days of a window must count once. A day therefore does not keep how
many people bought on it, but how many of them a window would count *on that day* – which
depends only on how many days before the window began (the lag). With the days since a
person's last order known, an order is the first in a window exactly when that gap is
greater than the lag. The sum over the window's days, each at its own lag, is the exact count.

A day's counts by lag are a step function. It is kept as text of fixed width, so that both
databases can pick the one count that a window needs; the last one holds for all greater lags.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import accumulate
from typing import Final

#: The longest window that a day's counts answer, in days. Longer ones are read from the facts.
LONGEST_WINDOW: Final = 366
#: Characters for each count.
WIDTH: Final = 8

#: How much the count changes at a lag.
Steps = Mapping[int, int]


def counts_of(steps: Steps, *, longest: int = LONGEST_WINDOW) -> list[int]:
    """Return the counts by lag, for windows of up to ``longest`` days, without the equal ones at the end.

    >>> counts_of({0: 2, 3: -1}), counts_of({0: 1, 999: -1}), counts_of({})
    ([2, 2, 2, 1], [1], [])
    """
    kept = [lag for lag, step in steps.items() if step and lag < longest]
    if not kept:
        return []
    changes = [0] * (max(kept) + 1)
    for lag in kept:
        changes[lag] = steps[lag]
    return list(accumulate(changes))


def count_at(counts: Sequence[int], lag: int) -> int:
    """Return the count at a lag.

    >>> count_at([2, 2, 1], 1), count_at([2, 2, 1], 300), count_at([], 5)
    (2, 1, 0)
    """
    return counts[min(lag, len(counts) - 1)] if counts else 0


def pack(counts: Sequence[int]) -> str:
    """Return counts as text of fixed width.

    >>> pack([12, -1])
    '      12      -1'
    """
    return f"%{WIDTH}d" * len(counts) % tuple(counts)


def first_packed(text: str) -> int:
    """Return the count at lag 0 of those that were packed.

    >>> first_packed(pack([12, -1])), first_packed("")
    (12, 0)
    """
    return int(text[:WIDTH] or 0)


def refunded_steps(events: Sequence[tuple[int, int]]) -> dict[int, dict[int, int]]:
    """Return, by day, how one order's refunds change the count of refunded orders at each lag.

    An order is refunded in a window where on balance money went back in it. What a day adds is
    whether that holds up to this day, less whether it held up to the day of the refund before.

    Args:
        events: (day number, signed amount: a refund is negative), oldest first, a day once.
    """
    found: dict[int, dict[int, int]] = {}
    days = [day for day, _ in events]
    for last in range(len(events)):
        steps: dict[int, int] = {}
        net = before = counted = 0
        for first in range(last, -1, -1):
            net += events[first][1]
            before += events[first][1] if first < last else 0
            added = (net < 0) - (before < 0)
            if added != counted:
                steps[days[last] - days[first]] = added - counted
                counted = added
        found[days[last]] = steps
    return found
