"""``known_at`` beside the KPIs of ``compute``: subscriptions and tables are made again, or say why they cannot be."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import UTC, date, datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from revenue_intel.api.openapi import build_description
from revenue_intel.exceptions import InvalidWindowError
from revenue_intel.facts import services as facts
from revenue_intel.kit import clock
from revenue_intel.kpis import topics
from revenue_intel.kpis.converted import compute_converted
from revenue_intel.kpis.questions import ask
from revenue_intel.kpis.representation import represent_subscriptions
from revenue_intel.kpis.subscription_service import compute_subscriptions
from revenue_intel.testing.signing import signed_event
from tests.api.test_kpis import faults
from tests.billing import DAY, MARCH, item, subscribed
from tests.deliveries import SECRET
from tests.factories_users import client_of
from tests.kpis.teller import BEGIN
from tests.kpis.test_known_at import LATER, TOLD, Narrator

pytestmark = pytest.mark.django_db

AS_OF = date(2026, 3, 30)
AT = BEGIN + timedelta(days=3)


def question(known_at=None):
    return ask(days=30, as_of=AS_OF, currency="gbp", livemode=False, known_at=known_at)


def subscriptions_of(known_at):
    report = compute_subscriptions(days=30, as_of=AS_OF, known_at=known_at)
    told = represent_subscriptions(report)
    assert told.pop("known_at") == (known_at and known_at.isoformat().replace("+00:00", "Z"))
    return json.dumps(told).encode()


def tables_of(known_at):
    asked = question(known_at)
    found = [
        [asdict(row) for row in rows]
        for rows in (
            topics.compute_funnel(asked),
            topics.compute_segments(asked),
            topics.compute_anomalies(asked),
        )
    ]
    return json.dumps(found, default=str).encode()


def tell_apart(monkeypatch, history, read):
    """Tell each at an instant of its own; return what was read then, and what is read later as of then."""
    then = {}
    for number, tell in enumerate(history):
        instant = TOLD + timedelta(hours=number)
        monkeypatch.setattr(clock, "now", lambda instant=instant: instant)
        tell()
        then[instant] = read(None)
    monkeypatch.setattr(clock, "now", lambda: LATER)
    return then, {instant: read(instant) for instant in then}


def deliver(event):
    """Post the event, signed by the clock of the test."""
    signed = signed_event(event, secret=SECRET, timestamp=int(clock.now().timestamp()))
    signature = {"Stripe-Signature": signed.headers["Stripe-Signature"]}
    answer = Client().post(
        reverse("payments:webhook"), data=signed.body, content_type="application/json", headers=signature
    )
    assert answer.json() == {"outcome": "applied"}


def number(n, change="created", *items, at=MARCH + DAY):
    event = subscribed(change, *items, at=at, subscription=f"sub_{n}", customer=f"cus_{n}")
    return lambda: deliver(event)


def same_person():
    for n in (1, 2):
        facts.identify(email="one@example.com", stripe_customer_id=f"cus_{n}")


def test_subscriptions_are_reported_again_as_they_were_known(monkeypatch):
    history = [
        number(1),
        number(2, at=MARCH + 3 * DAY),
        number(1, "updated", item(1500), at=MARCH + 2 * DAY),
        number(2, "deleted", at=MARCH + 9 * DAY),
        same_person,
        number(3, at=MARCH - 20 * DAY),
    ]

    then, again = tell_apart(monkeypatch, history, subscriptions_of)

    assert again == then
    assert len(set(then.values())) == len(history)


def test_discounts_whose_terms_are_kept_apart_are_refused_and_say_so():
    number(1)()
    event = subscribed(
        "updated", item(), at=MARCH + 2 * DAY, subscription="sub_1", customer="cus_1", discounts=["di_1"]
    )
    deliver(event)
    instant = clock.now()

    with pytest.raises(InvalidWindowError, match="discounts without their terms"):
        compute_subscriptions(days=30, as_of=AS_OF, known_at=instant)


def test_an_instant_before_the_first_state_is_refused(monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: TOLD)
    number(1)()
    monkeypatch.setattr(clock, "now", lambda: LATER)

    with pytest.raises(InvalidWindowError, match="must not be before 2026-04-02T09:00:00"):
        compute_subscriptions(days=30, as_of=AS_OF, known_at=TOLD - timedelta(seconds=1))


def test_tables_are_made_again_as_they_were_known(monkeypatch):
    teller = Narrator()
    history = [
        ("sale", AT, 1, "gbp", 900),
        ("step", AT - timedelta(days=1), 1, "wishlisted"),
        ("sale", AT + timedelta(days=2), 2, "gbp", 400),
        ("step", AT - timedelta(days=1), 2, "wishlisted"),
        ("refund", AT, 0, 500, None),
        ("redate", 0, AT - timedelta(days=2)),
        ("join", 1, 2),
    ]

    then, again = tell_apart(
        monkeypatch, [lambda told=told: teller.tell(*told) for told in history], tables_of
    )

    assert again == then
    assert len(set(then.values())) == len(history)


def test_a_day_stands_out_only_since_it_was_known_to(monkeypatch):
    teller, spike = Narrator(), datetime(2026, 3, 28, 12, tzinfo=UTC)
    monkeypatch.setattr(clock, "now", lambda: TOLD)
    for week in range(9):
        teller.sale(spike - timedelta(weeks=week), 1, "gbp", 10_00)
    monkeypatch.setattr(clock, "now", lambda: TOLD + timedelta(hours=1))
    for n in range(8):
        teller.sale(spike, n, "gbp", 10_00)
    monkeypatch.setattr(clock, "now", lambda: LATER)

    assert topics.compute_anomalies(question(TOLD)) == []
    assert {found.day for found in topics.compute_anomalies(question())} == {spike.date()}


@pytest.mark.parametrize(
    ("compute", "why"),
    [
        (topics.compute_products, "orders and lines as they stand now"),
        (topics.compute_cohorts, "orders as they stand now"),
        (topics.compute_failures, "as it was told last"),
        (lambda asked: topics.compute_topics(asked, by="units", products=5, months=3), "as they stand now"),
    ],
)
def test_a_table_that_cannot_be_made_again_says_why(monkeypatch, compute, why):
    monkeypatch.setattr(clock, "now", lambda: TOLD)
    Narrator().sale(AT, 1, "gbp", 900)

    with pytest.raises(InvalidWindowError, match=f"known_at is not for this table: .*{why}"):
        compute(question(TOLD))


def test_converted_money_says_why_it_cannot_be_made_again(settings):
    settings.REVENUE_INTEL_REPORTING_CURRENCY = "gbp"

    with pytest.raises(InvalidWindowError, match="asked of the host now"):
        compute_converted(question(clock.now()))


def test_the_routes_answer_or_refuse_in_words(monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: TOLD)
    number(1)()
    Narrator().sale(AT, 1, "gbp", 900)
    monkeypatch.setattr(clock, "now", lambda: LATER)
    asked = {"known_at": "2026-04-02T09:00:00Z", "as_of": "2026-03-30"}
    client = client_of("analyst")
    schemas = build_description()["components"]["schemas"]

    answered = client.get("/api/v1/subscriptions/", asked).json()
    assert answered["data"]["known_at"] == "2026-04-02T09:00:00Z"
    assert not faults(answered, "SubscriptionAnswer", schemas)
    for topic in ("funnel", "segments", "anomalies"):
        assert client.get(f"/api/v1/{topic}/", asked).status_code == 200
    for topic in ("products", "cohorts", "payment-failures", "kpis/revenue/parts"):
        refused = client.get(f"/api/v1/{topic}/", asked)
        assert refused.status_code == 400
        assert "known_at is not for" in refused.json()["error"]["message"]


def test_an_export_as_of_an_instant_is_refused():
    answer = client_of("analyst").get("/analytics/exports/orders/", {"known_at": "2026-04-02T09:00:00Z"})

    assert answer.status_code == 400
    assert "known_at is not for exports" in answer.content.decode()
