"""Verify that a webhook came from Stripe, over the raw bytes.

Our own HMAC rather than the SDK's: it depends on no SDK version, refuses timestamps from
the future as well as old ones, and cannot be made to raise by a strange header.
Source: https://docs.stripe.com/webhooks/signature
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence
from typing import Final

from revenue_intel.exceptions import SignatureError

SCHEME: Final = "v1"
MAX_HEADER_LENGTH: Final = 4096


def verify(*, body: bytes, header: str, secrets: Sequence[str], tolerance_seconds: int, now: int) -> None:
    """Return if one of ``secrets`` signed ``body`` at a time within the tolerance of ``now`` (Unix seconds).

    Raises:
        SignatureError: the header is missing or malformed, no secret fits, or the time is off.
    """
    timestamp, candidates = _parse(header)
    signed = str(timestamp).encode("ascii") + b"." + body
    valid = False
    for secret in usable_secrets(secrets):
        expected = hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest().encode("ascii")
        for candidate in candidates:
            valid |= hmac.compare_digest(expected, candidate)
    if not valid:
        raise SignatureError("No secret of this endpoint made the signature.")
    if abs(now - timestamp) > tolerance_seconds:
        raise SignatureError("The signature's timestamp is outside the tolerance.")


def usable_secrets(configured: Sequence[str | None] | None) -> tuple[str, ...]:
    """Return the secrets that can have signed something: a blank one, with which anybody can sign, is none.

    A string given without its list is one secret, and not its letters.
    """
    given = [configured] if isinstance(configured, str) else configured or ()
    return tuple(secret for secret in given if secret and secret.strip())


def _parse(header: str) -> tuple[int, list[bytes]]:
    """Return the timestamp and the signatures of the one scheme that counts."""
    if not header or len(header) > MAX_HEADER_LENGTH or not header.isascii():
        raise SignatureError("The Stripe-Signature header is missing or malformed.")
    parts = [part.partition("=") for part in header.split(",")]
    timestamps = [value for key, _, value in parts if key.strip() == "t"]
    candidates = [value.encode("ascii") for key, _, value in parts if key.strip() == SCHEME]
    # The signed text is the header's own digits, so only their canonical form can have been signed.
    if len(timestamps) != 1 or not timestamps[0].isdigit() or str(int(timestamps[0][:20])) != timestamps[0]:
        raise SignatureError("The Stripe-Signature header has no usable timestamp.")
    if not candidates:
        raise SignatureError("The Stripe-Signature header has no signature of scheme v1.")
    return int(timestamps[0]), candidates
