"""Sign webhook bodies the way Stripe does, by hand.

For tests that post events to the webhook endpoint and for the stand-in. Only the standard library is
used, so a project can test its endpoint without the Stripe SDK.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, kw_only=True)
class SignedEvent:
    """A body and the headers to post it with, ready for any HTTP client.

    With Django's test client::

        client.post(url, data=signed.body, content_type="application/json", headers=signed.headers)
    """

    body: bytes
    headers: dict[str, str]


def sign(body: bytes, secret: str, *, timestamp: int | None = None) -> str:
    """Return the ``Stripe-Signature`` header of a body.

    Args:
        body: the raw bytes that will be posted; any change afterwards breaks the signature.
        secret: the whole endpoint secret, including ``whsec_``.
        timestamp: Unix seconds to sign with; now when not given.
    """
    moment = int(time.time()) if timestamp is None else timestamp
    signed = f"{moment}.".encode() + body
    digest = hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()
    return f"t={moment},v1={digest}"


def signed_event(event: Mapping[str, Any], *, secret: str, timestamp: int | None = None) -> SignedEvent:
    """Return an event as signed body and headers.

    Args:
        event: the event payload, for example from :func:`revenue_intel.testing.events.event`.
        secret: the whole endpoint secret, including ``whsec_``.
        timestamp: Unix seconds to sign with; now when not given.
    """
    body = json.dumps(event, separators=(",", ":"), ensure_ascii=False).encode()
    return SignedEvent(
        body=body,
        headers={
            "Content-Type": "application/json; charset=utf-8",
            "Stripe-Signature": sign(body, secret, timestamp=timestamp),
        },
    )
