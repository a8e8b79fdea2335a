"""What is kept of an event, and for how long: its key, outcome and digest for ever, its body until it is dropped.

The body of an event that has not been applied is never dropped: it is all there is of its money.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db import router
from django.db.models import QuerySet

from revenue_intel.exceptions import EventPrunedError
from revenue_intel.kit.together import send_later
from revenue_intel.webhooks import registry
from revenue_intel.webhooks.models import StripeEvent

#: How many events are changed at once.
BATCH: Final = 1000
SETTLED: Final = (StripeEvent.Outcome.APPLIED, StripeEvent.Outcome.IGNORED)

Progress = Callable[[int], None]


@dataclass(frozen=True, kw_only=True)
class Mentions:
    """The events whose body names somebody: those that are settled, and how many are not."""

    settled: list[int]
    unsettled: int


def content_of(event: StripeEvent) -> dict[str, Any]:
    """Return the event as it came, parsed.

    Raises:
        EventPrunedError: its body has been dropped.
    """
    if not event.body:
        raise EventPrunedError(
            f"The body of event {event.event_id} has been dropped: it cannot be applied again from here. "
            "Stripe keeps events for 30 days."
        )
    content: dict[str, Any] = json.loads(event.body)
    return content


def find_prunable(*, before: datetime) -> QuerySet[StripeEvent]:
    """Return the settled events received before that instant that still have a body."""
    return StripeEvent.objects.filter(outcome__in=SETTLED, received_at__lt=before).exclude(body="")


def prune(*, before: datetime, progress: Progress | None = None) -> int:
    """Drop those bodies, a batch a transaction; return how many. Safe to stop and to run again."""
    dropped = 0
    while pks := list(
        find_prunable(before=before).order_by("received_at").values_list("pk", flat=True)[:BATCH]
    ):
        dropped += drop_bodies(pks)
        if progress:
            progress(dropped)
    return dropped


def drop_bodies(pks: Iterable[int]) -> int:
    """Drop the bodies of these events, of those among them that are settled; return how many."""
    return StripeEvent.objects.filter(pk__in=pks, outcome__in=SETTLED).exclude(body="").update(body="")


def find_forgotten(event: StripeEvent) -> tuple[str, list[Any]]:
    """Return a condition in SQL, and its parameters, that holds where the event's body names somebody forgotten."""
    return registry.is_forgotten(_strings(content_of(event)))


def drop_if_forgotten(event: StripeEvent) -> None:
    """Drop the body of a settled event that names somebody who has been forgotten, with the next statement that is sent."""
    using = router.db_for_write(StripeEvent)
    is_forgotten, names = find_forgotten(event)
    statement = f"UPDATE \"{StripeEvent._meta.db_table}\" SET body = '' WHERE id = %s AND {is_forgotten}"  # noqa: S608
    send_later(statement, [event.pk, *names], using=using)


def find_mentions(
    *, texts: Collection[str], values: Collection[str], progress: Progress | None = None
) -> Mentions:
    """Read every body that is kept, and return which of them name somebody.

    Args:
        texts: found anywhere, in any case: e-mail addresses.
        values: found as a whole value only: ids and references.
        progress: called with how many events have been read.
    """
    settled, unsettled = [], 0
    folded, whole = {text.casefold() for text in texts}, set(values)
    rows = StripeEvent.objects.exclude(body="").values_list("pk", "outcome", "body").order_by("pk")
    for number, (pk, outcome, body) in enumerate(rows.iterator(chunk_size=BATCH), start=1):
        if any(_mentions(text, folded, whole) for text in _strings(json.loads(body))):
            if outcome in SETTLED:
                settled.append(pk)
            else:
                unsettled += 1
        if progress and number % BATCH == 0:
            progress(number)
    return Mentions(settled=settled, unsettled=unsettled)


def _mentions(text: str, folded: Collection[str], whole: Collection[str]) -> bool:
    return text in whole or any(part in text.casefold() for part in folded)


def _strings(content: Any) -> Iterator[str]:
    """Yield every text inside, without recursion: a body may be nested as deep as JSON can be read."""
    waiting = [content]
    while waiting:
        value = waiting.pop()
        if isinstance(value, str):
            yield value
        elif isinstance(value, dict):
            waiting += value.values()
        elif isinstance(value, list):
            waiting += value
