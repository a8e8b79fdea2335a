"""The history that a soak plays: payments, their twins, refunds and failures, of many orders."""

from __future__ import annotations

import random
from typing import Any

SEED = 20260301


def make_history(count: int) -> list[dict[str, Any]]:
    """Make the host's rows, and return so many events about them in the order in which they happened."""
    from tests.deliveries import PAID_AT, charge_refunded, payment_failed, payment_succeeded, refund_event
    from tests.factories import make_order, make_product

    chance = random.Random(SEED)
    products = [make_product(f"Mug {number}", "12.00", stock=100_000) for number in range(5)]
    told: list[dict[str, Any]] = []
    number = 0
    while len(told) < count:
        number += 1
        reference, intent, charge = f"R{number}", f"pi_{number}", f"ch_{number}"
        names = {"intent": intent, "charge": charge}
        at = PAID_AT + number * 60
        if chance.random() < 0.9:  # else the order never comes
            make_order(reference, [(chance.choice(products), 1)], email=f"buyer{number % 50}@example.com")
        events = [payment_failed(reference, 1200, intent=intent, at=at - 30)] if chance.random() < 0.3 else []
        events += [
            payment_succeeded(reference, 1200, intent=intent, at=at) for _ in range(chance.choice([1, 2]))
        ]
        if chance.random() < 0.6:
            refund = f"re_{number}"
            events.append(refund_event("created", 500, refund=refund, created=at + 9, **names))
            events.append(charge_refunded(500, amount=1200, at=at + 9, **names))
            if chance.random() < 0.3:
                events.append(
                    refund_event(
                        "failed", 500, refund=refund, status="failed", created=at + 9, at=at + 19, **names
                    )
                )
        for position, event in enumerate(events):
            event["id"] = f"evt_{number}_{position}"
        told += events
    return told[:count]


def arrivals(history: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the history as it arrives: a fifth of it twice, and all of it out of order."""
    chance = random.Random(SEED + 1)
    arrived = history + [event for event in history if chance.random() < 0.2]
    return sorted(arrived, key=lambda event: event["created"] + chance.uniform(0, 1800))
