"""Write the audit log."""

from __future__ import annotations

from typing import Any

from revenue_intel.audit.models import AuditEvent
from revenue_intel.kit import clock
from revenue_intel.kit.inserts import insert_later


def record_action(*, actor: str, action: str, subject: str, detail: dict[str, Any] | None = None) -> None:
    """Add one line to the log. ``detail`` takes plain JSON values without personal data."""
    event = AuditEvent(
        at=clock.now(), actor=actor[:150], action=action, subject=subject[:255], detail=detail or {}
    )
    insert_later([event])


def actor_of(user: Any) -> str:
    """Return how the log names a logged-in user: by key."""
    return f"user:{user.pk}"
