"""Read the envelope of an event: what is stored beside its body. Its object is for the handlers."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from revenue_intel.exceptions import MalformedEventError, UnsupportedShapeError
from revenue_intel.kit import clock

#: What bounds each column that is filled from the envelope.
MAX_LENGTHS: Final = {"id": 255, "type": 128, "api_version": 64, "account": 255}


@dataclass(frozen=True, kw_only=True)
class Envelope:
    """An event's envelope, checked; ``content`` is the whole event as it was read."""

    event_id: str
    type: str
    api_version: str
    livemode: bool
    account: str
    created_at: datetime
    content: dict[str, Any]


def read(body: bytes) -> Envelope:
    """Return the envelope of a verified body.

    Raises:
        MalformedEventError: it is not UTF-8, not JSON, or no event that can be stored.
    """
    content = _parse(body)
    if content.get("object") != "event":
        raise MalformedEventError("The verified body is not a snapshot event.")
    data = content.get("data")
    if not isinstance(data, dict) or not isinstance(data.get("object"), dict):
        raise MalformedEventError("The event has no data.object.")
    try:
        created_at = clock.from_timestamp(content.get("created"))
    except UnsupportedShapeError as error:
        raise MalformedEventError("The event's created is not a timestamp.") from error
    return Envelope(
        event_id=_name(content, "id"),
        type=_name(content, "type"),
        api_version=_name(content, "api_version", required=False),
        livemode=_livemode(content),
        account=_name(content, "account", required=False),
        created_at=created_at,
        content=content,
    )


def _parse(body: bytes) -> dict[str, Any]:
    try:
        content = json.loads(body.decode("utf-8"), parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise MalformedEventError("The verified body is not JSON.") from error
    if not isinstance(content, dict):
        raise MalformedEventError("The verified body is not a JSON object.")
    return content


def _livemode(content: dict[str, Any]) -> bool:
    livemode = content.get("livemode")
    if not isinstance(livemode, bool):
        raise MalformedEventError("The event does not say whether it is live.")
    return livemode


def _name(content: dict[str, Any], key: str, *, required: bool = True) -> str:
    value = content.get(key)
    if value is None and not required:
        return ""
    if (
        not isinstance(value, str)
        or not value.isprintable()
        or not (required <= len(value) <= MAX_LENGTHS[key])
    ):
        raise MalformedEventError(f"The event's {key} is missing or not a name.")
    return value


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")
