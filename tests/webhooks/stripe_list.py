"""A Stripe that lists events, has no balance and does nothing else, over HTTP: newest first, in pages, with limits and failures."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import StringIO
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from django.core.management import CommandError, call_command

from revenue_intel.kit import clock
from tests.deliveries import payment_succeeded
from tests.factories import make_order, make_product

NOW = int(clock.now().timestamp())
DAY = 24 * 3600


class StripeList:
    """What the server knows, was asked, and shall answer next."""

    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []
        self.asked: list[dict[str, str]] = []
        #: The account of each request for the balance, which is empty.
        self.asked_for_balance: list[str] = []
        #: Answers to give instead, first one first: ``(status, headers)``; None lets the request pass.
        self.instead: list[tuple[int, dict[str, str]] | None] = []
        self.url = ""

    def answer(self, query: dict[str, str], account: str) -> tuple[int, dict[str, str], dict[str, Any]]:
        self.asked.append({**query, "account": account})
        trouble = self.instead.pop(0) if self.instead else None
        if trouble is not None:
            status, headers = trouble
            return status, headers, {"error": {"message": "no", "type": "api_error"}}
        return 200, {}, self.page(query)

    def page(self, query: dict[str, str]) -> dict[str, Any]:
        found = [
            event
            for event in sorted(self.events, key=lambda event: (-event["created"], event["id"]))
            if int(query["created[gte]"]) <= event["created"] < int(query["created[lt]"])
        ]
        if after := query.get("starting_after"):
            found = found[[event["id"] for event in found].index(after) + 1 :]
        limit = int(query["limit"])
        return {"object": "list", "data": found[:limit], "has_more": len(found) > limit, "url": "/v1/events"}


@contextmanager
def stripe_list() -> Iterator[StripeList]:
    """Serve a list of events on the loopback."""
    stripe = StripeList()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            account = self.headers.get("Stripe-Account", "")
            if parts.path == "/v1/balance_transactions":
                stripe.asked_for_balance.append(account)
                status, headers, body = 200, {}, {"object": "list", "data": [], "has_more": False}
            else:
                assert parts.path == "/v1/events"
                status, headers, body = stripe.answer(dict(parse_qsl(parts.query)), account)
            text = json.dumps(body).encode()
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(text))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    stripe.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield stripe
    finally:
        server.shutdown()
        server.server_close()


def happen(stripe: StripeList, count: int, *, age: int = DAY, step: int = 60) -> list[dict[str, Any]]:
    """Let so many orders be paid, each ``step`` seconds before the one before, the last ``age`` seconds ago."""
    mug = make_product("Mug", "10.00", stock=10_000)
    made = []
    for number in range(count):
        name = f"{age}_{number}"
        make_order(f"R{name}", [(mug, 1)], email=f"buyer{name}@example.com")
        at = NOW - age - number * step
        made.append(payment_succeeded(f"R{name}", 1000, intent=f"pi_{name}", at=at, event_id=f"evt_{name}"))
    stripe.events += made
    return made


def run(*arguments: str) -> tuple[int, dict[str, Any]]:
    """Reconcile; return the exit code and the report of the one account."""
    said = StringIO()
    code = 0
    try:
        call_command("revenue_reconcile", *arguments, "--json", stdout=said, stderr=StringIO(), verbosity=0)
    except CommandError as error:
        code = error.returncode
    (report,) = json.loads(said.getvalue())
    return code, report


def gap_ids(report: dict[str, Any]) -> set[str]:
    return {gap["event_id"] for gap in report["gaps"]}
