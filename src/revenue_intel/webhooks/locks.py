"""The lock on an event: the first of all locks."""

from __future__ import annotations

from datetime import datetime

from revenue_intel.kit.rows import find_row
from revenue_intel.webhooks.models import StripeEvent
from revenue_intel.webhooks.selectors import Position, due_events


def lock_event(*, pk: int) -> StripeEvent:
    """Return the stored event, locked until the transaction ends."""
    row = find_row(StripeEvent, lock="FOR UPDATE", id=pk)
    if row is None:
        raise StripeEvent.DoesNotExist(f"There is no stored event in row {pk}.")
    return row


def lock_due_event(*, now: datetime, after: Position | None) -> StripeEvent | None:
    """Return the first event due behind ``after`` that nobody else holds, locked; None where there is none.

    The lock is the claim: it ends with the transaction, whatever becomes of the process.
    """
    return due_events(now=now, after=after).select_for_update(skip_locked=True).first()
