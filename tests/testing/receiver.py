"""A host's webhook endpoint, reduced to what the stand-in sees of it."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple

import stripe


class Post(NamedTuple):
    """One request that came in."""

    path: str
    headers: dict[str, str]
    body: bytes


class Receiver:
    """Keeps every post and answers with the given statuses in turn, then with 200."""

    def __init__(self, *, statuses: Iterable[int] = ()) -> None:
        self.posts: list[Post] = []
        self._statuses = list(statuses)
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.posts.append(Post(self.path, dict(self.headers.items()), body))
                self.send_response(receiver._statuses.pop(0) if receiver._statuses else 200)
                self.send_header("Location", "http://127.0.0.1:1/elsewhere")
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/payments/webhook/?from=standin"

    def events(self, secret: str) -> list[Any]:
        """Return the events, each verified by the official SDK."""
        return [
            stripe.Webhook.construct_event(post.body, post.headers["Stripe-Signature"], secret)
            for post in self.posts
        ]

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
