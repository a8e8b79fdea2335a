"""The endpoint on a real server over real sockets: whatever is sent, the answer is a 4xx and never a 500."""

from __future__ import annotations

import http.client
import json
import socket
from urllib.parse import urlsplit

import pytest

from revenue_intel.facts.models import LedgerEntry
from revenue_intel.testing.signing import signed_event
from revenue_intel.webhooks.models import StripeEvent
from tests.deliveries import SECRET, payment_succeeded
from tests.factories import make_order, make_product

pytestmark = pytest.mark.django_db(transaction=True)

PATH = "/payments/webhook/"


@pytest.fixture
def signed():
    make_order("R1", [(make_product("Mug", "9.50", stock=3), 2)])
    return signed_event(payment_succeeded("R1", 1900), secret=SECRET)


def address(live_server) -> tuple[str, int]:
    parts = urlsplit(live_server.url)
    return str(parts.hostname), int(parts.port or 0)


def send_raw(live_server, text: bytes) -> int | None:
    """Send bytes, end our side, and return the status of the answer, None where there is none."""
    with socket.create_connection(address(live_server), timeout=10) as connection:
        connection.sendall(text)
        connection.shutdown(socket.SHUT_WR)
        answer = b""
        while part := connection.recv(65_536):
            answer += part
    return int(answer.split(b" ", 2)[1]) if answer else None


def request(body: bytes, *headers: str, method: str = "POST") -> bytes:
    lines = [f"{method} {PATH} HTTP/1.1", "Host: localhost", "Connection: close", *headers, "", ""]
    return "\r\n".join(lines).encode("latin-1") + body


def test_a_signed_event_settles_its_order(live_server, signed):
    connection = http.client.HTTPConnection(*address(live_server), timeout=10)
    connection.request("POST", PATH, body=signed.body, headers=signed.headers)
    answer = connection.getresponse()

    assert (answer.status, json.loads(answer.read())) == (200, {"outcome": "applied"})
    connection.close()
    assert LedgerEntry.objects.get().amount_minor == 1900


def test_nothing_that_is_sent_by_a_stranger_gets_a_500_or_leaves_a_row(live_server, signed):
    body, good = signed.body, signed.headers["Stripe-Signature"]
    json_type, signature = "Content-Type: application/json", f"Stripe-Signature: {good}"
    length = f"Content-Length: {len(body)}"
    sent = {
        "no headers": request(body),
        "no length": request(body, json_type, signature),
        "empty length": request(body, json_type, signature, "Content-Length:"),
        "negative length": request(body, json_type, signature, "Content-Length: -5"),
        "strange length": request(body, json_type, signature, "Content-Length: abc"),
        "a huge length": request(body, json_type, signature, f"Content-Length: {10**30}"),
        "less body than said": request(body[:20], json_type, signature, length),
        "chunked": request(b"2\r\n{}\r\n0\r\n\r\n", json_type, signature, "Transfer-Encoding: chunked"),
        "empty body": request(b"", json_type, signature, "Content-Length: 0"),
        "no signature": request(body, json_type, length),
        "empty signature": request(body, json_type, length, "Stripe-Signature:"),
        "latin-1 signature": request(body, json_type, length, "Stripe-Signature: t=1,v1=é"),
        "long signature": request(body, json_type, length, "Stripe-Signature: " + "v1=0," * 10_000),
        "two signatures": request(
            body, json_type, length, "Stripe-Signature: t=1,v1=0", "Stripe-Signature: t=1"
        ),
        "another type": request(body, "Content-Type: text/xml", length, signature),
        "strange type": request(body, "Content-Type: \xff;;charset==", length, signature),
        "get": request(b"", method="GET"),
        "unknown method": request(body, json_type, length, signature, method="STEAL"),
        "form": request(b"a=1", "Content-Type: application/x-www-form-urlencoded", "Content-Length: 3"),
    }

    statuses = {name: send_raw(live_server, text) for name, text in sent.items()}

    assert {name: status for name, status in statuses.items() if not 400 <= (status or 0) < 500} == {}
    assert not StripeEvent.objects.exists()


def test_a_caller_who_hangs_up_in_the_middle_leaves_nothing(live_server, signed):
    text = request(signed.body[:10], "Content-Type: application/json", "Content-Length: 1000")
    with socket.create_connection(address(live_server), timeout=10) as connection:
        connection.sendall(text)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")

    after = send_raw(live_server, request(b"", method="GET"))  # the server still serves

    assert after == 405
    assert not StripeEvent.objects.exists()
