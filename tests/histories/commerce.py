"""A history of a shop: several orders, customers, currencies and accounts, and every family of events.

``make_history(random.Random(seed))`` is the same history on every machine. ``arrive`` is one way in which it may
reach us: out of order, in part twice, with the lists of Stripe's bookings read, and late orders made, at any moment.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any

from tests.histories.billing import tell_invoice, tell_subscription
from tests.histories.parts import ACCOUNTS, Payload, Told, often
from tests.histories.payments import tell_payment

#: What a part of a history is about.
KINDS = ("order", "order", "order", "invoice", "subscription")


@dataclass(frozen=True, kw_only=True)
class OrderRow:
    """One order as the host makes it: two of the product at 9.50. A late one is made when its news may be here.

    One that is held has a page open, and its stock held for it. One that is canceled is so before any news.
    """

    reference: str
    product: int
    currency: str
    email: str
    user: str
    is_late: bool
    is_held: bool
    is_canceled: bool


@dataclass(frozen=True, kw_only=True)
class Host:
    """How the host has set us up, as ``REVENUE_INTEL_…`` and its adapter say it."""

    has_adapter: bool
    restock_policy: str
    stock_uses_save: bool
    refunds_unfulfillable: bool


@dataclass(frozen=True, kw_only=True)
class Reading:
    """The list of an account's bookings is read: it holds ``rows`` by then, and ``paid_out`` by payout."""

    account: str
    rows: tuple[Payload, ...]
    paid_out: tuple[Payload, ...]


#: What happens to us: an event arrives, the host makes an order, the list of bookings is read.
Step = OrderRow | Reading | dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class History:
    """What happened, in order. With ``is_short`` there is less stock than was ordered.

    ``given_back`` holds the refunds that Stripe makes when we ask for them, by payment.
    """

    is_short: bool
    host: Host
    tells_payouts: bool
    stock: tuple[int, ...]
    orders: tuple[OrderRow, ...]
    events: tuple[Payload, ...]
    booked: dict[str, tuple[Payload, ...]]
    given_back: dict[str, Payload]

    @property
    def early(self) -> list[Step]:
        """The orders that are there before any news."""
        return [order for order in self.orders if not order.is_late]

    @property
    def late(self) -> list[Step]:
        """The orders that may come after their news."""
        return [order for order in self.orders if order.is_late]

    def readings(self) -> list[Reading]:
        """Return the reading of each account that shows all of its bookings."""
        return [
            Reading(account=account, rows=rows, paid_out=self.paid_out(account))
            for account, rows in self.booked.items()
        ]

    def paid_out(self, account: str) -> tuple[Payload, ...]:
        """Return the bookings of which Stripe says with which payout they went: all of them, or none."""
        return self.booked[account] if self.tells_payouts else ()


def make_history(chance: random.Random) -> History:
    """Make a history of one to four parts. One in ten is short of stock."""
    is_short = often(chance, 0.1)
    host = _host(chance, is_short=is_short)
    kinds = ["order"] * 3 if is_short else []
    kinds += [chance.choice(KINDS) for _ in range(chance.choice([1, 1, 2, 2, 3, 4]))]
    parts: list[Told] = []
    orders: list[OrderRow] = []
    for number, kind in enumerate(kinds):
        account = chance.choice(ACCOUNTS)
        person = chance.randint(0, 1)
        told = Told(
            number=number,
            account=account,
            currency=chance.choice(["gbp", "usd"]),
            customer=f"cus_{person}{account}",
        )
        if kind == "order":
            orders += _tell_order(chance, told, person, host, orders)
        elif kind == "invoice":
            tell_invoice(chance, told)
        else:
            tell_subscription(chance, told)
        parts.append(told)
    events = sorted((event for part in parts for event in part.events), key=lambda event: event["created"])
    booked: dict[str, tuple[Payload, ...]] = {}
    for part in parts:
        booked[part.account] = (*booked.get(part.account, ()), *part.booked)
    return History(
        is_short=is_short,
        host=host,
        tells_payouts=often(chance, 0.5),
        stock=(3, 5) if is_short else (40, 40),
        orders=tuple(orders),
        events=tuple(events),
        booked=booked,
        given_back={payment: refund for part in parts for payment, refund in part.given_back.items()},
    )


def _host(chance: random.Random, *, is_short: bool) -> Host:
    """Draw a host. Where stock is short, who is refunded is a matter of arrival, and without an adapter there is none."""
    return Host(
        has_adapter=is_short or often(chance, 0.93),
        restock_policy=chance.choice(["never", "on_cancel", "on_full_refund"]),
        stock_uses_save=often(chance, 0.3),
        refunds_unfulfillable=not is_short and often(chance, 0.5),
    )


def _tell_order(
    chance: random.Random, told: Told, person: int, host: Host, before: list[OrderRow]
) -> list[OrderRow]:
    """Tell of the payment of an order and return that; nothing where it never comes, or one before was paid again."""
    payable = [order for order in before if not (host.refunds_unfulfillable and order.is_canceled)]
    if payable and often(chance, 0.2):
        again = chance.choice(payable)
        tell_payment(chance, told, reference=again.reference, is_given_back=False)
        return []
    order = _order(chance, told, person, host)
    is_given_back = host.refunds_unfulfillable and order.is_canceled
    tell_payment(chance, told, reference=order.reference, is_given_back=is_given_back)
    return [order] if often(chance, 0.85) else []


def _order(chance: random.Random, told: Told, person: int, host: Host) -> OrderRow:
    is_late = often(chance, 0.4)
    can_wait = host.has_adapter and not is_late
    return OrderRow(
        reference=f"R{told.number}",
        product=chance.randint(0, 1),
        currency=told.currency,
        email=f"{chance.choice(['P', 'p'])}{person}@example.com",
        user=f"user{person}" if often(chance, 0.4) else "",
        is_late=is_late,
        is_held=can_wait and often(chance, 0.4),
        is_canceled=can_wait and often(chance, 0.15),
    )


def in_order(history: History) -> list[Step]:
    """Return the arrival that everything is compared with: each thing once, in order, the bookings read last."""
    return [*history.early, *history.late, *history.events, *history.readings()]


def arrive(history: History, chance: random.Random) -> list[Step]:
    """Return a permutation with duplicates. Bookings are read several times, in part and as a whole."""
    steps: list[Step] = [*history.late, *history.events, *history.readings()]
    steps += [event for event in history.events if often(chance, 0.3)]
    for account, rows in history.booked.items():
        part = rows[: chance.randint(0, len(rows))]
        steps.append(Reading(account=account, rows=part, paid_out=history.paid_out(account)))
    chance.shuffle(steps)
    return [*history.early, *steps]


def batches(steps: list[Step], chance: random.Random) -> list[list[Step]]:
    """Split an arrival at random: after each batch the workers make a pass."""
    cuts = sorted(chance.sample(range(len(steps) + 1), min(chance.randint(1, 4), len(steps) + 1)))
    return [steps[start:end] for start, end in zip([0, *cuts], [*cuts, len(steps)], strict=True)]
