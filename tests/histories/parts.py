"""What the parts of a history share: chance, instants, and the place where each part puts what it tells."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import Any

from revenue_intel.testing import events
from tests.deliveries import PAID_AT

Payload = dict[str, Any]

DAY = 24 * 3600
#: Few instants, so that many fall into the same second.
MOMENTS = (0, 0, 1, 3600, DAY)
#: What every order costs.
PRICE_MINOR = 1900
#: The shop's own account, mostly, and a connected one.
ACCOUNTS = ("", "", "", "acct_b")


@dataclass(frozen=True, kw_only=True)
class Told:
    """What one part of a history comes to: its events, the rows in the lists of Stripe's bookings, the refund we ask for."""

    number: int
    account: str
    currency: str
    customer: str
    events: list[Payload] = field(default_factory=list)
    booked: list[Payload] = field(default_factory=list)
    given_back: dict[str, Payload] = field(default_factory=dict)

    def tell(self, *told: Payload) -> None:
        """Add events, as an endpoint of this part's account is sent them, under ids of their own."""
        for event in told:
            of = {"account": self.account} if self.account else {}
            name = f"evt_{self.number}_{len(self.events)}"
            self.events.append({**event, **of, "id": name})

    def book(self, name: str, category: str, amount: int, **fields: Any) -> Payload:
        """Add a booking, once under its name, and return it."""
        known = {"fee": 0, "created": PAID_AT + 5, "currency": self.currency, **fields}
        row = events.balance_transaction(
            id=f"txn_{name}_{self.number}", amount=amount, reporting_category=category, **known
        )
        self.booked.append(row)
        return row


def at(chance: random.Random, since: int = PAID_AT) -> int:
    """Return an instant at or after another."""
    return since + chance.choice(MOMENTS)


def often(chance: random.Random, share: float) -> bool:
    """Say yes so often."""
    return chance.random() < share
