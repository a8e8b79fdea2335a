"""What the host does not want stored is not stored; the digest is of what was signed, and money comes out the same."""

from __future__ import annotations

import ast
import hashlib
import json
import re
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from revenue_intel.testing.signing import signed_event
from revenue_intel.webhooks.models import StripeEvent
from revenue_intel.webhooks.redaction import find_path_fault, redact
from tests.deliveries import SECRET, charge_refunded, deliver, payment_failed, payment_succeeded, refund_event
from tests.factories import make_order, make_product
from tests.history import outcome
from tests.webhooks.test_hostile import post

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "settings.md"
PERSON, NAME = "ada@example.com", "Ada Lovelace"
RECOMMENDED: list[str] = ast.literal_eval(
    re.findall(r"^REVENUE_INTEL_REDACT_FIELDS = (\[.*?\])$", PAGE.read_text(), re.MULTILINE | re.DOTALL)[0]
)

CASES: list[tuple[str, Any, Any]] = [
    ("email", {"email": PERSON, "id": 1}, {"email": None, "id": 1}),
    ("email", {"id": 1}, {"id": 1}),
    ("email", {"email": None}, {"email": None}),
    ("email", {"email": {"a": [1]}}, {"email": None}),
    ("a.b", {"a": {"b": 1, "c": 2}}, {"a": {"b": None, "c": 2}}),
    ("a.b", {"a": None}, {"a": None}),
    ("a.b", {"a": "text"}, {"a": "text"}),
    ("a.b", {"a": [{"b": 1}]}, {"a": [{"b": 1}]}),
    ("a.*.b", {"a": [{"b": 1}, {"b": 2, "c": 3}, 4]}, {"a": [{"b": None}, {"b": None, "c": 3}, 4]}),
    ("a.*", {"a": [1, [2]]}, {"a": [None, None]}),
    ("a.*", {"a": {"x": 1, "y": {"z": 2}}}, {"a": {"x": None, "y": None}}),
    ("a.0", {"a": [1]}, {"a": [1]}),
    ("a.*.*.b", {"a": [[{"b": 1}]]}, {"a": [[{"b": None}]]}),
]


@pytest.mark.parametrize(("path", "before", "after"), CASES, ids=str)
def test_a_path_blanks_what_it_leads_to_and_nothing_else(path, before, after):
    content = {"data": {"object": deepcopy(before), "previous_attributes": deepcopy(before)}}

    assert redact(content, [path]) is (before != after)
    assert content == {"data": {"object": after, "previous_attributes": after}}


@pytest.mark.parametrize("data", [None, [], "text", {}, {"object": None}, {"object": []}])
def test_an_event_of_another_shape_is_left_alone(data):
    content = {"data": data}

    assert redact(content, ["a.b", "*"]) is False
    assert content == {"data": data}


def test_the_recommended_paths_are_sound():
    assert [path for path in RECOMMENDED if find_path_fault(path)] == []


def history() -> list[dict[str, Any]]:
    """Return events with a person in every field that the recommended list names."""
    person = {"email": PERSON, "name": NAME, "phone": "1", "address": {"line1": PERSON}}
    events = [
        payment_failed("R1", 1900),
        payment_succeeded("R1", 1900),
        refund_event("created", 500),
        charge_refunded(500, amount=1900),
    ]
    for each in events:
        obj = each["data"]["object"]
        charge = {"id": "ch_1", "billing_details": person, "receipt_email": PERSON, "shipping": person}
        obj |= {path: person for path in RECOMMENDED if "." not in path}
        obj |= dict.fromkeys(("receipt_email", "customer_email"), PERSON)
        obj["charges"] = {"data": [charge]}
        each["data"]["previous_attributes"] = {"billing_details": person, "receipt_email": PERSON}
    return events


@pytest.mark.django_db
def test_everything_recommended_can_be_left_out_and_every_event_still_applies(settings):
    make_order("R1", [(make_product("Mug", "9.50", stock=5), 2)], email="host@example.com")
    settings.REVENUE_INTEL_REDACT_FIELDS = RECOMMENDED

    for event in history():
        assert deliver(event).json() == {"outcome": "applied"}

    assert not StripeEvent.objects.filter(body__contains=PERSON).exists()
    assert not StripeEvent.objects.filter(body__contains=NAME).exists()


@pytest.mark.django_db
@pytest.mark.parametrize("redacted", [False, True])
def test_the_money_is_what_it_would_be_without(settings, redacted):
    make_order("R1", [(make_product("Mug", "9.50", stock=5), 2)])
    settings.REVENUE_INTEL_REDACT_FIELDS = RECOMMENDED if redacted else []

    for event in history():
        deliver(event)

    came_to = outcome()
    assert [row[1:4] for row in came_to["facts"]] == [("partially_refunded", came_to["facts"][0][2], 1900)]
    assert sorted(amount for _, amount in came_to["ledger"]) == [-500, 1900]
    assert came_to["issues"] == []


@pytest.mark.django_db
@pytest.mark.parametrize("paths", [(), ("receipt_email",)])
def test_the_digest_is_of_the_bytes_that_were_signed(settings, paths):
    settings.REVENUE_INTEL_REDACT_FIELDS = paths
    event = payment_succeeded("R1", 1900, receipt_email=PERSON)
    body = signed_event(event, secret=SECRET).body

    post(body)

    stored = StripeEvent.objects.get()
    assert stored.body_sha256 == hashlib.sha256(body).hexdigest()
    assert (stored.body == body.decode()) is not bool(paths)


@pytest.mark.django_db
def test_an_event_with_nothing_to_leave_out_is_stored_as_it_was_signed(settings):
    settings.REVENUE_INTEL_REDACT_FIELDS = RECOMMENDED
    body = signed_event(refund_event("created", 500), secret=SECRET).body

    post(body)

    assert StripeEvent.objects.get().body == body.decode()


@pytest.mark.django_db
@pytest.mark.parametrize("depth", [100, 500, 900, 1500, 3000, 10_000, 100_000])
def test_an_event_nested_deep_is_taken_or_refused_and_raises_nothing(settings, depth):
    settings.REVENUE_INTEL_REDACT_FIELDS = ["receipt_email"]
    body = json.dumps(payment_succeeded("R1", 1900, receipt_email=PERSON, description="deep")).encode()

    answer = post(body.replace(b'"deep"', b"[" * depth + b"]" * depth))

    assert answer.status_code in {200, 400}
    assert StripeEvent.objects.filter(body__contains=PERSON).count() == 0
