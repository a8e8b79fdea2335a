"""A Stripe that only knows lists: real HTTP, the real SDK, pages of a few objects, newest first."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

PAGE = 2


class FakeStripe(ThreadingHTTPServer):
    """Holds objects by path, for example ``/v1/refunds``, and what it was asked."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Desk)
        self.objects: dict[str, list[dict[str, Any]]] = {}
        self.payouts: dict[str, list[str]] = {}
        self.asked: list[tuple[str, dict[str, str], str | None]] = []
        self.fails_after: int | None = None

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def answer(self, path: str, asked: dict[str, str]) -> dict[str, Any]:
        found = sorted(self.objects.get(path, []), key=lambda each: (-each["created"], each["id"]))
        if "charge" in asked:
            found = [each for each in found if each["charge"] == asked["charge"]]
        if "created[gte]" in asked:
            found = [each for each in found if each["created"] >= int(asked["created[gte]"])]
        if "payout" in asked:
            found = [each for each in found if each["id"] in self.payouts.get(asked["payout"], [])]
        start = 0
        if "starting_after" in asked:
            start = [each["id"] for each in found].index(asked["starting_after"]) + 1
        page = found[start : start + PAGE]
        return {"object": "list", "url": path, "data": page, "has_more": start + PAGE < len(found)}


class _Desk(BaseHTTPRequestHandler):
    server: FakeStripe

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        asked = {key: values[0] for key, values in parse_qs(parts.query).items()}
        self.server.asked.append((parts.path, asked, self.headers.get("Stripe-Account")))
        fails = self.server.fails_after is not None and len(self.server.asked) > self.server.fails_after
        error = {"error": {"type": "invalid_request_error", "message": "no"}}
        body = json.dumps(error if fails else self.server.answer(parts.path, asked)).encode()
        self.send_response(400 if fails else 200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_arguments: object) -> None:
        """Say nothing."""


@contextmanager
def fake_stripe(settings: Any) -> Iterator[FakeStripe]:
    """Serve one, and let the package ask it."""
    with FakeStripe() as server:
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        settings.REVENUE_INTEL_STRIPE_SECRET_KEY = "sk_test_fake"
        settings.REVENUE_INTEL_STRIPE_API_BASE = server.address
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
