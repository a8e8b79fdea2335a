"""Whoever cannot sign gets a 4xx and leaves nothing; who signs nonsense gets a 400 and leaves nothing either."""

from __future__ import annotations

import json
import logging
from typing import Any

import pytest
from django.apps import apps
from django.test import Client
from django.urls import reverse

from revenue_intel.facts.models import LedgerEntry, PaymentFact
from revenue_intel.issues.models import Issue
from revenue_intel.testing.signing import sign
from revenue_intel.webhooks.models import EventFailure, StripeEvent
from tests.deliveries import SECRET, payment_succeeded

pytestmark = pytest.mark.django_db

#: What no log may ever show.
MARK = "ada.lovelace@example.com"


def post(body: bytes, *, signature: str | None = None, content_type: str = "application/json") -> Any:
    header = sign(body, SECRET) if signature is None else signature
    return Client().post(
        reverse("payments:webhook"),
        data=body,
        content_type=content_type,
        headers={"Stripe-Signature": header} if header else {},
    )


def rows() -> int:
    models = apps.get_app_config("revenue_intel").get_models()
    return sum(model._base_manager.count() for model in models if model._meta.managed)


def body_of(**changes: Any) -> bytes:
    """Return a good event, changed; a value of ``...`` takes the key away."""
    event = payment_succeeded("R1", 1900, receipt_email=MARK) | changes
    return json.dumps({key: value for key, value in event.items() if value is not ...}).encode()


def thin_body(**changes: Any) -> bytes:
    """Return a thin event, changed as ``body_of`` does."""
    event = {
        "id": "evt_test_1",
        "object": "v2.core.event",
        "type": "v1.charge.refunded",
        "livemode": False,
        "created": "2026-10-28T12:00:00.000Z",
        "related_object": {"id": "ch_1", "type": "charge", "url": "/v1/charges/ch_1"},
    } | changes
    return json.dumps({key: value for key, value in event.items() if value is not ...}).encode()


def with_object(**changes: Any) -> bytes:
    event = payment_succeeded("R1", 1900, receipt_email=MARK)
    event["data"]["object"] |= changes
    return json.dumps(event).encode()


GOOD = body_of()

