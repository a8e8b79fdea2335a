"""Does the ledger come to what Stripe booked? By category, to the unit, and by name where it does not.

Every booking in the period is held against the ledger entry that stands for it, whichever day that is
on; and every entry in the period against Stripe's bookings, where those are known to be complete. A sale
or refund that was settled in another currency is held against its booking by presence alone: the
rate is Stripe's, and rounding it again would prove nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice
from typing import Final

from django.db.models import Exists, OuterRef, Q, QuerySet

from revenue_intel.facts.balance import DISPUTE_KINDS, FEE_CATEGORY, MOVED_ONLY
from revenue_intel.facts.hosts_word import FROM_HOST
from revenue_intel.facts.models import (
    BalanceCursor,
    BalanceTransactionFact,
    LedgerEntry,
    PaymentFact,
    RefundFact,
)
from revenue_intel.facts.refunds import UNCAPTURED

Kind = LedgerEntry.Kind
Scope = tuple[str, bool, str]

CATEGORIES: Final = ("charges", "refunds", "disputes", "fees", "other")
#: How long Stripe may take to book what it told us of.
GRACE: Final = timedelta(hours=1)
BATCH: Final = 1000

_REFUNDS: Final = {"refund": Kind.REFUND, "refund_failure": Kind.REFUND_REVERSAL}
_BY_BOOKING: Final = {
    Kind.DISPUTE: "disputes",
    Kind.DISPUTE_REVERSAL: "disputes",
    Kind.FEE: "fees",
    Kind.ADJUSTMENT: "other",
}


@dataclass(frozen=True, kw_only=True)
class Difference:
    """One object of which Stripe and the ledger say different things (minor units)."""

    subject: str
    stripe_minor: int
    ledger_minor: int

    @property
    def remainder_minor(self) -> int:
        """What Stripe booked and the ledger does not have."""
        return self.stripe_minor - self.ledger_minor


@dataclass(kw_only=True)
class TieOut:
    """One category of one scope: what Stripe booked, what the ledger has, and what differs, by name.

    ``converted`` counts the bookings in another currency than the charge's.
    """

    currency: str
    livemode: bool
    account: str
    category: str
    stripe_minor: int = 0
    ledger_minor: int = 0
    converted: int = 0
    by_subject: dict[str, tuple[int, int]] = field(default_factory=dict)

    @property
    def remainder_minor(self) -> int:
        """What Stripe booked and the ledger does not have, in all."""
        return self.stripe_minor - self.ledger_minor

    @property
    def differences(self) -> list[Difference]:
        """The objects that do not agree, by name."""
        return [
            Difference(subject=subject, stripe_minor=stripe, ledger_minor=ledger)
            for subject, (stripe, ledger) in sorted(self.by_subject.items())
            if stripe != ledger
        ]

    def add(self, subject: str, *, stripe_minor: int, ledger_minor: int) -> None:
        """Count what both say of one object; what agrees at once is not remembered by name."""
        self.stripe_minor += stripe_minor
        self.ledger_minor += ledger_minor
        if stripe_minor != ledger_minor:
            stripe, ledger = self.by_subject.get(subject, (0, 0))
            self.by_subject[subject] = (stripe + stripe_minor, ledger + ledger_minor)


def compute_tie_out(
    *, since: datetime, until: datetime, livemode: bool | None = None, account: str | None = None
) -> list[TieOut]:
    """Compare the ledger with the balance transactions of a period, per currency, mode, account and category.

    Args:
        since: where the period begins.
        until: where it ends, exclusive.
        livemode: only live or only test money; both where None.
        account: only this account; all where None.
    """
    scope = Q() if livemode is None else Q(livemode=livemode)
    scope &= Q() if account is None else Q(account=account)
    lines: dict[tuple[Scope, str], TieOut] = {}
    booked = BalanceTransactionFact.objects.filter(scope, created_at__gte=since, created_at__lt=until)
    rows = booked.exclude(reporting_category__in=MOVED_ONLY, fee_minor=0).order_by("pk")
    for batch in _batches(rows.iterator(chunk_size=BATCH)):
        entries = _Entries(batch)
        for row in batch:
            _compare(row, entries, lines)
    _add_unbooked(LedgerEntry.objects.filter(scope, occurred_at__gte=since, occurred_at__lt=until), lines)
    return [lines[key] for key in sorted(lines, key=lambda key: (key[0], CATEGORIES.index(key[1])))]


class _Entries:
    """The entries that stand for a batch of bookings, looked up in four queries."""

    def __init__(self, batch: list[BalanceTransactionFact]) -> None:
        sources = {row.source for row in batch if row.source}
        intents = dict(PaymentFact.objects.filter(charge__in=sources).values_list("pk", "charge"))
        self.charges = dict(RefundFact.objects.filter(pk__in=sources).values_list("pk", "charge"))
        self.sales: dict[str, LedgerEntry] = {
            intents[entry.object_id]: entry
            for entry in _standing().filter(kind=Kind.SALE, object_id__in=intents)
        }
        self.others: dict[tuple[str, str], LedgerEntry] = {
            (entry.kind, entry.object_id): entry
            for entry in _standing()
            .filter(object_id__in=[*sources, *(row.pk for row in batch)])
            .exclude(kind=Kind.SALE)
        }


def _compare(row: BalanceTransactionFact, entries: _Entries, lines: dict[tuple[Scope, str], TieOut]) -> None:
    category = row.reporting_category
    fee_minor = -row.net_minor if category == FEE_CATEGORY else row.fee_minor
    fee = entries.others.get((Kind.FEE, row.pk))
    if fee_minor or fee:
        _add(lines, row, "fees", row.pk, -fee_minor, fee)
    if category == "charge":
        _add(lines, row, "charges", row.source, row.amount_minor, entries.sales.get(row.source))
    elif category == UNCAPTURED:
        _add(lines, row, "charges", entries.charges.get(row.source, row.source), row.amount_minor, None)
    elif category in _REFUNDS:
        entry = entries.others.get((_REFUNDS[category], row.source))
        _add(lines, row, "refunds", row.source, row.amount_minor, entry)
    elif category in DISPUTE_KINDS:
        entry = entries.others.get((DISPUTE_KINDS[category], row.pk))
        _add(lines, row, "disputes", row.pk, row.amount_minor, entry)
    elif category != FEE_CATEGORY and category not in MOVED_ONLY:
        _add(lines, row, "other", row.pk, row.amount_minor, entries.others.get((Kind.ADJUSTMENT, row.pk)))


def _add(
    lines: dict[tuple[Scope, str], TieOut],
    row: BalanceTransactionFact,
    category: str,
    subject: str,
    stripe_minor: int,
    entry: LedgerEntry | None,
) -> None:
    line = _line(lines, (row.currency, row.livemode, row.account), category)
    ledger_minor = entry.amount_minor if entry else 0
    if entry and entry.currency != row.currency:
        line.converted += 1
        ledger_minor = stripe_minor
    line.add(subject or row.pk, stripe_minor=stripe_minor, ledger_minor=ledger_minor)


def _add_unbooked(entries: QuerySet[LedgerEntry], lines: dict[tuple[Scope, str], TieOut]) -> None:
    """Add the entries that Stripe booked nothing for, where its bookings are known to be complete."""
    booked = BalanceTransactionFact.objects
    standing = entries.filter(reverses=None, reversed_by=None).exclude(amount_minor=0).order_by("pk")
    standing = standing.exclude(kind=Kind.SALE, label=FROM_HOST)  # may have been paid elsewhere
    charge = PaymentFact.objects.filter(pk=OuterRef(OuterRef("object_id"))).values("charge")
    sold = Exists(booked.filter(source__in=charge, reporting_category="charge"))
    gone = Exists(booked.filter(source=OuterRef("object_id"), reporting_category__in=_REFUNDS))
    # Stripe books a refund when it makes it: one that waits has not been.
    waits = Exists(
        RefundFact.objects.filter(pk=OuterRef("object_id"), status__in=["pending", "requires_action"])
    )
    complete = _complete()
    if complete:
        for entry in standing.filter(complete, ~sold, kind=Kind.SALE).iterator(chunk_size=BATCH):
            _add_entry(lines, "charges", entry)
        refunds = standing.filter(complete, ~gone, ~waits, kind__in=_REFUNDS.values())
        for entry in refunds.iterator(chunk_size=BATCH):
            _add_entry(lines, "refunds", entry)
    unknown = standing.filter(~Exists(booked.filter(pk=OuterRef("object_id"))), kind__in=list(_BY_BOOKING))
    for entry in unknown.iterator(chunk_size=BATCH):
        _add_entry(lines, _BY_BOOKING[Kind(entry.kind)], entry)


def _complete() -> Q:
    """Return which entries Stripe must have booked by what we have read; empty where we have read nothing."""
    found = Q()
    for cursor in BalanceCursor.objects.all():
        span = Q(
            livemode=cursor.livemode,
            account=cursor.account,
            occurred_at__lt=cursor.complete_until - GRACE,
        )
        if cursor.complete_since is not None:
            span &= Q(occurred_at__gte=cursor.complete_since)
        found |= span
    return found


def _add_entry(lines: dict[tuple[Scope, str], TieOut], category: str, entry: LedgerEntry) -> None:
    line = _line(lines, (entry.currency, entry.livemode, entry.account), category)
    line.add(entry.object_id, stripe_minor=0, ledger_minor=entry.amount_minor)


def _line(lines: dict[tuple[Scope, str], TieOut], scope: Scope, category: str) -> TieOut:
    currency, livemode, account = scope
    return lines.setdefault(
        (scope, category),
        TieOut(currency=currency, livemode=livemode, account=account, category=category),
    )


def _standing() -> QuerySet[LedgerEntry]:
    return LedgerEntry.objects.filter(reverses=None, reversed_by=None)


def _batches(rows: Iterable[BalanceTransactionFact]) -> Iterator[list[BalanceTransactionFact]]:
    iterator = iter(rows)
    while batch := list(islice(iterator, BATCH)):
        yield batch
