"""Post to the ledger. One entry stands for each (kind, object); a correction is a reversal and a new version.

The date of an entry is the earliest evidence: where a later delivery brings an earlier
instant, the standing entry is reversed on its own day and posted anew, so that the sums by
day do not depend on the order of arrival.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from revenue_intel.exceptions import LedgerConflictError
from revenue_intel.facts import dirty
from revenue_intel.facts.models import LedgerEntry
from revenue_intel.kit import clock
from revenue_intel.kit.inserts import insert_if_absent, insert_later, insert_rows

#: What an entry that is let go keeps.
_KEPT: Final = ("object_id", "amount_minor", "currency", "livemode", "account", "occurred_at", "label")


@dataclass(frozen=True, kw_only=True)
class Posting:
    """What is to stand in the ledger. ``amount_minor`` is signed."""

    kind: LedgerEntry.Kind
    object_id: str
    amount_minor: int
    currency: str
    livemode: bool
    account: str
    occurred_at: datetime
    order_reference: str = ""
    event_id: str = ""
    label: str = ""


def post(posting: Posting, *, is_first: bool = False) -> LedgerEntry:
    """Make ``posting`` stand, and return the standing entry. The caller holds the object's lock.

    Args:
        posting: what is to stand.
        is_first: nothing can have been posted for the object, because the caller has just made it known.

    Raises:
        LedgerConflictError: the same object was posted with another amount or currency.
    """
    first = _entry(posting, version=1)
    if is_first:
        insert_later([first])
    if is_first or insert_if_absent(first):
        dirty.mark_entry(first)
        return first
    standing = find_standing(kind=posting.kind, object_id=posting.object_id)
    if standing is None:
        entries = LedgerEntry.objects.filter(kind=posting.kind, object_id=posting.object_id)
        return _insert(posting, version=entries.count() + 1)
    if (standing.amount_minor, standing.currency) != (posting.amount_minor, posting.currency):
        raise LedgerConflictError(
            f"{posting.kind} {posting.object_id}: posted as {standing.amount_minor} {standing.currency}, "
            f"now reported as {posting.amount_minor} {posting.currency}."
        )
    better = replace(
        posting,
        occurred_at=min(posting.occurred_at, standing.occurred_at),
        order_reference=posting.order_reference or standing.order_reference,
    )
    if (better.occurred_at, better.order_reference) == (standing.occurred_at, standing.order_reference):
        return standing
    taken_back = _reverse(standing, event_id=posting.event_id)
    return _insert(better, version=version_of(taken_back) + 1)


def retract(*, kind: LedgerEntry.Kind, object_id: str, event_id: str) -> None:
    """Let nothing stand for this object: its money turned out not to have moved. The caller holds its lock."""
    standing = find_standing(kind=kind, object_id=object_id)
    if standing is not None:
        _reverse(standing, event_id=event_id)


def let_go(*, object_ids: Iterable[str], order_reference: str, event_id: str) -> None:
    """Let the entries of these objects stand for no order any more. The caller holds the objects' locks."""
    standing = LedgerEntry.objects.filter(
        object_id__in=object_ids, order_reference=order_reference, reverses=None, reversed_by=None
    )
    for entry in list(standing.order_by("id")):
        fields = {name: getattr(entry, name) for name in _KEPT}
        taken_back = _reverse(entry, event_id=event_id)
        _insert(
            Posting(**fields, kind=LedgerEntry.Kind(entry.kind), event_id=event_id),
            version=version_of(taken_back) + 1,
        )


def version_of(entry: LedgerEntry) -> int:
    """Return which entry of its object it is: 1 for the first ever."""
    return int(entry.key.rpartition(":")[2])


def find_standing(*, kind: str, object_id: str) -> LedgerEntry | None:
    """Return the entry that holds for this object, or None."""
    return (
        LedgerEntry.objects.filter(kind=kind, object_id=object_id, reverses=None, reversed_by=None)
        .order_by("-id")
        .first()
    )


def _insert(posting: Posting, *, version: int) -> LedgerEntry:
    entry = _entry(posting, version=version)
    insert_rows([entry])
    dirty.mark_entry(entry)
    return entry


def _entry(posting: Posting, *, version: int) -> LedgerEntry:
    return LedgerEntry(
        key=f"{posting.kind}:{posting.object_id}:{version}",
        kind=posting.kind,
        object_id=posting.object_id,
        amount_minor=posting.amount_minor,
        currency=posting.currency,
        livemode=posting.livemode,
        account=posting.account,
        occurred_at=posting.occurred_at,
        recorded_at=clock.now(),
        order_reference=posting.order_reference,
        event_id=posting.event_id,
        label=posting.label,
    )


def _reverse(entry: LedgerEntry, *, event_id: str) -> LedgerEntry:
    reversal = LedgerEntry.objects.create(
        key=f"{entry.kind}:{entry.object_id}:{version_of(entry) + 1}",
        kind=entry.kind,
        object_id=entry.object_id,
        amount_minor=-entry.amount_minor,
        currency=entry.currency,
        livemode=entry.livemode,
        account=entry.account,
        occurred_at=entry.occurred_at,
        recorded_at=clock.now(),
        order_reference=entry.order_reference,
        event_id=event_id,
        label=entry.label,
        reverses=entry,
    )
    dirty.mark_entry(reversal)
    return reversal
