"""What is posted: three ``payment_intent.succeeded`` of 3.1 KB to one ``charge.refunded`` of 4.4 KB, each of its own order."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any

from revenue_intel.testing import events, signing

SECRET = "whsec_bench"
PIECE_MINOR = 950
#: Pieces of two products.
PIECES = (2, 1)
TOTAL_MINOR = sum(PIECES) * PIECE_MINOR
REFUNDED_MINOR = 500
PAYMENT_BYTES, REFUND_BYTES = 3100, 4400
#: Of four events, so many are payments.
PAYMENTS_OF_FOUR = 3
TYPES = ("payment_intent.succeeded", "charge.refunded")


def reference(batch: int, number: int) -> str:
    """Return the order that a payment of a batch is for."""
    return f"B{batch}-{number}"


def batch(number: int, size: int, *, refunds: bool = True) -> list[bytes]:
    """Return the bodies of a batch: payments of its own orders, and refunds of payments of the batch before."""
    return [
        json.dumps(event, separators=(",", ":")).encode() for event in _batch(number, size, refunds=refunds)
    ]


def is_payment(body: bytes) -> bool:
    """Say whether a body is a payment's, and not a refund's."""
    return TYPES[0].encode() in body


def request(body: bytes, *, path: str, port: int) -> bytes:
    """Return a whole HTTP request, signed now."""
    head = (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Type: application/json\r\n"
        f"Stripe-Signature: {signing.sign(body, SECRET)}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def _batch(batch_number: int, size: int, *, refunds: bool) -> Iterator[dict[str, Any]]:
    at = int(time.time())
    for n in range(size):
        if n % 4 < PAYMENTS_OF_FOUR:
            yield _filled(_payment(batch_number, n, at=at), PAYMENT_BYTES)
        elif refunds:  # of the payment before it, one batch ago: it cannot be on its way any more
            yield _filled(_refund(batch_number - 1, n - 1, at=at), REFUND_BYTES)


def _payment(batch_number: int, n: int, *, at: int) -> dict[str, Any]:
    name = f"{batch_number}x{n}"
    payment = events.payment_intent(
        id=f"pi_{name}",
        amount=TOTAL_MINOR,
        created=at,
        latest_charge=f"ch_{name}",
        metadata={"order_reference": reference(batch_number, n)},
        receipt_email=email(batch_number, n),
    )
    return events.event(TYPES[0], payment, created=at, id=f"evt_{name}")


def _refund(batch_number: int, n: int, *, at: int) -> dict[str, Any]:
    """Return the event as an endpoint of a version before 2022-11-15 is sent it: it bears the refund, and is applied at once."""
    name = f"{batch_number}x{n}"
    charge = events.charge(
        id=f"ch_{name}",
        amount=TOTAL_MINOR,
        amount_refunded=REFUNDED_MINOR,
        payment_intent=f"pi_{name}",
        created=at,
    )
    refund = events.refund(
        id=f"re_{name}",
        amount=REFUNDED_MINOR,
        created=at,
        charge=f"ch_{name}",
        payment_intent=f"pi_{name}",
    )
    event = events.event(TYPES[1], charge, created=at, id=f"evt_r{name}")
    return events.as_of_2020(event, embedded=[refund])


def email(batch_number: int, n: int) -> str:
    """Return who orders: every fourth order of a batch is the next order of somebody known."""
    return f"guest{0 if n % 4 == 0 else batch_number}-{n}@example.com"


def _filled(event: dict[str, Any], size: int) -> dict[str, Any]:
    """Bring an event to its size by its description."""
    payload = event["data"]["object"]
    payload["description"] = ""
    payload["description"] = "x" * (size - len(json.dumps(event, separators=(",", ":"))))
    return event
