"""Thin events: a notification that names no more than its type. What is applied is its twin, the snapshot event.

The twin holds the object as it was at the event, not as it is now, so that it makes no difference which of the
two was delivered. It is fetched outside any transaction, and only for a type that has a handler.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from revenue_intel.exceptions import UnsupportedShapeError
from revenue_intel.gateway.reading import get_snapshot_event
from revenue_intel.webhooks import envelopes, registry
from revenue_intel.webhooks.models import StripeEvent

#: What a thin event's type has before the type of its twin.
PREFIX: Final = "v1."


class TwinNeeded(Exception):
    """The event cannot be applied before its twin has been fetched. Not an error: nothing has been written."""

    def __init__(self, notification: Mapping[str, Any], *, account: str) -> None:
        """Keep what to ask Stripe for."""
        super().__init__(notification["id"])
        self._notification, self._account = notification, account

    def fetch(self) -> dict[str, Any]:
        """Return the twin as Stripe has it. Not to be called within a transaction.

        Raises:
            ConfigurationError: there is no secret key, or no SDK.
            GatewayUnreachableError: Stripe could not be reached.
            PaymentGatewayError: Stripe refused.
            UnsupportedShapeError: the event has no twin.
        """
        return get_snapshot_event(
            thin_event_id=self._notification["id"],
            context=self._notification.get("context") or "",
            account=self._account,
        )


def event_of(
    row: StripeEvent, notification: Mapping[str, Any], twin: Mapping[str, Any] | None
) -> registry.Event:
    """Return the event that handlers see: the twin, whose id ``row`` then names. One that nobody handles needs none.

    Raises:
        TwinNeeded: it has a handler, and no twin is given.
        UnsupportedShapeError: the twin is of another type or mode.
    """
    event_type = row.type.removeprefix(PREFIX)
    if event_type not in registry.event_types():
        return registry.Event(
            id=row.event_id,
            type=event_type,
            created=row.created_at,
            livemode=row.livemode,
            account=row.account,
            object={},
        )
    if twin is None:
        raise TwinNeeded(notification, account=row.account)
    envelope = envelopes.check(twin)
    if (envelope.type, envelope.livemode) != (event_type, row.livemode):
        raise UnsupportedShapeError("The snapshot event of a thin event is of another type or mode.")
    row.twin_id = envelope.event_id
    return registry.Event(
        id=envelope.event_id,
        type=envelope.type,
        created=envelope.created_at,
        livemode=envelope.livemode,
        account=row.account,
        object=twin["data"]["object"],
    )
