"""Changes of MRR, made with few words."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime

from revenue_intel.kpis.subscription_history import Change


def person(number: int) -> uuid.UUID:
    """Return the key of the customer of that number."""
    return uuid.UUID(int=number)


def change(at: int, customer: int, minor: int) -> Change:
    """Let a customer's MRR change by ``minor`` at an instant (Unix seconds)."""
    return Change(at=datetime.fromtimestamp(at, tz=UTC), customer=person(customer), minor=minor)
