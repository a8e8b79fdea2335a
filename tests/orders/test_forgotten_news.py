"""Later news of somebody who has been forgotten leaves nothing personal behind, by whichever way it comes. Money does."""

from __future__ import annotations

import json
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection

from revenue_intel.facts.erasure import condition_of
from revenue_intel.facts.models import Customer, LedgerEntry, OrderFact, PaymentFact
from revenue_intel.webhooks import intake, processing, retention
from revenue_intel.webhooks.endpoints import LISTED
from revenue_intel.webhooks.models import StripeEvent
from tests.deliveries import PAID_AT, SECRET, deliver, payment_succeeded, refund_event
from tests.factories import make_order, make_product
from tests.handlers.samples import charge
from tests.host.models import Product

pytestmark = pytest.mark.django_db

EMAIL = "ada@example.com"
HERS = {"name": "Ada Lovelace", "email": "Ada@Example.com", "address": {"line1": "12 St James's Square"}}
NAMELESS = {"name": "Ada Lovelace", "address": {"line1": "12 St James's Square"}}
#: What a body of hers would show.
SIGNS = ("lovelace", "st james", EMAIL, "cus_ada")


@pytest.fixture(autouse=True)
def mug() -> Product:
    """Ada has bought once, and is forgotten; Bob has bought too."""
    mug = make_product("Mug", "9.50", stock=50)
    make_order("R1", [(mug, 2)], email=EMAIL)
    make_order("R2", [(mug, 1)], email="bob@example.com")
    deliver(payment_succeeded("R1", 1900, customer="cus_ada", receipt_email=EMAIL))
    deliver(payment_succeeded("R2", 950, intent="pi_2", customer="cus_bob", receipt_email="bob@example.com"))
    call_command("revenue_forget_customer", "--email", EMAIL, stdout=StringIO(), stderr=StringIO())
    return mug


def body_of(event: dict[str, Any]) -> str:
    return StripeEvent.objects.get(event_id=event["id"]).body


def assert_she_is_nowhere() -> None:
    bodies = " ".join(StripeEvent.objects.values_list("body", flat=True)).casefold()
    assert not [sign for sign in SIGNS if sign in bodies]
    assert "cus_bob" in bodies
    assert set(Customer.objects.values_list("email", flat=True)) == {"", "bob@example.com"}
    assert set(PaymentFact.objects.values_list("stripe_customer_id", flat=True)) == {"", "cus_bob"}


