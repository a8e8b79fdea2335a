"""The lock on an event: the first of all locks."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from django.db import connections, router

from revenue_intel.kit.rows import find_row
from revenue_intel.kit.together import ask_later
from revenue_intel.webhooks import retention
from revenue_intel.webhooks.models import StripeEvent
from revenue_intel.webhooks.selectors import Position, due_events


def lock_event(*, pk: int) -> StripeEvent:
    """Return the stored event, locked until the transaction ends."""
    row = find_row(StripeEvent, lock="FOR UPDATE", id=pk)
    if row is None:
        raise StripeEvent.DoesNotExist(f"There is no stored event in row {pk}.")
    return row


def claim_new_event(row: StripeEvent, *, outcome: str, reason: str, at: datetime) -> Callable[[], bool]:
    """Lock an event that nobody has tried yet, and write the outcome that is foreseen; return what says if it was that still.

    That is done with the next statement, before it. Its body is dropped where it names somebody who has been forgotten.
    ``row`` is the event as it was stored, and stays so. Where something else than what was foreseen comes of it, that is
    written over this, in the same transaction.
    """
    is_forgotten, names = retention.find_forgotten(row)
    using = router.db_for_write(StripeEvent)
    claimed = ask_later(
        f'UPDATE "{StripeEvent._meta.db_table}" SET outcome = %s, reason = %s, processed_at = %s, '  # noqa: S608
        f"body = CASE WHEN {is_forgotten} THEN '' ELSE body END "
        "WHERE id = %s AND outcome = 'received' AND failures = 0 AND next_attempt_at IS NULL RETURNING id",
        [outcome, reason, connections[using].ops.adapt_datetimefield_value(at), *names, row.pk],
        using=using,
    )
    return lambda: bool(claimed.rows())


def lock_due_event(*, now: datetime, after: Position | None) -> StripeEvent | None:
    """Return the first event due behind ``after`` that nobody else holds, locked; None where there is none.

    The lock is the claim: it ends with the transaction, whatever becomes of the process.
    """
    return due_events(now=now, after=after).select_for_update(skip_locked=True).first()
