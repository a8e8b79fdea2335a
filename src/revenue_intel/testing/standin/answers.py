"""A request and an answer, free of sockets."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Request:
    """What came in. Header names are lower-case; ``query`` is raw."""

    method: str
    path: str
    query: str = ""
    headers: Mapping[str, str]
    body: bytes = b""


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What goes out; a status of 0 means that nothing does, and the connection breaks.

    ``silent_seconds`` is how long it stays open before that.
    """

    status: int
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)
    silent_seconds: float = 0.0


def json_answer(status: int, payload: Mapping[str, Any], **headers: str) -> Answer:
    """Build a JSON answer; underscores in header names stand for hyphens."""
    return Answer(
        status=status,
        body=json.dumps(payload, indent=2, ensure_ascii=False).encode(),
        headers={
            "Content-Type": "application/json",
            **{name.replace("_", "-"): value for name, value in headers.items()},
        },
    )
