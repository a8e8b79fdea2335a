"""Thin events: what an endpoint is told that asked for no more than names, and what can then be asked for.

A thin event of a v1 resource has an id of its own, made of that of its twin, the snapshot event.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from revenue_intel.testing.events import Payload

_PREFIX: Final = "evt_"
_THIN_PREFIX: Final = "evt_thin_"


def twin_id(thin_event_id: str) -> str:
    """Return the id of the snapshot event that a thin event stands for; empty where it is no thin event's id."""
    rest = thin_event_id.removeprefix(_THIN_PREFIX)
    return "" if rest == thin_event_id else _PREFIX + rest


def notification(body: bytes) -> Payload:
    """Return the thin event of a snapshot event, as it is posted."""
    twin: Payload = json.loads(body)
    request = twin["request"]
    return {
        "id": _THIN_PREFIX + twin["id"].removeprefix(_PREFIX),
        "object": "v2.core.event",
        "context": twin.get("account"),
        "created": datetime.fromtimestamp(twin["created"], tz=UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z"),
        "livemode": twin["livemode"],
        "reason": {"type": "request", "request": request} if request["id"] else None,
        "related_object": _related(twin["data"]["object"]),
        "type": f"v1.{twin['type']}",
    }


def _related(payload: Mapping[str, Any]) -> Payload:
    kind = payload["object"]
    return {"id": payload["id"], "type": kind, "url": f"/v1/{kind.replace('.', '/')}s/{payload['id']}"}
