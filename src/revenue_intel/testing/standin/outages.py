"""Faults of the API on demand: too many requests, errors, silence, broken connections."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

from revenue_intel.testing.standin.answers import Answer, Request, json_answer
from revenue_intel.testing.standin.faults import ApiFault

Kind = Literal["rate_limit", "error", "timeout", "reset"]
KINDS: tuple[Kind, ...] = ("rate_limit", "error", "timeout", "reset")


@dataclass(frozen=True, kw_only=True)
class Outage:
    """What happens to the next requests that match.

    Attributes:
        kind: ``rate_limit`` is a 429 with ``Retry-After``, ``error`` a 500, ``timeout`` no answer until
            the caller gives up, ``reset`` a broken connection.
        times: how many requests.
        path: what their path begins with.
        method: their method; any when empty.
        after_work: whether the request is carried out all the same, and only the answer is lost.
        seconds: ``Retry-After``, or how long a timeout lasts.
    """

    kind: Kind
    times: int = 1
    path: str = "/v1/"
    method: str = ""
    after_work: bool = False
    seconds: int = 1

    def hits(self, request: Request) -> bool:
        """Tell whether a request is hit."""
        return request.path.startswith(self.path) and self.method in ("", request.method)


class Outages:
    """The outages that wait for their requests."""

    def __init__(self) -> None:
        """Start without any."""
        self._lock = threading.Lock()
        self._waiting: list[Outage] = []

    def add(self, outage: Outage) -> None:
        """Plan an outage; the first one that matches a request hits it."""
        with self._lock:
            self._waiting.append(outage)

    def around(self, request: Request, work: Callable[[Request], Answer]) -> Answer:
        """Answer a request, or not."""
        outage = self._take(request)
        if outage is None:
            return work(request)
        if outage.after_work:
            work(request)
        return _answer(outage)

    def _take(self, request: Request) -> Outage | None:
        with self._lock:
            for place, outage in enumerate(self._waiting):
                if outage.hits(request):
                    left = outage.times - 1
                    self._waiting[place : place + 1] = [replace(outage, times=left)] if left else []
                    return outage
        return None


def _answer(outage: Outage) -> Answer:
    if outage.kind == "rate_limit":
        fault = ApiFault("Too many requests hit the API too quickly.", status=429, code="rate_limit")
        return json_answer(
            429,
            fault.body,
            Retry_After=str(outage.seconds),
            Stripe_Rate_Limited_Reason="global-rate",
        )
    if outage.kind == "error":
        fault = ApiFault("An unknown error occurred.", status=500, kind="api_error")
        return json_answer(500, fault.body)
    return Answer(status=0, body=b"", silent_seconds=outage.seconds if outage.kind == "timeout" else 0)
