"""Record the orders that were paid before we were there, on the host's word (``docs/howto/backfill.md``).

Nothing is told to the host, no stock is taken, nobody is written to: all of that happened long ago. What we
know already is left alone, so it can be stopped at any time and run again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from itertools import islice
from typing import Final

from django.db.models import Count, Q, Sum

from revenue_intel.audit.services import record_action
from revenue_intel.conf import settings as conf
from revenue_intel.exceptions import RevenueIntelError
from revenue_intel.facts import hosts_word, locks
from revenue_intel.facts import services as facts
from revenue_intel.facts.models import OrderFact, PaymentFact
from revenue_intel.issues.services import resolve_issue
from revenue_intel.kit import clock, transactions
from revenue_intel.orders.lifecycle import get_shop
from revenue_intel.orders.settlement import post_payment
from revenue_intel.shop import OrderRecord, PaidOrder, ShopAdapter

#: How many orders are named of those that differ, and of those that cannot be read.
NAMED: Final = 20


@dataclass(kw_only=True)
class Tally:
    """The paid orders of one currency, as the host has them and as we do (minor units)."""

    host_orders: int = 0
    host_minor: int = 0
    our_orders: int = 0
    our_minor: int = 0

    @property
    def agrees(self) -> bool:
        """Whether both have the same number of orders, with the same total."""
        return (self.host_orders, self.host_minor) == (self.our_orders, self.our_minor)


@dataclass(kw_only=True)
class Backfill:
    """What a run did and found. ``missing``, of a dry run: would be recorded. Lists hold the first few (``NAMED``)."""

    until: datetime
    recorded: int = 0
    known: int = 0
    missing: int = 0
    unreadable: int = 0
    tallies: dict[str, Tally] = field(default_factory=dict)
    unreadable_orders: list[str] = field(default_factory=list)
    differing_orders: list[str] = field(default_factory=list)

    @property
    def agrees(self) -> bool:
        """Whether every order could be read, and is here with the host's currency and total."""
        totals_agree = all(tally.agrees for tally in self.tallies.values())
        return totals_agree and not self.unreadable and not self.differing_orders

    def tally(self, currency: str) -> Tally:
        """Return the tally of a currency."""
        return self.tallies.setdefault(currency, Tally())


@dataclass(frozen=True, kw_only=True)
class _Told:
    """A paid order as the host describes it."""

    paid: PaidOrder
    record: OrderRecord


def backfill(
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    batch_size: int = 500,
    dry_run: bool = False,
    progress: Callable[[Backfill], None] | None = None,
) -> Backfill:
    """Record every paid order of the host's that is not recorded as paid, and compare all of them with ours.

    Args:
        since: only orders that the host says were paid then or later.
        until: only those paid before then; now where None.
        batch_size: orders a transaction.
        dry_run: write nothing; ``missing`` then counts what would be recorded.
        progress: called after every batch.

    Raises:
        ConfigurationError: there is no shop, or its adapter cannot list paid orders.
    """
    shop = get_shop()
    is_all = since is None and until is None
    found = Backfill(until=until or clock.now())
    for batch in _batches(shop.paid_orders(since=since, until=found.until), batch_size):
        told = list(_describe(shop, batch, found))
        missing = _find_missing(told)
        found.known += len(told) - len(missing)
        if dry_run:
            found.missing += len(missing)
        elif missing:
            found.recorded += transactions.run(partial(_record, shop, missing))
        _compare(told, found, leave_out=missing if dry_run else [])
        if progress is not None:
            progress(found)
    if is_all and not dry_run:
        _count_ours(found)
    if found.recorded:
        record_action(
            actor="command:revenue_backfill",
            action="orders.backfilled",
            subject=found.until.isoformat(),
            detail={"recorded": found.recorded, "known": found.known, "unreadable": found.unreadable},
        )
    return found


