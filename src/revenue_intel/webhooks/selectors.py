"""Read stored events."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from fnmatch import fnmatchcase
from typing import TypeAlias

from django.db.models import Q, QuerySet

from revenue_intel.webhooks.models import StripeEvent

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


def events_waiting_for(subjects: tuple[str, ...]) -> list[int]:
    """Return the rows of the events that are parked for one of the subjects, oldest first."""
    parked = StripeEvent.objects.filter(outcome=Outcome.PARKED, waiting_for__in=subjects)
    return list(parked.order_by("created_at", "pk").values_list("pk", flat=True))


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
