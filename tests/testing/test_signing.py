"""Signatures are Stripe's: the vectors of its SDK, and its SDK's own verification."""

from __future__ import annotations

import json

import pytest
import stripe

from revenue_intel.testing import sign, signed_event
from revenue_intel.testing.events import event, payment_intent

SECRET = "whsec_test_secret"


@pytest.mark.parametrize(
    ("body", "digest"),
    [
        (
            b'{"id":"evt_test_1","object":"event"}',
            "29ab30b7065c11b28e53ac114fac5d6c492ed811a12d11ed2c2aad5bb4cf9809",
        ),
        (
            '{"name":"Zoë – 日本"}'.encode(),
            "e5bca25c5394121d6232156748df490ffb61010a5c2c9556d598a316309b8e33",
        ),
    ],
)
def test_the_header_is_the_one_the_sdk_makes(body: bytes, digest: str):
    assert sign(body, SECRET, timestamp=1_700_000_000) == f"t=1700000000,v1={digest}"


def test_the_sdk_verifies_a_signed_event():
    happened = event("payment_intent.succeeded", payment_intent(amount=1999, description="Zoë"), created=1)

    signed = signed_event(happened, secret=SECRET)

    verified = stripe.Webhook.construct_event(signed.body, signed.headers["Stripe-Signature"], SECRET)
    assert verified.type == "payment_intent.succeeded"
    assert verified.data.object.amount == 1999
    assert json.loads(signed.body) == happened


def test_an_old_timestamp_is_signed_as_told_and_refused_by_the_sdk():
    signed = signed_event({"id": "evt_1", "object": "event"}, secret=SECRET, timestamp=1_700_000_000)

    with pytest.raises(stripe.SignatureVerificationError, match="tolerance"):
        stripe.Webhook.construct_event(signed.body, signed.headers["Stripe-Signature"], SECRET)
