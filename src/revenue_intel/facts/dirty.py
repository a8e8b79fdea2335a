"""Say which closed days a fact changes, in the fact's own transaction.

What a day says of people depends on their earlier orders, so a late order also changes the
days of the same person's next orders; likewise a late refund those of the order's next ones.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from uuid import UUID

from revenue_intel.conf import settings as conf
from revenue_intel.facts import locks
from revenue_intel.facts.models import DirtyDay, LedgerEntry, MoneyScope, OrderFact
from revenue_intel.kit import clock
from revenue_intel.kit.inserts import insert_later
from revenue_intel.kit.periods import day_of

#: Marks that are written later, by whoever gathers them; None where nobody does.
_gathering: ContextVar[list[DirtyDay] | None] = ContextVar("_gathering", default=None)

#: An order says how long ago the person's last order was, and the one before that.
NEXT_ORDERS = 2


@contextmanager
def gathered() -> Iterator[None]:
    """Write all that is marked within the block in one statement at its end. Block and end are one transaction."""
    if _gathering.get() is not None:
        yield
        return
    token = _gathering.set([])
    try:
        yield
        insert_later(_gathering.get() or [])
    finally:
        _gathering.reset(token)


def mark(fact: MoneyScope, instants: Iterable[datetime | None], *, cause: str) -> None:
    """Mark the days of these instants, in the fact's scope, where they are closed."""
    _write(((instant, fact) for instant in instants if instant is not None), cause=cause)


def mark_order(order: OrderFact, *, cause: str) -> None:
    """Mark the day on which an order was paid, and the days of the same person's next orders."""
    if not _is_closed(order.paid_at):
        return
    touched: list[tuple[datetime, MoneyScope]] = [(order.paid_at, order)] if order.paid_at else []
    if order.customer is not None and not order.customer.is_new:
        person = locks.lock_person(order.customer)
        later = OrderFact.objects.filter(
            customer__canonical=person,
            livemode=order.livemode,
            account=order.account,
            paid_at__gte=order.paid_at,
        ).exclude(reference=order.reference)  # its own key may not be known yet
        seen: Counter[str] = Counter()
        for follower in later.order_by("paid_at", "pk").iterator(chunk_size=100):
            seen[follower.currency] += 1
            if follower.paid_at and seen[follower.currency] <= NEXT_ORDERS:
                touched.append((follower.paid_at, follower))
    _write(touched, cause=cause)


def mark_entry(entry: LedgerEntry) -> None:
    """Mark the day of a ledger entry; of one about an order, also the days of its later entries of that kind."""
    if not _is_closed(entry.occurred_at):
        return
    touched: list[tuple[datetime, MoneyScope]] = [(entry.occurred_at, entry)]
    if entry.order_reference and entry.kind != LedgerEntry.Kind.SALE:
        later = LedgerEntry.objects.filter(
            order_reference=entry.order_reference,
            currency=entry.currency,
            livemode=entry.livemode,
            account=entry.account,
            occurred_at__gt=entry.occurred_at,
        ).exclude(kind=LedgerEntry.Kind.SALE)
        touched += [(other.occurred_at, other) for other in later]
    _write(touched, cause=entry.kind)


def mark_people(people: Collection[UUID]) -> None:
    """Mark every day on which these people paid, because they turned out to be one."""
    orders = OrderFact.objects.filter(customer__canonical__in=people, paid_at__isnull=False)
    _write(((order.paid_at, order) for order in orders if order.paid_at), cause="identity")


def _is_closed(instant: datetime | None) -> bool:
    zone = clock.zone(conf.TIME_ZONE)
    return instant is not None and day_of(instant, zone) < day_of(clock.now(), zone)


def _write(touched: Iterable[tuple[datetime, MoneyScope]], *, cause: str) -> None:
    now = clock.now()
    marks = {
        (instant, fact.currency, fact.livemode, fact.account)
        for instant, fact in touched
        if _is_closed(instant)
    }
    days = [
        DirtyDay(at=at, currency=currency, livemode=livemode, account=account, cause=cause, recorded_at=now)
        for at, currency, livemode, account in sorted(marks)
    ]
    gathering = _gathering.get()
    if gathering is None:
        insert_later(days)
    else:
        gathering += days
