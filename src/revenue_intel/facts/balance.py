"""Record balance transactions and payouts, and post what only they know: disputes, fees, adjustments.

All of it is in the currency of settlement, which need not be the charge's.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from django.forms.models import model_to_dict

from revenue_intel.exceptions import LedgerConflictError
from revenue_intel.facts import dirty, ledger, locks
from revenue_intel.facts.models import (
    BalanceCursor,
    BalanceReading,
    BalanceTransactionFact,
    DisputeFact,
    LedgerEntry,
    PayoutFact,
)

Kind = LedgerEntry.Kind

#: Reporting categories whose amount is posted by somebody else: payments post sales, refunds post refunds.
POSTED_ELSEWHERE: Final = frozenset({"charge", "refund", "refund_failure", "partial_capture_reversal"})
#: Money between the balance and the shop's own pockets: no sale, no cost.
MOVED_ONLY: Final = frozenset(
    [
        "payout",
        "payout_minimum_balance_hold",
        "payout_minimum_balance_release",
        "payout_reversal",
        "reserved_funds",
        "reserve_transaction",
        "risk_reserved_funds",
        "topup",
        "topup_reversal",
        "transfer",
        "transfer_reversal",
    ]
)
DISPUTE_KINDS: Final = {"dispute": Kind.DISPUTE, "dispute_reversal": Kind.DISPUTE_REVERSAL}
FEE_CATEGORY: Final = "fee"

_CONSTANT: Final = ("amount_minor", "fee_minor", "net_minor", "currency", "livemode", "account")
_PAYOUT_RANK: Final = {status: rank for rank, status in enumerate(PayoutFact.Status)}


def record_balance_transaction(news: BalanceTransactionFact, *, event_id: str = "") -> BalanceTransactionFact:
    """Record a balance transaction, given as an unsaved row, and post what nobody else posts. Idempotent.

    Args:
        news: what Stripe says.
        event_id: the event that brought it; empty where it was read from the list.

    Raises:
        LedgerConflictError: it was reported with other amounts before.
    """
    if news.reporting_category in DISPUTE_KINDS:
        locks.lock_bookings(sources=[news.source])
    booked = locks.lock_balance_transaction(news)
    if booked is news:
        dirty.mark(booked, [booked.created_at], cause="balance_transaction")
    if any(getattr(booked, name) != getattr(news, name) for name in _CONSTANT):
        raise LedgerConflictError(f"balance transaction {news.pk} was reported with two amounts or accounts.")
    before = model_to_dict(booked)
    booked.is_available = booked.is_available or news.is_available
    booked.payout = max(booked.payout, news.payout)
    if model_to_dict(booked) != before:
        booked.save()
    category = booked.reporting_category
    if category in DISPUTE_KINDS:
        post_dispute(booked, order_reference=_order_of(booked), event_id=event_id)
    elif category not in {*POSTED_ELSEWHERE, *MOVED_ONLY, FEE_CATEGORY} and booked.amount_minor:
        _post(booked, Kind.ADJUSTMENT, booked.amount_minor, event_id=event_id, label=category)
    fee_minor = -booked.net_minor if category == FEE_CATEGORY else booked.fee_minor
    if fee_minor:
        _post(booked, Kind.FEE, -fee_minor, event_id=event_id, label=category)
    return booked


def post_dispute(booked: BalanceTransactionFact, *, order_reference: str, event_id: str) -> None:
    """Post the withdrawal or the reinstatement that a dispute's balance transaction is. The caller holds ``lock_bookings``."""
    kind = DISPUTE_KINDS.get(booked.reporting_category)
    if kind is not None:
        _post(booked, kind, booked.amount_minor, event_id=event_id, order_reference=order_reference)


def record_payout(news: PayoutFact) -> PayoutFact:
    """Record what an event says of a payout, given as an unsaved row. Idempotent, in any order."""
    payout = locks.lock_payout(news)
    before = model_to_dict(payout)
    if _PAYOUT_RANK[PayoutFact.Status(news.status)] > _PAYOUT_RANK[PayoutFact.Status(payout.status)]:
        payout.status = news.status
    for name in (
        "balance_transaction",
        "failure_balance_transaction",
        "failure_code",
        "arrives_at",
        "is_reconciled",
    ):
        setattr(payout, name, max(getattr(payout, name), getattr(news, name)))
    if model_to_dict(payout) != before:
        payout.save()
    return payout


def mark_payout_linked(*, payout_id: str, at: datetime) -> None:
    """Remember that the balance transactions of a payout have been read."""
    PayoutFact.objects.filter(pk=payout_id).update(linked_at=at)


def advance_cursor(*, livemode: bool, account: str, since: datetime | None, until: datetime) -> BalanceCursor:
    """Remember that all balance transactions between two instants are here (``since`` None: from the first on)."""
    cursor = locks.lock_cursor(
        BalanceCursor(livemode=livemode, account=account, complete_since=since, complete_until=until)
    )
    joins = since is None or since <= cursor.complete_until
    reaches_back = since is None or (cursor.complete_since is not None and since < cursor.complete_since)
    if not joins or reaches_back:
        cursor.complete_since = since
    cursor.complete_until = max(cursor.complete_until, until)
    cursor.save()
    BalanceReading.objects.create(
        livemode=livemode,
        account=account,
        complete_since=cursor.complete_since,
        complete_until=cursor.complete_until,
    )
    return cursor


def _order_of(booked: BalanceTransactionFact) -> str:
    found = DisputeFact.objects.filter(pk=booked.source).values_list("order_reference", flat=True).first()
    return found or ""


def _post(
    booked: BalanceTransactionFact,
    kind: LedgerEntry.Kind,
    amount_minor: int,
    *,
    event_id: str,
    order_reference: str = "",
    label: str = "",
) -> None:
    ledger.post(
        ledger.Posting(
            kind=kind,
            object_id=booked.transaction_id,
            amount_minor=amount_minor,
            currency=booked.currency,
            livemode=booked.livemode,
            account=booked.account,
            occurred_at=booked.created_at,
            order_reference=order_reference,
            event_id=event_id,
            label=label,
        )
    )
