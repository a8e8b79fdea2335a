"""``known_at`` beside the KPIs of ``compute``: subscriptions and tables are made again, or say why they cannot be."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from unittest.mock import patch

import pytest
from django.test import Client
from django.urls import reverse
from hypothesis import example, given, settings
from hypothesis.extra.django import TestCase

from revenue_intel.api.openapi import build_description
from revenue_intel.exceptions import InvalidWindowError
from revenue_intel.facts import services as facts
from revenue_intel.facts.models import PaymentVersion
from revenue_intel.kit import clock
from revenue_intel.kpis import topics
from revenue_intel.kpis.converted import compute_converted
from revenue_intel.kpis.explanations import explain
from revenue_intel.kpis.part_sources import SOURCES
from revenue_intel.kpis.questions import ask
from revenue_intel.kpis.representation import (
    instant_text,
    represent_explanation,
    represent_subscriptions,
)
from revenue_intel.kpis.subscription_service import compute_subscriptions
from revenue_intel.testing.signing import signed_event
from tests.api.test_kpis import faults
from tests.billing import DAY, MARCH, item, subscribed
from tests.deliveries import SECRET
from tests.factories_users import client_of
from tests.kpis.teller import BEGIN
from tests.kpis.test_known_at import LATER, TOLD, Narrator, histories

pytestmark = pytest.mark.django_db

AS_OF = date(2026, 3, 30)
AT = BEGIN + timedelta(days=3)
SALE = ("sale", AT, 1, "gbp", 900)


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
            topics.compute_products(asked),
            topics.compute_failures(asked),
            topics.compute_cohorts(asked, months=3),
        )
    ]
    return json.dumps(found, default=str).encode()


def parts_of(known_at):
    found = []
    for slug in SOURCES:
        explanation = explain(slug, days=30, as_of=AS_OF, currency="gbp", livemode=False, known_at=known_at)
        assert sum(part.value for part in explanation.parts) == (explanation.value or 0)
        found.append(represent_explanation(explanation))
        assert found[-1].pop("known_at") == (known_at and instant_text(known_at))
    return json.dumps(found).encode()


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
        ("failure", AT, 1),
        ("failure", AT + timedelta(days=1), 1, "expired_card", 20),
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


@pytest.mark.slow
class TestAnyHistory(TestCase):
    @given(histories)
    @example([SALE, ("dispute", AT, 1, "needs_response"), ("wish", AT, 1), ("join", 1, 2)])
    @example([SALE, ("failure", AT, 1), ("failure", AT + timedelta(days=2), 1, "expired_card", 20)])
    @example([SALE, ("refund", AT, 0, 970, None), ("redate", 0, AT - timedelta(days=2))])
    @settings(max_examples=25)
    def test_every_table_and_every_part_is_made_again_as_it_was_known(self, history):
        teller, then = Narrator(), {}
        with patch.object(clock, "now") as now:
            for number, event in enumerate([SALE, *history]):
                now.return_value = TOLD + timedelta(seconds=number)
                teller.tell(*event)
                then[now.return_value] = tables_of(None), parts_of(None)
            now.return_value = LATER

            again = {instant: (tables_of(instant), parts_of(instant)) for instant in then}

        assert again == then


def test_reasons_from_before_they_were_kept_are_refused_and_say_so(monkeypatch):
    teller = Narrator()
    monkeypatch.setattr(clock, "now", lambda: TOLD)
    teller.failure(AT, 1)
    monkeypatch.setattr(clock, "now", lambda: LATER)
    PaymentVersion.objects.create(
        payment_intent="pi_old",
        currency="gbp",
        livemode=False,
        failed_at=AT,
        recorded_at=TOLD,
        superseded_at=LATER,
    )

    with pytest.raises(InvalidWindowError, match="why payments failed was not kept yet"):
        topics.compute_failures(question(TOLD))


def test_money_of_all_currencies_is_converted_again_as_it_was_known(settings, monkeypatch):
    settings.REVENUE_INTEL_REPORTING_CURRENCY = "gbp"
    settings.REVENUE_INTEL_EXCHANGE_RATES = "tests.kpis.test_tables_known_at.half"
    teller = Narrator()
    history = [("sale", AT, 1, "gbp", 900), ("sale", AT, 2, "usd", 400), ("refund", AT, 1, 100, None)]

    then, again = tell_apart(
        monkeypatch,
        [lambda told=told: teller.tell(*told) for told in history],
        lambda known_at: compute_converted(question(known_at)),
    )

    assert again == then
    assert [told.values["revenue"] for told in then.values()] == [970, 970 + 235, 970 + 235]


def half(_currency, _day):
    return Decimal("0.5")


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
    topics = ("funnel", "segments", "anomalies", "products", "cohorts", "payment-failures")
    for topic in (*topics, "kpis/revenue/parts"):
        assert client.get(f"/api/v1/{topic}/", asked).status_code == 200
        refused = client.get(f"/api/v1/{topic}/", asked | {"known_at": "2026-04-02T08:59:59Z"})
        assert refused.status_code == 400
        assert "first fact was recorded" in refused.json()["error"]["message"]
    page = client.get("/analytics/reports/", asked)
    assert "as known at 2 Apr 2026" in page.content.decode()
