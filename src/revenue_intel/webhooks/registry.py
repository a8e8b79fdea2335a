"""Which handler takes which event type. Handlers are registered once, by ``apps.py``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from revenue_intel.exceptions import ConfigurationError
from revenue_intel.webhooks.models import StripeEvent
from revenue_intel.webhooks.uninteresting import REASON_OF, UNKNOWN_TYPE


@dataclass(frozen=True, kw_only=True)
class Event:
    """A stored event as handlers see it: plain values, independent of any SDK."""

    id: str
    type: str
    created: datetime
    livemode: bool
    account: str
    object: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Result:
    """What a handler made of an event.

    ``waiting_for`` names the subject a parked event needs; ``brings`` names the subjects that have
    now arrived, for which other events may be parked.
    """

    outcome: StripeEvent.Outcome
    reason: str = ""
    waiting_for: str = ""
    brings: tuple[str, ...] = ()


def applied(*brings: str) -> Result:
    """The event's effects hold; ``brings`` has arrived with them."""
    return Result(outcome=StripeEvent.Outcome.APPLIED, brings=brings)


def ignored(reason: str) -> Result:
    """The event changes nothing, for this reason."""
    return Result(outcome=StripeEvent.Outcome.IGNORED, reason=reason)


def parked(waiting_for: str, *brings: str) -> Result:
    """The event waits for a subject that has not arrived; ``brings`` has arrived with it all the same."""
    return Result(outcome=StripeEvent.Outcome.PARKED, waiting_for=waiting_for, brings=brings)


Handler = Callable[[Event], Result]
_handlers: dict[str, Handler] = {}


def register(event_type: str, handler: Handler) -> None:
    """Let ``handler`` take events of ``event_type``.

    Raises:
        ConfigurationError: the type has another handler already.
    """
    if _handlers.setdefault(event_type, handler) is not handler:
        raise ConfigurationError(f"Two handlers want {event_type}.")


def handle(event: Event) -> Result:
    """Hand the event to its handler; a type that has none changes nothing, and for a reason that is known or not."""
    handler = _handlers.get(event.type)
    return handler(event) if handler else ignored(REASON_OF.get(event.type, UNKNOWN_TYPE))


def event_types() -> list[str]:
    """Return the types that have a handler, sorted."""
    return sorted(_handlers)
