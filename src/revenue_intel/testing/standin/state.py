"""Everything the stand-in remembers, in memory, behind one lock."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

from revenue_intel.testing import events
from revenue_intel.testing.events import Payload
from revenue_intel.testing.ids import IdSource
from revenue_intel.testing.standin.faults import missing_resource

#: Object kinds as Stripe names them, and the name of their collection.
COLLECTIONS = {
    "customer": "customers",
    "payment_intent": "payment_intents",
    "charge": "charges",
    "refund": "refunds",
    "checkout.session": "checkout_sessions",
}


class StoredEvent(NamedTuple):
    """An event as it was posted; kept as bytes, because a demo makes tens of thousands."""

    created: int
    type: str
    body: bytes


class Outlet(Protocol):
    """Where events go."""

    def wants(self, event_type: str) -> bool:
        """Tell whether events of this type are to be delivered."""

    def take(self, event_id: str, stored: StoredEvent) -> None:
        """Take over an event; called in the order of creation, under the state's lock."""


@dataclass(frozen=True, kw_only=True)
class RequestFacts:
    """The API call that is being answered, for ``event.request``."""

    id: str
    idempotency_key: str | None


class _Here(threading.local):
    """What holds for the calls of one thread only."""

    now: int | None = None
    request: RequestFacts | None = None


def snapshot(value: Any) -> Any:
    """Copy plain data; a JSON round trip is the cheapest deep copy, and proves that it can be sent."""
    return json.loads(json.dumps(value))


class State:
    """The objects, the events, the clock and the source of identifiers."""

    def __init__(self, *, clock: Callable[[], int], ids: IdSource, outlet: Outlet) -> None:
        """Start empty."""
        self.lock = threading.RLock()
        self.ids = ids
        self._clock = clock
        self._outlet = outlet
        self._here = _Here()
        self.base_url = "http://127.0.0.1"
        self.clear()

    def clear(self) -> None:
        """Forget everything."""
        self.objects: dict[str, dict[str, Payload]] = {kind: {} for kind in COLLECTIONS}
        self.events: dict[str, StoredEvent] = {}
        #: Checkout Session → its line items, which Stripe shows only on demand.
        self.line_items: dict[str, list[Payload]] = {}
        #: Checkout Session → what its PaymentIntent will be made with.
        self.intent_data: dict[str, Payload] = {}
        #: Payment method → the test card it was made from.
        self.payment_methods: dict[str, str] = {}

    def now(self) -> int:
        """Return the time of the calling thread, in Unix seconds."""
        return self._clock() if self._here.now is None else self._here.now

    @contextmanager
    def at(self, moment: int) -> Iterator[None]:
        """Let the calls of this thread happen at a given time, in Unix seconds."""
        before, self._here.now = self._here.now, moment
        try:
            yield
        finally:
            self._here.now = before

    @contextmanager
    def answering(self, request: RequestFacts) -> Iterator[None]:
        """Name the API call behind the events of this thread."""
        self._here.request = request
        try:
            yield
        finally:
            self._here.request = None

    def new_id(self, kind: str) -> str:
        """Return an identifier that is not in use, also after older records were loaded."""
        taken: Mapping[str, Any] = self.events if kind == "event" else self.objects.get(kind, {})
        while (identifier := self.ids.new(kind)) in taken:
            continue
        return identifier

    def add(self, payload: Payload) -> Payload:
        """Keep a new object."""
        self.objects[payload["object"]][payload["id"]] = payload
        return payload

    def get(self, kind: str, identifier: str, *, param: str = "id") -> Payload:
        """Return an object.

        Raises:
            ApiFault: there is none; ``param`` is the parameter that named it.
        """
        found = self.objects[kind].get(identifier)
        if found is None:
            raise missing_resource(kind, identifier, param=param)
        return found

    def emit(self, event_type: str, payload: Payload, *, previous: Mapping[str, Any] | None = None) -> None:
        """Record that something happened to an object, and hand the event to the outlet."""
        request = self._here.request
        event = events.event(
            event_type,
            payload,
            id=self.new_id("event"),
            created=self.now(),
            previous_attributes=previous,
            request={"id": request.id, "idempotency_key": request.idempotency_key} if request else None,
            pending_webhooks=1 if self._outlet.wants(event_type) else 0,
        )
        body = json.dumps(event, separators=(",", ":"), ensure_ascii=False).encode()
        stored = StoredEvent(event["created"], event_type, body)
        self.events[event["id"]] = stored
        self._outlet.take(event["id"], stored)

    def records(self) -> dict[str, Any]:
        """Return everything as plain, JSON-ready data: lists in the order of creation."""
        with self.lock:
            return {
                **{name: snapshot(list(self.objects[kind].values())) for kind, name in COLLECTIONS.items()},
                "events": [json.loads(stored.body) for stored in self.events.values()],
                "line_items": snapshot(self.line_items),
                "intent_data": snapshot(self.intent_data),
                "payment_methods": dict(self.payment_methods),
            }

    def load(self, records: Mapping[str, Any]) -> None:
        """Replace everything by what :meth:`records` returned. Nothing is delivered again."""
        with self.lock:
            self.clear()
            for kind, name in COLLECTIONS.items():
                self.objects[kind] = {row["id"]: row for row in snapshot(records[name])}
            for event in records["events"]:
                body = json.dumps(event, separators=(",", ":"), ensure_ascii=False).encode()
                self.events[event["id"]] = StoredEvent(event["created"], event["type"], body)
            self.line_items = snapshot(records["line_items"])
            self.intent_data = snapshot(records["intent_data"])
            self.payment_methods = dict(records["payment_methods"])