def billed(kind: str, details: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return charge(kind, billing_details=details, **fields)


#: A later event of hers, by what gives it away.
LATER = {
    "an address in other letters": billed("updated", HERS),
    "a customer at Stripe": billed("updated", NAMELESS, id="ch_9", payment_intent="pi_9", customer="cus_ada"),
    "a payment of hers": billed("updated", NAMELESS),
    "an address within a text": billed("updated", {}, description=f"Mug for Ada Lovelace <{EMAIL}>."),
    "an order of hers": payment_succeeded("R1", 1900, shipping=NAMELESS),
    "a refund of her payment": refund_event("created", 500, charge=None) | {"note": "Ada Lovelace"},
    "a type that is ignored": {
        "id": "evt_customer",
        "object": "event",
        "type": "customer.updated",
        "api_version": "2026-10-28.endive",
        "created": PAID_AT,
        "livemode": False,
        "data": {"object": {"id": "cus_ada", "object": "customer", **HERS}},
    },
}


@pytest.mark.parametrize("event", LATER.values(), ids=LATER)
def test_a_delivery_is_applied_and_keeps_no_body(event):
    assert deliver(event).json()["outcome"] in {"applied", "ignored"}

    stored = StripeEvent.objects.get(event_id=event["id"])
    assert (stored.body, len(stored.body_sha256)) == ("", 64)
    assert_she_is_nowhere()


@pytest.mark.parametrize("event", LATER.values(), ids=LATER)
def test_a_worker_keeps_no_body_either(settings, event):
    settings.REVENUE_INTEL_EVENT_PROCESSING = "deferred"
    assert deliver(event).json() == {"outcome": "stored"}
    assert body_of(event)  # there is nothing else of it yet

    call_command("revenue_process_events", verbosity=0, stdout=StringIO())

    assert body_of(event) == ""
    assert_she_is_nowhere()


def test_the_money_of_later_news_counts():
    deliver(refund_event("created", 500))

    assert OrderFact.objects.get(reference="R1").refunded_minor == 500
    assert LedgerEntry.objects.filter(kind="refund", order_reference="R1").count() == 1
    assert_she_is_nowhere()


def test_a_delivery_that_comes_again_brings_no_body():
    event = LATER["a payment of hers"]
    deliver(event)

    assert deliver(event).json() == {"outcome": "duplicate"}

    assert body_of(event) == ""


def test_what_is_read_from_stripes_list_keeps_no_body():
    event = LATER["a customer at Stripe"]
    receipt = intake.store(body=json.dumps(event).encode(), endpoint=LISTED)

    processing.process(receipt.pk)

    assert body_of(event) == ""


def test_an_event_that_waits_keeps_its_body_until_it_is_applied(mug):
    event = payment_succeeded("R9", 950, intent="pi_9", customer="cus_ada", receipt_email=EMAIL)
    assert deliver(event).json() == {"outcome": "parked"}
    assert json.loads(body_of(event)) == event

    make_order("R9", [(mug, 1)], email=EMAIL)
    processing.process(StripeEvent.objects.get(event_id=event["id"]).pk)

    assert OrderFact.objects.get(reference="R9").customer.erased_number == 1
    assert_she_is_nowhere()


def test_an_event_that_fails_keeps_its_body_until_it_is_applied(monkeypatch):
    event = LATER["a payment of hers"]
    with monkeypatch.context() as broken:
        broken.setattr(retention, "content_of", _fail_after_claim(retention.content_of))
        assert deliver(event).json() == {"outcome": "failed"}
    assert json.loads(body_of(event)) == event

    call_command("revenue_replay_events", event["id"], verbosity=0, stdout=StringIO())

    assert StripeEvent.objects.get(event_id=event["id"]).outcome == "applied"
    assert_she_is_nowhere()


def _fail_after_claim(sound: Any) -> Any:
    """Return a reader of bodies that can be used once, for the claim, and fails then, for the handler."""
    calls = []

    def read(event: StripeEvent) -> Any:
        calls.append(event)
        if len(calls) > 1:
            raise ValueError
        return sound(event)

    return read


def test_an_event_that_the_endpoint_does_not_take_keeps_no_body(settings):
    settings.REVENUE_INTEL_STRIPE_ENDPOINTS = {"live": {"secrets": [SECRET], "livemode": True}}
    event = LATER["an address in other letters"]

    assert deliver(event, endpoint="live").json() == {"outcome": "ignored"}

    assert StripeEvent.objects.get(event_id=event["id"]).reason == "livemode_not_taken"
    assert body_of(event) == ""


def test_a_new_order_of_hers_whose_events_do_not_name_her_keeps_none_of_their_bodies(mug):
    make_order("R9", [(mug, 1)], email=EMAIL)
    first = payment_succeeded("R9", 950, intent="pi_9", shipping=NAMELESS)
    second = billed("updated", NAMELESS, id="ch_9", payment_intent="pi_9")

    for event in (first, second):
        assert deliver(event).json() == {"outcome": "applied"}

    assert (body_of(first), body_of(second)) == ("", "")
    assert_she_is_nowhere()


def test_the_bodies_of_others_stay(mug):
    make_order("R3", [(mug, 1)], email="bob@example.com")
    events = [
        payment_succeeded("R3", 950, intent="pi_3", customer="cus_bob", receipt_email="bob@example.com"),
        refund_event("created", 950, intent="pi_2", charge="ch_2"),
        billed("updated", {"email": f"not-{EMAIL}", "name": "Ada"}, id="ch_3", payment_intent="pi_3"),
    ]

    for event in events:
        deliver(event)

    assert [json.loads(body_of(event)) for event in events] == events


@pytest.mark.parametrize(
    ("text", "is_hers"),
    [
        (f"  {EMAIL.upper()}\n", True),
        (f"'{EMAIL}'; and more", True),
        (f"to {EMAIL}, please.", True),
        (f"x{EMAIL}", False),
        (f"{EMAIL}.org", False),
        ("CUS_ADA", False),
        ("cus_ada", True),
        ("cus_ada2", False),
        ("R1", True),
        ("\x00", False),
        ("\ud800@", False),
        ("@", False),
        ("", False),
        ("x@" * 100_000, False),
    ],
    ids=lambda value: repr(value)[:40],
)
def test_who_is_meant_is_told_by_whole_names(text, is_hers):
    condition, names = condition_of([text])

    with connection.cursor() as cursor:
        cursor.execute(f"SELECT CASE WHEN {condition} THEN 1 ELSE 0 END", names)
        assert bool(cursor.fetchone()[0]) is is_hers