def _describe(shop: ShopAdapter, batch: list[PaidOrder], found: Backfill) -> Iterator[_Told]:
    for paid in batch:
        try:
            record = shop.describe(paid.order)
            hosts_word.check_told(paid.paid_at, paid.payment_intent)
        except RevenueIntelError as error:
            found.unreadable += 1
            if len(found.unreadable_orders) < NAMED:
                found.unreadable_orders.append(f"{paid.order}: {error}")
        else:
            yield _Told(paid=paid, record=record)


def _find_missing(told: list[_Told]) -> list[_Told]:
    references = [each.record.reference for each in told]
    paid = OrderFact.objects.filter(reference__in=references, paid_at__isnull=False)
    known = set(paid.values_list("reference", flat=True))
    return [each for each in told if each.record.reference not in known]


def _record(shop: ShopAdapter, missing: list[_Told]) -> int:
    return sum(_record_one(shop, each) for each in missing)


def _record_one(shop: ShopAdapter, told: _Told) -> bool:
    """Record one order under its lock; False where it is gone, or was paid by Stripe's evidence meanwhile."""
    order = shop.find_order(told.record.reference, lock=True)
    if order is None:
        return False
    record, paid = shop.describe(order), told.paid
    livemode = conf.find_livemode() is not False
    known = OrderFact.objects.filter(reference=record.reference, paid_at__isnull=False)
    if known.exists():
        return False
    payment = None
    if paid.payment_intent:
        payment = hosts_word.record_named_payment(
            paid.payment_intent, record=record, paid_at=paid.paid_at, livemode=livemode
        )
    by_stripe = payment is not None and not payment.is_from_host
    fact = facts.record_order(
        record,
        fact=locks.lock_order(reference=record.reference),
        livemode=livemode,
        customer=facts.ask_customer(record, stripe_customer_id=payment.stripe_customer_id if payment else ""),
        paid_at=payment.succeeded_at if payment and by_stripe else paid.paid_at,
    )
    if payment and by_stripe:
        _settle_with(payment, fact)
    else:
        hosts_word.post_sale_of_host(fact)
    return True


def _settle_with(payment: PaymentFact, fact: OrderFact) -> None:
    """Let a payment that Stripe told of, and that had no order, pay the order that the host names it for."""
    post_payment(payment, fact, event_id="")
    resolve_issue(kind="payment_without_order", subject=payment.payment_intent)


def _compare(told: list[_Told], found: Backfill, *, leave_out: list[_Told]) -> None:
    """Add a batch to the tallies, and name the orders that are not here as the host has them."""
    unrecorded = {each.record.reference for each in leave_out}
    references = [each.record.reference for each in told]
    paid = OrderFact.objects.filter(reference__in=references, paid_at__isnull=False)
    ours = {
        ref: (total, code) for ref, total, code in paid.values_list("reference", "total_minor", "currency")
    }
    for total, code in ours.values():
        found.tally(code).our_orders += 1
        found.tally(code).our_minor += total
    for record in (each.record for each in told):
        found.tally(record.currency).host_orders += 1
        found.tally(record.currency).host_minor += record.total_minor
        here = ours.get(record.reference)
        if here == (record.total_minor, record.currency) or record.reference in unrecorded:
            continue
        if len(found.differing_orders) < NAMED:
            there = f"{record.total_minor} {record.currency}"
            text = "not paid" if here is None else f"{here[0]} {here[1]}"
            found.differing_orders.append(f"{record.reference}: the shop has {there}, here it is {text}")


def _count_ours(found: Backfill) -> None:
    """Count all our own paid orders in place of those that the host listed: there may be some that it has not."""
    livemode = conf.find_livemode()
    mode = Q() if livemode is None else Q(livemode=livemode)
    ours = OrderFact.objects.filter(mode, account="", paid_at__lt=found.until).order_by()
    for tally in found.tallies.values():
        tally.our_orders = tally.our_minor = 0
    for row in ours.values("currency").annotate(n=Count("pk"), total=Sum("total_minor")):
        tally = found.tally(row["currency"])
        tally.our_orders, tally.our_minor = row["n"], row["total"]


def _batches(orders: Iterable[PaidOrder], size: int) -> Iterator[list[PaidOrder]]:
    iterator = iter(orders)
    while batch := list(islice(iterator, size)):
        yield batch
