"""Which handler takes which event type, and who can ask Stripe for what an event waits for.

Handlers and fetchers are registered once, by ``apps.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol, TypeAlias

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
#: An event type and an object as Stripe has it now: what an event of that type would have brought.
Fetched: TypeAlias = tuple[str, Mapping[str, Any]]


class Fetcher(Protocol):
    """Asks Stripe for a subject that events wait for. Called without a transaction, never in a request."""

    def __call__(self, *, subject_id: str, account: str) -> Sequence[Fetched]:
        """Return what there is of the subject.

        Args:
            subject_id: what follows the prefix: ``ch_1`` of ``refunds:ch_1``.
            account: the connected account, empty for one's own.

        Raises:
            ConfigurationError: there is no secret key.
            PaymentGatewayError: Stripe could not be reached or refused.
        """


#: Returns a condition in SQL, and its parameters, that holds where texts name somebody who has been forgotten.
Forgotten: TypeAlias = Callable[[Iterable[str]], tuple[str, list[Any]]]

_handlers: dict[str, Handler] = {}
_fetchers: dict[str, Fetcher] = {}
_forgotten: list[Forgotten] = []


def register(event_type: str, handler: Handler) -> None:
    """Let ``handler`` take events of ``event_type``.

    Raises:
        ConfigurationError: the type has another handler already.
    """
    if _handlers.setdefault(event_type, handler) is not handler:
        raise ConfigurationError(f"Two handlers want {event_type}.")


def register_fetcher(prefix: str, fetcher: Fetcher) -> None:
    """Let ``fetcher`` ask for the subjects ``<prefix>:<id>`` that events are parked for.

    Raises:
        ConfigurationError: the prefix has another fetcher already.
    """
    if _fetchers.setdefault(prefix, fetcher) is not fetcher:
        raise ConfigurationError(f"Two fetchers want {prefix}.")


def register_forgotten(condition_of: Forgotten) -> None:
    """Let ``condition_of`` say who has been forgotten.

    Raises:
        ConfigurationError: somebody else says so already.
    """
    if _forgotten not in ([], [condition_of]):
        raise ConfigurationError("Two say who has been forgotten.")
    _forgotten[:] = [condition_of]


def is_forgotten(texts: Iterable[str]) -> tuple[str, list[Any]]:
    """Return a condition in SQL, and its parameters, that holds where one of the texts names somebody who has been forgotten."""
    return _forgotten[0](texts) if _forgotten else ("1 = 0", [])


def find_fetcher(subject: str) -> tuple[Fetcher, str] | None:
    """Return who can be asked for a subject, and the id to ask for; None where nobody can."""
    prefix, _, subject_id = subject.partition(":")
    fetcher = _fetchers.get(prefix)
    return (fetcher, subject_id) if fetcher else None


def handle(event: Event) -> Result:
    """Hand the event to its handler; a type that has none changes nothing, and for a reason that is known or not."""
    handler = _handlers.get(event.type)
    return handler(event) if handler else foresee(event.type)


def foresee(event_type: str) -> Result:
    """Return what most likely becomes of an event of that type, before anybody has looked into it."""
    return applied() if event_type in _handlers else ignored(REASON_OF.get(event_type, UNKNOWN_TYPE))


def event_types() -> list[str]:
    """Return the types that have a handler, sorted."""
    return sorted(_handlers)
