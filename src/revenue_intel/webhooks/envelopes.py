"""Read the envelope of an event, snapshot or thin: what is stored beside its body. Its object is for the handlers."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from revenue_intel.exceptions import MalformedEventError, UnsupportedShapeError
from revenue_intel.kit import clock

#: What a thin event says that it is.
THIN: Final = "v2.core.event"
#: What bounds each column that is filled from the envelope.
MAX_LENGTHS: Final = {"id": 255, "type": 128, "api_version": 64, "account": 255}


@dataclass(frozen=True, kw_only=True)
class Envelope:
    """An event's envelope, checked."""

    event_id: str
    type: str
    api_version: str
    livemode: bool
    account: str
    created_at: datetime


def read(body: bytes) -> Envelope:
    """Return the envelope of a verified body.

    Raises:
        MalformedEventError: it is not UTF-8, not JSON, or no event that can be stored.
    """
    return check(_parse(body))


def check(content: Mapping[str, Any]) -> Envelope:
    """Return the envelope of an event, snapshot or thin.

    Raises:
        MalformedEventError: it is no event that can be stored.
    """
    if content.get("object") == THIN:
        created_at, account = _thin_instant(content), _thin_account(content)
    elif content.get("object") == "event":
        _check_data(content)
        created_at, account = _instant(content), _name(content, "account", required=False)
    else:
        raise MalformedEventError("The verified body is not an event.")
    return Envelope(
        event_id=_name(content, "id"),
        type=_name(content, "type"),
        api_version=_name(content, "api_version", required=False),
        livemode=_livemode(content),
        account=account,
        created_at=created_at,
    )


def _parse(body: bytes) -> dict[str, Any]:
    try:
        content = json.loads(body.decode("utf-8"), parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise MalformedEventError("The verified body is not JSON.") from error
    if not isinstance(content, dict):
        raise MalformedEventError("The verified body is not a JSON object.")
    return content


def _check_data(content: Mapping[str, Any]) -> None:
    data = content.get("data")
    if not isinstance(data, dict) or not isinstance(data.get("object"), dict):
        raise MalformedEventError("The event has no data.object.")


def _instant(content: Mapping[str, Any]) -> datetime:
    try:
        return clock.from_timestamp(content.get("created"))
    except UnsupportedShapeError as error:
        raise MalformedEventError("The event's created is not a timestamp.") from error


def _thin_instant(content: Mapping[str, Any]) -> datetime:
    """Return the instant of a thin event, which is written in ISO 8601, in UTC."""
    try:
        instant = datetime.fromisoformat(str(content.get("created")))
        return instant.astimezone(UTC) if instant.tzinfo else instant.replace(tzinfo=UTC)
    except (ValueError, OverflowError) as error:
        raise MalformedEventError("The thin event's created is no instant.") from error


def _thin_account(content: Mapping[str, Any]) -> str:
    """Return the account that a thin event belongs to: the last of its context."""
    context = {"account": content.get("context")}
    return _name(context, "account", required=False).rpartition("/")[2]


def _livemode(content: Mapping[str, Any]) -> bool:
    livemode = content.get("livemode")
    if not isinstance(livemode, bool):
        raise MalformedEventError("The event does not say whether it is live.")
    return livemode


def _name(content: Mapping[str, Any], key: str, *, required: bool = True) -> str:
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
