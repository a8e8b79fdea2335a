"""Read stored events: which are due, what became of them, and which types there are to become something."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from fnmatch import fnmatchcase
from typing import Any, TypeAlias

from django.db import router
from django.db.models import Count, F, Q, QuerySet, Sum

from revenue_intel.kit.together import ask_after_commit
from revenue_intel.webhooks import registry
from revenue_intel.webhooks.models import StripeEvent
from revenue_intel.webhooks.uninteresting import REASON_OF, REASONS

Outcome = StripeEvent.Outcome

#: Where an event stands in the line: its instant, and its row where instants are equal.
Position: TypeAlias = tuple[datetime, int]


def due_events(*, now: datetime, after: Position | None = None) -> QuerySet[StripeEvent]:
    """Return the events that a worker may try now, oldest first: not settled, not dead, no pause running."""
    due = StripeEvent.objects.filter(
        Q(next_attempt_at=None) | Q(next_attempt_at__lte=now),
        outcome__in=[Outcome.RECEIVED, Outcome.PARKED, Outcome.FAILED],
        dead_at=None,
    )
    if after is not None:
        instant, pk = after
        due = due.filter(created_at__gte=instant).exclude(created_at=instant, pk__lte=pk)
    return due.order_by("created_at", "pk")


def ask_waiting_for(subjects: tuple[str, ...]) -> Callable[[], list[int]]:
    """Ask for the rows of the events that are parked for one of the subjects, once the transaction is committed.

    What is returned returns them, oldest first; it is to be called behind the transaction.
    """
    if not subjects:
        return list
    answer = ask_after_commit(
        f'SELECT id FROM "{StripeEvent._meta.db_table}" '  # noqa: S608 - all values are parameters
        f"WHERE outcome = 'parked' AND waiting_for IN ({', '.join(['%s'] * len(subjects))}) "
        "ORDER BY created_at, id",
        subjects,
        using=router.db_for_write(StripeEvent),
    )
    return lambda: [pk for (pk,) in answer.rows()]


def find_events(
    *,
    ids: Collection[str] = (),
    types: Collection[str] = (),
    outcomes: Collection[str] = (),
    since: datetime | None = None,
    until: datetime | None = None,
    is_dead: bool = False,
) -> QuerySet[StripeEvent]:
    """Return the events that fit all that is given, oldest first.

    Args:
        ids: Stripe's ids of events.
        types: types, or patterns of them such as ``charge.*``.
        outcomes: what has become of them.
        since: the earliest instant of creation.
        until: the instant of creation that is too late.
        is_dead: only those that are not tried any more.
    """
    found = StripeEvent.objects.order_by("created_at", "pk")
    if ids:
        found = found.filter(event_id__in=ids)
    if types:
        there = StripeEvent.objects.order_by().values_list("type", flat=True).distinct()
        found = found.filter(
            type__in=[name for name in there if any(fnmatchcase(name, each) for each in types)]
        )
    if outcomes:
        found = found.filter(outcome__in=outcomes)
    if since is not None:
        found = found.filter(created_at__gte=since)
    if until is not None:
        found = found.filter(created_at__lt=until)
    return found.exclude(dead_at=None) if is_dead else found


@dataclass(frozen=True, kw_only=True)
class EventCount:
    """How many events of a type have an outcome for a reason, and how many deliveries came again."""

    type: str
    outcome: str
    reason: str
    events: int
    duplicates: int


def count_events(*, since: datetime | None = None) -> list[EventCount]:
    """Count the events received at or after ``since`` (all of them without) by type, outcome and reason."""
    events = (
        StripeEvent.objects.all() if since is None else StripeEvent.objects.filter(received_at__gte=since)
    )
    rows = (
        events.order_by()
        .values("type", "outcome", "reason")
        .annotate(events=Count("pk"), duplicates=Sum(F("deliveries") - 1))
        .order_by("type", "outcome", "reason")
    )
    return [EventCount(**row) for row in rows]


def describe_event_types() -> dict[str, Any]:
    """Return what ``contracts/events.json`` holds: the types that have a handler, and those ignored for a reason."""
    return {
        "version": 1,
        "handled": registry.event_types(),
        "ignored": dict(sorted(REASON_OF.items())),
        "reasons": REASONS,
    }
