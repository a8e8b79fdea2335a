"""The topics' routes answer their tables, bounded; wrong questions are refused in one shape."""

from __future__ import annotations

import pytest

from revenue_intel.api.openapi import build_description
from revenue_intel.facts.models import PaymentFact
from revenue_intel.kpis.questions import ask as question_of
from revenue_intel.kpis.service import compute
from revenue_intel.kpis.topics import MOST_PRODUCTS, compute_failures
from tests.api.shapes import faults
from tests.factories_facts import at, paid, person, refunded, wished
from tests.factories_users import client_of

pytestmark = pytest.mark.django_db

AS_OF = "2026-03-30"
TOPICS = ["anomalies", "products", "funnel", "payment-failures", "segments", "cohorts"]


def ask(topic, role="analyst", **query):
    return client_of(role).get(f"/api/v1/{topic}/", {"as_of": AS_OF, **query})


def data(topic, **query):
    answer = ask(topic, **query)
    assert answer.status_code == 200
    return answer.json()["data"]


def failed(code, *, on, amount=5_00, currency="gbp", succeeded=None):
    return PaymentFact.objects.create(
        payment_intent=f"pi_failed_{PaymentFact.objects.count()}",
        status="succeeded" if succeeded else "failed",
        amount_minor=amount,
        failure_code=code,
        failed_at=at(on),
        succeeded_at=at(succeeded) if succeeded else None,
        currency=currency,
        livemode=False,
        account="",
    )


def test_products_are_ranked_and_limited():
    order = paid(
        30_00, on="2026-03-10", lines=[("a", "Axe", 1, 20_00), ("b", "Bowl", 4, 9_00), ("c", "Cup", 1, 1_00)]
    )
    refunded(order, 30_00, on="2026-03-11")

    found = data("products", limit=2)

    assert (found["by"], found["days"], found["currency"]) == ("revenue", 30, "gbp")
    assert found["products"] == [
        {"product_key": "a", "name": "Axe", "units": 1, "revenue": 20_00, "refunded_units": 1},
        {"product_key": "b", "name": "Bowl", "units": 4, "revenue": 9_00, "refunded_units": 4},
    ]
    assert [row["product_key"] for row in data("products", by="units")["products"]] == ["b", "a", "c"]


def test_the_funnel_is_closed():
    ada = person()
    wished(ada, on="2026-03-01")
    paid(10_00, on="2026-03-02", by=ada)
    paid(10_00, on="2026-03-02", by=person())
    wished(person(), on="2026-03-01")

    assert data("funnel")["steps"] == [
        {"step": "wishlisted", "people": 2, "of_previous_pct": None, "of_first_pct": "100.00"},
        {"step": "purchased", "people": 1, "of_previous_pct": "50.00", "of_first_pct": "50.00"},
    ]


def test_the_reasons_of_failed_payments_add_up_to_the_kpi():
    failed("card_declined", on="2026-03-05")
    failed("card_declined", on="2026-03-06", amount=7_00)
    failed("", on="2026-03-06")
    failed("expired_card", on="2026-03-06", succeeded="2026-03-07")
    failed("expired_card", on="2026-01-06")
    failed("expired_card", on="2026-03-06", currency="jpy")

    assert data("payment-failures")["reasons"] == [
        {"reason": "card_declined", "payments": 2, "share_pct": "66.67", "amount": 12_00},
        {"reason": "unknown", "payments": 1, "share_pct": "33.33", "amount": 5_00},
    ]
    rows = compute_failures(question_of(days=30, as_of=at(AS_OF).date()))
    assert sum(row.payments for row in rows) == compute(days=30, as_of=at(AS_OF).date()).value(
        "payments_failed"
    )


def test_segments_and_cohorts_are_as_of_a_day():
    ada = person()
    paid(10_00, on="2026-02-05", by=ada)
    paid(5_00, on="2026-03-05", by=ada)
    paid(99_00, on="2026-04-05", by=ada)

    assert data("segments")["segments"] == [
        {"recency": 1, "frequency": 1, "monetary": 1, "people": 1, "net": 15_00}
    ]
    february, march = data("cohorts", months=2)["cohorts"]
    assert (february["month"], february["people"], february["ltv"]) == ("2026-02-01", 1, 15_00)
    assert february["months"] == [
        {"months_later": 0, "retained": 1, "retained_pct": "100.00", "net": 10_00, "partial": False},
        {"months_later": 1, "retained": 1, "retained_pct": "100.00", "net": 5_00, "partial": True},
    ]
    assert (march["people"], march["ltv"]) == (0, None)
    assert len(march["months"]) == 1


@pytest.mark.parametrize("topic", TOPICS)
def test_every_answer_is_of_the_described_shape(topic):
    ada = person()
    wished(ada, on="2026-03-01")
    paid(10_00, on="2026-03-05", by=ada, lines=[("a", "Axe", 1, 10_00)])
    failed("card_declined", on="2026-03-05")
    description = build_description()
    described = description["paths"][f"/api/v1/{topic}/"]["get"]["responses"]["200"]
    name = described["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2]

    assert not faults(ask(topic).json(), name, description["components"]["schemas"])
    assert not faults(ask(topic, currency="eur").json(), name, description["components"]["schemas"])


@pytest.mark.parametrize("topic", TOPICS)
def test_without_facts_the_tables_are_empty(topic):
    answer = ask(topic)

    assert answer.status_code == 200
    assert answer["Cache-Control"] == "private, no-store"


@pytest.mark.parametrize(
    ("topic", "query"),
    [
        *((topic, {"as_of": "2026-02-30"}) for topic in TOPICS),
        *((topic, {"currency": "pounds"}) for topic in TOPICS),
        *((topic, {"zone": "Moon/Base"}) for topic in TOPICS),
        ("products", {"days": "13"}),
        ("products", {"by": "id; DROP TABLE"}),
        *(("products", {"limit": text}) for text in ("0", "-1", "abc", "", "²", str(MOST_PRODUCTS + 1))),
        *(("cohorts", {"months": text}) for text in ("0", "37", "-1", "1e3", "999999999999")),
        ("cohorts", {"as_of": "1971-01-01", "months": "12x"}),
    ],
)
def test_a_wrong_question_is_refused_in_words(topic, query):
    answer = ask(topic, **query)

    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == "invalid_window"


@pytest.mark.parametrize("topic", TOPICS)
def test_the_first_day_there_is_can_be_asked_for_and_one_to_come_cannot(topic):
    assert ask(topic, as_of="1971-01-01").status_code == 200
    assert ask(topic, as_of="9998-12-31").status_code == 400
