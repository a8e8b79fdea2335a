"""Deliver events as Stripe does: signed now, posted over HTTP, and sent again where the shop asks for it.

One connection, kept open: the events arrive in the order in which they happened. Several would not be quicker,
since one server works them all off.
"""

from __future__ import annotations

import http.client
import json
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from demo.stage import StepFailed
from revenue_intel.testing.signing import signed_event

ATTEMPTS = 4
PAUSE_SECONDS = 0.2
TIMEOUT_SECONDS = 60

Event = Mapping[str, Any]


def deliver(
    events: Sequence[Event], *, url: str, secret: str, progress: Callable[[int], None]
) -> Counter[str]:
    """Post the events and return how often the endpoint said what.

    Raises:
        StepFailed: an event was not accepted; those after it were not sent.
    """
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=TIMEOUT_SECONDS)
    answers: Counter[str] = Counter()
    try:
        for number, event in enumerate(events, start=1):
            answers[_deliver(event, connection=connection, path=parts.path, secret=secret)] += 1
            progress(number)
    finally:
        connection.close()
    return answers


def _deliver(event: Event, *, connection: http.client.HTTPConnection, path: str, secret: str) -> str:
    """Post one event until it is accepted, and return what became of it."""
    refusal = ""
    for attempt in range(ATTEMPTS):
        time.sleep(PAUSE_SECONDS if attempt else 0)
        signed = signed_event(event, secret=secret)
        try:
            connection.request("POST", path, body=signed.body, headers=signed.headers)
            answer = connection.getresponse()
            body = answer.read()
        except (OSError, http.client.HTTPException) as problem:
            connection.close()
            refusal = f"no answer ({type(problem).__name__}: {problem})"
            continue
        if answer.status == http.client.OK:
            return str(json.loads(body)["outcome"])
        refusal = f"HTTP {answer.status} {body[:200].decode(errors='replace')}"
        if answer.status < http.client.INTERNAL_SERVER_ERROR:
            break
    raise StepFailed(f"The webhook endpoint did not accept {event['type']} {event['id']}: {refusal}")
