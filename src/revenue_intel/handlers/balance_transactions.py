"""Balance transactions: Stripe sends no events for them. Some come expanded in other objects; the rest is read."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final

from revenue_intel.exceptions import UnsupportedShapeError
from revenue_intel.facts import services as facts
from revenue_intel.facts.models import BalanceCursor, BalanceTransactionFact, PayoutFact, RefundFact
from revenue_intel.gateway import api, reading
from revenue_intel.handlers import fields
from revenue_intel.kit import clock, transactions
from revenue_intel.orders import services as orders
from revenue_intel.webhooks.registry import Event

#: How far before the last reading a reading begins, so that nothing falls between two.
OVERLAP: Final = timedelta(days=1)


@dataclass(frozen=True, kw_only=True)
class TakenIn:
    """What a reading came to: how many were read, and how many of them were news."""

    read: int
    new: int


def take_in_balance_transactions(
    *,
    since: datetime | None = None,
    account: str = "",
    on_page: Callable[[TakenIn], None] | None = None,
) -> TakenIn:
    """Read the account's balance transactions from Stripe and post what they say. Not inside a transaction.

    The next reading begins a day before this one did. After the list itself, those of each
    reconciled automatic payout are read, so that it is known what was paid out with it. A reading that ends
    early is simply done again.

    Args:
        since: where to begin; None: where the last reading ended, at the first one with the beginning.
        account: the connected account; empty for the shop's own.
        on_page: told after each page how far it is.

    Raises:
        ConfigurationError: there is no secret key.
        PaymentGatewayError: Stripe could not be reached or refused. What was read is kept.
        UnsupportedShapeError: one of them cannot be read. Those before it are kept.
    """
    livemode, began = api.is_live(), clock.now()
    if since is None:
        cursor = BalanceCursor.objects.filter(livemode=livemode, account=account).first()
        since = cursor.complete_until - OVERLAP if cursor else None
    total = TakenIn(read=0, new=0)
    for page in _pages(since=since, account=account):
        total = _take_page(page, total, livemode=livemode, account=account)
        if on_page is not None:
            on_page(total)
    transactions.run(
        partial(facts.advance_cursor, livemode=livemode, account=account, since=since, until=began)
    )
    unlinked = PayoutFact.objects.filter(
        livemode=livemode,
        account=account,
        automatic=True,
        is_reconciled=True,
        linked_at=None,
    )
    for payout in unlinked.order_by("created_at", "pk").values_list("pk", flat=True):
        for page in _pages(payout=payout, account=account):
            total = _take_page(page, total, livemode=livemode, account=account, payout=payout)
        facts.mark_payout_linked(payout_id=payout, at=clock.now())
    return total


def take_expanded(
    source: Mapping[str, Any], event: Event, *, key: str = "balance_transaction"
) -> BalanceTransactionFact | None:
    """Record the balance transaction that came expanded in an object; None where it did not."""
    value = source.get(key)
    if not isinstance(value, Mapping):
        return None
    return facts.record_balance_transaction(read(value, event), event_id=event.id)


def read(source: Mapping[str, Any], event: Event) -> BalanceTransactionFact:
    """Read a balance transaction that came in an event, which knows its mode and account."""
    return read_listed(source, livemode=event.livemode, account=event.account)


def read_listed(
    source: Mapping[str, Any], *, livemode: bool, account: str, payout: str = ""
) -> BalanceTransactionFact:
    """Read a balance transaction, as an unsaved row.

    Raises:
        UnsupportedShapeError: a field is missing or strange, or its amounts do not add up.
        UnknownCurrencyError: it has no currency.
    """
    booked = BalanceTransactionFact(
        transaction_id=fields.required_id(source),
        type=fields.required_text(source, "type"),
        reporting_category=fields.required_text(source, "reporting_category"),
        source=fields.id_of(source, "source"),
        amount_minor=fields.signed_minor(source, "amount"),
        fee_minor=fields.signed_minor(source, "fee"),
        net_minor=fields.signed_minor(source, "net"),
        currency=fields.currency(source),
        livemode=livemode,
        account=account,
        exchange_rate=fields.rate(source, "exchange_rate"),
        created_at=fields.timestamp(source, "created"),
        available_on=fields.timestamp(source, "available_on"),
        is_available=fields.text(source, "status") == "available",
        payout=payout,
    )
    if booked.amount_minor - booked.fee_minor != booked.net_minor:
        raise UnsupportedShapeError("A balance transaction's net is not its amount less its fee.")
    return booked


def _pages(
    *, account: str, since: datetime | None = None, payout: str = ""
) -> Iterator[list[dict[str, Any]]]:
    after, more = "", True
    while more:
        page, more = reading.list_balance_transactions(
            since=since, payout=payout, account=account, starting_after=after
        )
        if not page:
            return
        after = fields.required_id(page[-1])
        yield page


def _take_page(
    page: list[dict[str, Any]], total: TakenIn, *, livemode: bool, account: str, payout: str = ""
) -> TakenIn:
    rows = [read_listed(each, livemode=livemode, account=account, payout=payout) for each in page]
    known = BalanceTransactionFact.objects.in_bulk([row.pk for row in rows])
    for row in rows:
        transactions.run(partial(_take, row))
    return replace(
        total, read=total.read + len(rows), new=total.new + sum(row.pk not in known for row in rows)
    )


def _take(row: BalanceTransactionFact) -> None:
    if row.reporting_category == facts.UNCAPTURED:
        refund = RefundFact.objects.filter(pk=row.source, is_uncaptured=False).first()
        if refund is not None:
            orders.record_refund(replace(facts.news_of(refund, event_id=""), is_uncaptured=True))
    facts.record_balance_transaction(row)
