"""Read stored events."""

from __future__ import annotations

from datetime import datetime
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
