"""The webhook endpoints, and who of them is told what."""

from __future__ import annotations

import json
import time
from collections.abc import Collection
from dataclasses import dataclass, field

from revenue_intel.testing.events import Payload
from revenue_intel.testing.standin.delivery import Courier, Delivery, StoredEvent
from revenue_intel.testing.standin.shapes import Objects, rendered
from revenue_intel.testing.standin.thin import notification


@dataclass(kw_only=True)
class Endpoint:
    """One webhook endpoint.

    Attributes:
        payload: the object as Stripe shows it.
        connect: whether it is told of connected accounts, and only of them.
        thin: whether it is told by thin events.
        courier: posts to it.
    """

    payload: Payload
    connect: bool
    thin: bool
    courier: Courier

    def wants(self, event_type: str, account: str | None) -> bool:
        """Tell whether events of this type and account are posted."""
        chosen = self.payload["enabled_events"]
        return (
            self.payload["status"] == "enabled"
            and self.connect == (account is not None)
            and ("*" in chosen or event_type in chosen)
        )


@dataclass(kw_only=True)
class Shelf:
    """Keeps events of the given types, or all, for a caller who posts them himself."""

    types: Collection[str] | None
    events: list[StoredEvent] = field(default_factory=list)

    def wants(self, event_type: str) -> bool:
        """Tell whether events of this type are kept."""
        return self.types is None or event_type in self.types


class PostOffice:
    """Hands every event to the endpoints that asked for it."""

    def __init__(self, *, shelf: Shelf | None = None) -> None:
        """Start without endpoints; with a shelf, nothing is ever posted."""
        self.shelf = shelf
        self.endpoints: dict[str, Endpoint] = {}
        self.deliveries: list[Delivery] = []
        self._running = False

    def open(self, payload: Payload, *, secret: str, connect: bool = False, thin: bool = False) -> None:
        """Add an endpoint."""
        courier = Courier(url=payload["url"], secret=secret, report=self.deliveries.append)
        self.endpoints[payload["id"]] = Endpoint(payload=payload, connect=connect, thin=thin, courier=courier)
        if self._running:
            courier.start()

    def close(self, identifier: str) -> None:
        """Remove an endpoint; what still waits for it is never posted."""
        endpoint = self.endpoints.pop(identifier)
        if self._running:
            endpoint.courier.stop()

    def wants(self, event_type: str, account: str | None) -> int:
        """Count the endpoints that are told of events of this type and account."""
        if self.shelf is not None:
            return int(self.shelf.wants(event_type))
        return sum(endpoint.wants(event_type, account) for endpoint in self.endpoints.values())

    def take(self, event_id: str, stored: StoredEvent, objects: Objects) -> None:
        """Queue an event for the endpoints that want it, thin, or in the shape of its API version."""
        if self.shelf is not None:
            if self.shelf.wants(stored.type):
                self.shelf.events.append(stored)
            return
        for endpoint in self.endpoints.values():
            if not endpoint.wants(stored.type, stored.account):
                continue
            if endpoint.thin:
                body = json.dumps(notification(stored.body)).encode()
            else:
                body = rendered(stored.body, endpoint.payload["api_version"], objects)
            endpoint.courier.take(event_id, stored._replace(body=body))

    def shelved(self) -> list[Payload]:
        """Return the events on the shelf."""
        return [json.loads(stored.body) for stored in self.shelf.events] if self.shelf else []

    def start(self) -> None:
        """Begin to deliver; what was queued before goes first."""
        self._running = True
        for endpoint in self.endpoints.values():
            endpoint.courier.start()

    def stop(self) -> None:
        """Stop after the attempts under way; what is still queued waits for the next start."""
        self._running = False
        for endpoint in self.endpoints.values():
            endpoint.courier.stop()

    def drain(self, timeout_seconds: float) -> bool:
        """Wait until every event was delivered or given up; tell whether that came true in time."""
        end = time.monotonic() + timeout_seconds
        couriers = [endpoint.courier for endpoint in self.endpoints.values()]
        return all(courier.drain(max(0.0, end - time.monotonic())) for courier in couriers)
