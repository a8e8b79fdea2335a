"""The events that happened, as ``/v1/events`` shows them, and thin, ``/v2/core/events``."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import ClassVar, Unpack

from revenue_intel.testing.events import Payload
from revenue_intel.testing.standin.desk import Desk, Page, cut, newest_first, within
from revenue_intel.testing.standin.faults import ApiFault, missing_resource
from revenue_intel.testing.standin.params import array, moments, text
from revenue_intel.testing.standin.routes import Routes, get, listing
from revenue_intel.testing.standin.thin import notification, twin_id

_DAY = 24 * 60 * 60
_MOST_TYPES = 20


class HistoryDesk(Desk):
    """The calls about events. Like Stripe's, they know the last 30 days only, unless told otherwise."""

    def get_event(self, event: str) -> Payload:
        """Return an event as it was posted."""
        with self._state.turn():
            stored = self._state.events.get(event)
            if stored is None or stored.created < self._horizon():
                raise missing_resource("event", event)
            found: Payload = json.loads(stored.body)
            return found

    def get_thin_event(self, event: str) -> Payload:
        """Return a thin event as it was posted, and the name of the snapshot event that it stands for."""
        with self._state.turn():
            twin = twin_id(event)
            stored = self._state.events.get(twin)
            if stored is None or stored.created < self._horizon():
                raise missing_resource("event", event)
            return {**notification(stored.body), "snapshot_event": twin}

    def list_events(
        self,
        *,
        type: str | None = None,  # noqa: A002 - Stripe's own parameter
        types: Sequence[str] | None = None,
        created: Mapping[str, int] | None = None,
        **page: Unpack[Page],
    ) -> Payload:
        """List events, newest first; ``type`` may end in ``*``, ``types`` names up to twenty."""
        if type is not None and types is not None:
            raise ApiFault("You may only specify one of these parameters: type, types.", param="types")
        if types is not None and len(types) > _MOST_TYPES:
            raise ApiFault(f"Invalid array: at most {_MOST_TYPES} types.", param="types")
        with self._state.turn():
            horizon = self._horizon()
            rows = newest_first(
                {"id": identifier, "created": stored.created}
                for identifier, stored in self._state.events.items()
                if stored.created >= horizon
                and _matches(stored.type, type, types)
                and within(stored.created, created)
            )
            listed = cut(rows, kind="event", url="/v1/events", page=page)
            listed["data"] = [json.loads(self._state.events[row["id"]].body) for row in listed["data"]]
            return listed

    def _horizon(self) -> int:
        days = self._state.terms.event_days
        return 0 if days is None else self._state.now() - days * _DAY

    ROUTES: ClassVar[Routes] = (
        listing(
            "/v1/events",
            list_events,
            type=text,
            types=array(text),
            created=moments,
            ignored=("delivery_success",),
        ),
        get("/v1/events/{id}", get_event),
        get("/v2/core/events/{id}", get_thin_event),
    )


def _matches(event_type: str, wanted: str | None, several: Sequence[str] | None) -> bool:
    if several is not None:
        return event_type in several
    if wanted is not None and wanted.endswith("*"):
        return event_type.startswith(wanted[:-1])
    return wanted is None or event_type == wanted
