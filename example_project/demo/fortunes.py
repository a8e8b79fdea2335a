"""What becomes of an order: paid, declined, left, canceled, refunded, refunded in vain, dispatched."""

from __future__ import annotations

import random
from dataclasses import dataclass

MINUTE = 60
DAY = 86_400


@dataclass(frozen=True, kw_only=True)
class Refund:
    """Money that goes back, and perhaps comes again because the bank could not place it."""

    at: int
    amount_minor: int
    failed_at: int | None = None


@dataclass(frozen=True, kw_only=True)
class Fortune:
    """All that happens to an order after it was placed. Instants are Unix seconds."""

    declined_at: tuple[int, ...] = ()
    paid_at: int | None = None
    canceled_at: int | None = None
    dispatched_at: int | None = None
    refunds: tuple[Refund, ...] = ()


def choose_fortune(rng: random.Random, *, placed_at: int, total_minor: int, ends: int) -> Fortune:
    """Draw the lots of one order. What would be after ``ends`` has not happened yet."""
    declines = rng.choices((0, 1, 2), (92.5, 6, 1.5))[0]
    moments = [placed_at]
    for _ in range(declines + 1):
        moments.append(moments[-1] + rng.randrange(MINUTE, 9 * MINUTE))
    # Nobody waits for midnight to be served: what is under way now ends now.
    *declined_at, paid_at = (min(moment, ends) for moment in moments[1:])
    is_left = rng.random() < (0.25 if declines else 0.025)
    if is_left:
        canceled_at = placed_at + rng.randrange(DAY, 4 * DAY)
        return Fortune(
            declined_at=tuple(declined_at), canceled_at=canceled_at if canceled_at <= ends else None
        )
    dispatched_at = paid_at + rng.randrange(4 * 3600, 3 * DAY)
    return Fortune(
        declined_at=tuple(declined_at),
        paid_at=paid_at,
        dispatched_at=dispatched_at if dispatched_at <= ends else None,
        refunds=_choose_refunds(rng, paid_at=paid_at, total_minor=total_minor, ends=ends),
    )


def _choose_refunds(rng: random.Random, *, paid_at: int, total_minor: int, ends: int) -> tuple[Refund, ...]:
    if rng.random() >= 0.055:
        return ()
    first = paid_at + rng.randrange(DAY, 21 * DAY)
    kind = rng.choices(("whole", "part", "two parts"), (60, 28, 12))[0]
    if kind == "whole":
        failed_at = first + rng.randrange(2 * DAY, 6 * DAY) if rng.random() < 0.12 else None
        refunds = [Refund(at=first, amount_minor=total_minor, failed_at=failed_at)]
        if failed_at is not None and rng.random() < 0.5:  # tried once more, to another account
            refunds.append(Refund(at=failed_at + DAY, amount_minor=total_minor))
    else:
        part = total_minor * rng.randrange(10, 50) // 100
        refunds = [Refund(at=first, amount_minor=part)]
        if kind == "two parts":
            refunds.append(Refund(at=first + rng.randrange(DAY, 9 * DAY), amount_minor=part))
    return tuple(_until(refund, ends) for refund in refunds if refund.at <= ends)


def _until(refund: Refund, ends: int) -> Refund:
    if refund.failed_at is None or refund.failed_at <= ends:
        return refund
    return Refund(at=refund.at, amount_minor=refund.amount_minor)
