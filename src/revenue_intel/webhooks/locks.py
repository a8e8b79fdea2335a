"""The lock on an event: the first of all locks."""

from __future__ import annotations

from revenue_intel.webhooks.models import StripeEvent


def lock_event(*, pk: int) -> StripeEvent:
    """Return the stored event, locked until the transaction ends."""
    return StripeEvent.objects.select_for_update().get(pk=pk)
