"""Read stored events: what became of them, and which types there are to become something."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, F, Sum

from revenue_intel.webhooks import registry
from revenue_intel.webhooks.models import StripeEvent
from revenue_intel.webhooks.uninteresting import REASON_OF, REASONS


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