NO_EVENTS = {
    "truncated": GOOD[:-1],
    "cut in half": GOOD[: len(GOOD) // 2],
    "two events": GOOD + GOOD,
    "not UTF-8": GOOD.replace(b"R1", b"\xff\xfe"),
    "UTF-16": GOOD.decode().encode("utf-16"),
    "UTF-8 with BOM": b"\xef\xbb\xbf" + GOOD,
    "array": b"[" + GOOD + b"]",
    "null": b"null",
    "true": b"true",
    "number": b"17",
    "text": b'"evt_1"',
    "empty object": b"{}",
    "form": b"id=evt_1&object=event",
    "NaN": GOOD.replace(b"1900", b"NaN"),
    "Infinity": GOOD.replace(b"1900", b"-Infinity"),
    "a number of 5000 digits": GOOD.replace(b"1900", b"9" * 5000),
    "raw NUL": GOOD.replace(b"R1", b"\x00"),
    "raw line break": GOOD.replace(b"R1", b"\n"),
    "100 000 brackets": b"[" * 100_000,
    "100 000 brackets in the object": GOOD.replace(b'"R1"', b"[" * 100_000 + b"]" * 100_000),
    "100 000 objects": b'{"a":' * 100_000,
    "no id": body_of(id=...),
    "null id": body_of(id=None),
    "empty id": body_of(id=""),
    "number as id": body_of(id=5),
    "object as id": body_of(id={"id": MARK}),
    "NUL in the id": body_of(id="evt_\x00"),
    "line break in the id": body_of(id="evt_\n"),
    "lone surrogate in the id": body_of(id="evt_\ud800"),
    "id of 256 characters": body_of(id="e" * 256),
    "no type": body_of(type=...),
    "NUL in the type": body_of(type="charge\x00"),
    "lone surrogate in the type": body_of(type="\udfff"),
    "type of 129 characters": body_of(type="t" * 129),
    "list as type": body_of(type=["charge.refunded"]),
    "NUL in the account": body_of(account="\x00"),
    "number as account": body_of(account=5),
    "number as api_version": body_of(api_version=2020),
    "no livemode": body_of(livemode=...),
    "number as livemode": body_of(livemode=1),
    "text as livemode": body_of(livemode="false"),
    "no created": body_of(created=...),
    "true as created": body_of(created=True),
    "text as created": body_of(created="1772366700"),
    "fraction as created": body_of(created=1.5),
    "huge created": body_of(created=10**40),
    "created after the year 9999": body_of(created=10**12),
    "created before the year 1": body_of(created=-(10**12)),
    "no data": body_of(data=...),
    "list as data": body_of(data=[]),
    "no data.object": body_of(data={}),
    "null data.object": body_of(data={"object": None}),
    "text as data.object": body_of(data={"object": "pi_1"}),
    "another object": body_of(object="charge"),
    "no object": body_of(object=...),
    "thin event without an id": thin_body(id=...),
    "thin event without a type": thin_body(type=...),
    "thin event without a created": thin_body(created=...),
    "thin event with seconds as created": thin_body(created=1772366700),
    "thin event with text as created": thin_body(created="yesterday"),
    "thin event before the year 1": thin_body(created="0001-01-01T00:00:00+23:59"),
    "thin event without livemode": thin_body(livemode=...),
    "thin event with a number as context": thin_body(context=5),
    "thin event with NUL in the context": thin_body(context="acct_\x00"),
    "thin event with a context of 256 characters": thin_body(context="a" * 256),
}


@pytest.mark.parametrize("body", NO_EVENTS.values(), ids=NO_EVENTS.keys())
def test_a_signed_body_that_is_no_event_is_refused_and_leaves_nothing(body, caplog):
    with caplog.at_level(logging.DEBUG, logger="revenue_intel"):
        answer = post(body)

    assert (answer.status_code, answer.json()) == (400, {"outcome": "malformed_event"})
    assert rows() == 0
    assert MARK not in caplog.text


@pytest.mark.parametrize("body", [GOOD, b"[" * 100_000, b"\xff", b"null"], ids=lambda body: repr(body[:8]))
@pytest.mark.parametrize(
    "signature",
    [
        "",
        "t=1,v1=0",
        "t=1772366700,v1=é",
        "t=١٢,v1=00",
        sign(GOOD, "whsec_other"),
        sign(GOOD, SECRET, timestamp=1),
    ],
    ids=["none", "nonsense", "non-ASCII", "Arabic digits", "another secret", "old"],
)
def test_an_unverified_caller_is_refused_and_leaves_nothing(body, signature, caplog):
    with caplog.at_level(logging.DEBUG, logger="revenue_intel"):
        answer = post(body, signature=signature)

    assert (answer.status_code, answer.json()) == (400, {"outcome": "invalid_signature"})
    assert rows() == 0
    assert not [record for record in caplog.records if record.name.startswith("revenue_intel")]
    assert MARK not in caplog.text


UNREADABLE_OBJECTS = {
    "NUL in the id": {"id": "pi_\x00"},
    "lone surrogate in the id": {"id": "pi_\ud800"},
    "no id": {"id": None},
    "NUL in the reference": {"metadata": {"order_reference": "R\x00"}},
    "lone surrogate in the reference": {"metadata": {"order_reference": "\ud800"}},
    "line break in the reference": {"metadata": {"order_reference": "R1\nR2"}},
    "256 characters of reference": {"metadata": {"order_reference": "R" * 256}},
    "number as reference": {"metadata": {"order_reference": 5}},
    "list as metadata": {"metadata": [MARK]},
    "text as metadata": {"metadata": MARK},
    "huge amount": {"amount_received": 10**30},
    "amount that overflows the column": {"amount_received": 2**63},
    "true as amount": {"amount_received": True},
    "fraction as amount": {"amount_received": 19.0},
    "text as amount": {"amount_received": "1900"},
    "negative amount": {"amount_received": -1900},
    "null amount": {"amount_received": None},
    "no currency": {"currency": None},
    "currency of four letters": {"currency": "gbpx"},
    "currency that is a list": {"currency": [MARK]},
    "NUL in the customer": {"customer": "\x00"},
    "number as customer": {"customer": 7},
    "expanded customer without an id": {"customer": {"email": MARK}},
}


@pytest.mark.parametrize("changes", UNREADABLE_OBJECTS.values(), ids=UNREADABLE_OBJECTS.keys())
def test_an_event_whose_object_cannot_be_read_is_kept_as_failed_with_an_issue(changes, caplog):
    with caplog.at_level(logging.DEBUG, logger="revenue_intel"):
        answer = post(with_object(**changes))

    assert (answer.status_code, answer.json()) == (200, {"outcome": "failed"})
    assert Issue.objects.get().kind == "event_failed"
    assert not PaymentFact.objects.exists()
    assert not LedgerEntry.objects.exists()
    said = " ".join(
        [caplog.text, str(EventFailure.objects.values().get()), str(Issue.objects.values().get())]
    )
    assert MARK not in said


def test_harmless_oddities_of_a_good_event_do_no_harm():
    body = with_object(
        metadata={"order_reference": "R1", "note": "\x00\ud800 \n"}, description="\x00", new_key=10**50
    )

    assert post(body).json() == {"outcome": "parked"}


def test_of_keys_given_twice_the_last_counts_for_storing_and_for_applying():
    twice = GOOD.replace(b'"object": "event"', b'"id": "evt_last", "object": "event"').replace(
        b'"amount_received": 1900', b'"amount_received": 1, "amount_received": 1900'
    )
    assert post(twice).status_code == 200

    assert StripeEvent.objects.get().event_id == "evt_last"
    assert PaymentFact.objects.get().amount_minor == 1900


@pytest.mark.parametrize("size", [1_048_577, 10_000_000])
def test_a_body_that_is_too_large_is_refused_unread(size):
    answer = post(b" " * size, signature="t=1,v1=0")

    assert (answer.status_code, answer.json()) == (413, {"outcome": "too_large"})
    assert rows() == 0


def test_a_host_that_takes_less_than_we_do_is_obeyed(settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 10

    assert post(GOOD).status_code == 413
    assert rows() == 0


@pytest.mark.parametrize(
    "content_type",
    ["", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "x"],
)
def test_another_content_type_is_refused(content_type):
    answer = post(GOOD, content_type=content_type)

    assert (answer.status_code, answer.json()) == (415, {"outcome": "unsupported_media_type"})
    assert rows() == 0


@pytest.mark.parametrize("content_type", ["application/json; charset=utf-8", "Application/JSON"])
def test_stripes_content_type_is_taken_in_any_spelling(content_type):
    assert post(GOOD, content_type=content_type).status_code == 200


@pytest.mark.parametrize("method", ["get", "head", "put", "patch", "delete", "options"])
def test_only_post_is_allowed(client, method):
    answer = getattr(client, method)(reverse("payments:webhook"))

    assert (answer.status_code, answer.headers["Allow"]) == (405, "POST")
    assert rows() == 0


@pytest.mark.parametrize("secrets", [[], (), None, "", [""], [" "], [None]], ids=repr)
def test_without_a_secret_the_endpoint_does_not_exist(settings, secrets):
    settings.REVENUE_INTEL_STRIPE_WEBHOOK_SECRETS = secrets

    for secret in (SECRET, "", " "):
        assert post(GOOD, signature=sign(GOOD, secret)).status_code == 404
    assert rows() == 0


def test_no_answer_is_cached_by_anybody():
    assert post(GOOD).headers["Cache-Control"] == "no-store"
    assert post(b"").headers["Cache-Control"] == "no-store"
