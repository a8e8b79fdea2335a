"""One table of hostile requests, sent as bytes over a real socket: each has its 4xx, no row and no word in a log."""

from __future__ import annotations

import logging
import socket
import time
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import pytest

from revenue_intel.testing.signing import sign
from revenue_intel.webhooks.models import StripeEvent
from tests.deliveries import SECRET
from tests.webhooks.test_hostile import GOOD, MARK

pytestmark = pytest.mark.django_db(transaction=True)


def signature(body: bytes = GOOD, *, secret: str = SECRET, seconds: int = 0) -> str:
    return sign(body, secret, timestamp=int(time.time()) + seconds)


def digest(header: str) -> str:
    return header.partition(",v1=")[2]


@dataclass(frozen=True, kw_only=True)
class Hostile:
    """A request as a stranger may write it; ``headers`` are the lines of ``Stripe-Signature``."""

    status: int
    headers: tuple[str, ...]
    body: bytes = GOOD
    method: str = "POST"
    content_types: tuple[str, ...] = ("application/json",)
    more: tuple[str, ...] = field(default=())

    def text(self) -> bytes:
        """Return the request's bytes."""
        lines = [
            f"{self.method} /payments/webhook/ HTTP/1.1",
            "Host: localhost",
            "Connection: close",
            f"Content-Length: {len(self.body)}",
            *(f"Content-Type: {each}" for each in self.content_types),
            *(f"Stripe-Signature: {each}" for each in self.headers),
            *self.more,
            "",
            "",
        ]
        return "\r\n".join(lines).encode("utf-8", "surrogateescape") + self.body


def table() -> dict[str, Hostile]:
    """Make the table now: signatures age."""
    good = signature()
    stamp = good.partition(",")[0]
    refused = {
        "no header": (),
        "empty header": ("",),
        "blank header": ("   ",),
        "malformed header": ("nonsense",),
        "no timestamp": (f"v1={digest(good)}",),
        "no signature": (stamp,),
        "the good header twice": (good, good),
        "a bad header, then the good one": ("t=1,v1=0", good),
        "the good header, then a bad one": (good, "t=1,v1=0"),
        "repeated t": (f"{stamp},{good}",),
        "another t first": (f"t=1,{good}",),
        "another t last": (f"{good},t=1",),
        "UTF-8 in the header": (f"{stamp},v1=é{digest(good)}",),
        "a stray byte in the header": (f"{stamp},v1=\udcff{digest(good)}",),
        "NUL in the header": (f"{good}\x00",),
        "upper-case digits": (f"{stamp},v1={digest(good).upper()}",),
        "upper-case keys": (f"T={stamp[2:]},V1={digest(good)}",),
        "v0 only": (f"{stamp},v0={digest(good)}",),
        "v2 only": (f"{stamp},v2={digest(good)}",),
        "expired": (signature(seconds=-310),),
        "far expired": (signature(seconds=-86_400),),
        "from the future": (signature(seconds=310),),
        "from the far future": (signature(seconds=86_400),),
        "another secret": (signature(secret="whsec_other"),),
        "the empty secret": (signature(secret=""),),
        "another body's": (signature(b"{}"),),
    }
    bodies = {
        "truncated": GOOD[:-1],
        "empty": b"",
        "not UTF-8": GOOD.replace(b"R1", b"\xff\xfe"),
        "array": b"[" + GOOD + b"]",
        "text": b'"evt_1"',
        "number": b"17",
        "null": b"null",
        "nested 100 000 deep": b"[" * 100_000,
        "nested in the object": GOOD.replace(b'"R1"', b"[" * 100_000 + b"]" * 100_000),
        "with two events": GOOD + b"\n" + GOOD,
    }
    hostile = {name: Hostile(status=400, headers=headers) for name, headers in refused.items()}
    hostile |= {
        f"body {name}, signed": Hostile(status=400, headers=(signature(body),), body=body)
        for name, body in bodies.items()
    }
    hostile |= {
        f"body {name}, unsigned": Hostile(status=400, headers=(), body=body) for name, body in bodies.items()
    }
    large = GOOD[:-1] + b" " * 10_000_000 + b"}"
    hostile["10 MB, signed"] = Hostile(status=413, headers=(signature(large),), body=large)
    hostile["10 MB, unsigned"] = Hostile(status=413, headers=(), body=large)
    for method in ("GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "STEAL"):
        hostile[f"method {method}"] = Hostile(status=405, headers=(good,), method=method)
    for kind in ("", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "\udcff;;=="):
        hostile[f"type {kind!r}"] = Hostile(status=415, headers=(good,), content_types=(kind,))
    hostile["no type"] = Hostile(status=415, headers=(good,), content_types=())
    # An underscore is a letter of the variable that WSGI makes of a dash: no other spelling may stand in.
    hostile["header with an underscore"] = Hostile(
        status=400, headers=(), more=(f"Stripe_Signature: {good}",)
    )
    return hostile


def status_of(server, text: bytes) -> int | None:
    parts = urlsplit(server.url)
    with socket.create_connection((str(parts.hostname), int(parts.port or 0)), timeout=30) as connection:
        connection.sendall(text)
        answer = b""
        while part := connection.recv(65_536):  # to the end: only then has the server's thread let go
            answer += part
    return int(answer.split(b" ", 2)[1]) if answer else None


def test_every_hostile_request_has_its_4xx_and_leaves_neither_a_row_nor_a_word(live_server, caplog):
    with caplog.at_level(logging.DEBUG):
        statuses = {name: status_of(live_server, request.text()) for name, request in table().items()}

    wanted = {name: request.status for name, request in table().items()}
    assert {name: status for name, status in statuses.items() if status != wanted[name]} == {}
    assert not StripeEvent.objects.exists()
    assert MARK not in caplog.text


def test_the_same_request_with_nothing_hostile_in_it_is_taken(live_server):
    assert status_of(live_server, Hostile(status=200, headers=(signature(),)).text()) == 200
    assert StripeEvent.objects.count() == 1
