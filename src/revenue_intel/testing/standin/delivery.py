"""Deliver events to a webhook endpoint: signed, one after another, with a few retries."""

from __future__ import annotations

import http.client
import logging
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple
from urllib.parse import urlsplit

from revenue_intel.testing.signing import sign

logger = logging.getLogger(__name__)

#: Seconds to wait before each further attempt; there are as many retries.
BACKOFF_SECONDS = (0.1, 0.3, 1.0)
_TIMEOUT_SECONDS = 30


class StoredEvent(NamedTuple):
    """An event as it was posted; kept as bytes, because a demo makes tens of thousands."""

    created: int
    type: str
    body: bytes
    account: str | None = None


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """One attempt to deliver an event.

    Attributes:
        event_id: ``evt_…``.
        event_type: its type.
        attempt: 1 for the first.
        status: the HTTP status, or 0 when there was no answer.
        error: what went wrong when there was no answer.
        url: where it was posted.
    """

    event_id: str
    event_type: str
    attempt: int
    status: int
    error: str = ""
    url: str = ""

    @property
    def accepted(self) -> bool:
        """Whether the answer was a success, any 2xx."""
        return 200 <= self.status < 300


class Courier:
    """Posts events to one address from a thread of its own, in the order in which it was given them.

    An event that is retried holds up the ones behind it; after the last retry it is given up, as its
    deliveries tell.
    """

    def __init__(self, *, url: str, secret: str, report: Callable[[Delivery], None]) -> None:
        """Post to ``url``, sign with ``secret``, and report every attempt."""
        self.url = url
        self._secret = secret
        self._report = report
        self._waiting: deque[tuple[str, StoredEvent]] = deque()
        self._changed = threading.Condition()
        self._stopping = threading.Event()
        self._worker = threading.Thread()

    def take(self, event_id: str, stored: StoredEvent) -> None:
        """Queue an event."""
        with self._changed:
            self._waiting.append((event_id, stored))
            self._changed.notify_all()

    def start(self) -> None:
        """Begin to deliver; what was queued before goes first."""
        self._stopping.clear()
        self._worker = threading.Thread(target=self._work, name="stripe-standin-courier", daemon=True)
        self._worker.start()

    def stop(self) -> None:
        """Stop after the attempt under way; what is still queued waits for the next start."""
        self._stopping.set()
        with self._changed:
            self._changed.notify_all()
        self._worker.join()

    def drain(self, timeout_seconds: float) -> bool:
        """Wait until every event was delivered or given up; tell whether that came true in time."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._waiting, timeout=timeout_seconds)

    def _work(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._waiting or self._stopping.is_set())
            if self._stopping.is_set():
                return
            event_id, stored = self._waiting[0]
            if self._deliver(event_id, stored):
                with self._changed:
                    self._waiting.popleft()
                    self._changed.notify_all()

    def _deliver(self, event_id: str, stored: StoredEvent) -> bool:
        """Post an event until it is accepted or given up; False when interrupted before that."""
        for attempt, pause in enumerate((*BACKOFF_SECONDS, 0.0), start=1):
            status, error = self._post(stored.body)
            delivery = Delivery(
                event_id=event_id,
                event_type=stored.type,
                attempt=attempt,
                status=status,
                error=error,
                url=self.url,
            )
            self._report(delivery)
            if delivery.accepted:
                return True
            if self._stopping.wait(pause):
                return False
        logger.warning("Gave up %s %s: last answer %s %s", stored.type, event_id, status, error)
        return True

    def _post(self, body: bytes) -> tuple[int, str]:
        """Post once; redirects are not followed, as at Stripe."""
        parts = urlsplit(self.url)
        connection = http.client.HTTPConnection(
            parts.hostname or "", parts.port or 80, timeout=_TIMEOUT_SECONDS
        )
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "Stripe-Signature": sign(body, self._secret),
            "User-Agent": "Stripe/1.0 (stand-in)",
        }
        try:
            connection.request("POST", path, body=body, headers=headers)
            answer = connection.getresponse()
            answer.read()
            return answer.status, ""
        except (OSError, http.client.HTTPException) as problem:
            return 0, f"{type(problem).__name__}: {problem}"
        finally:
            connection.close()
