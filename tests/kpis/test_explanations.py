"""Drilling down: the parts of a value add up to it, to the minor unit."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from revenue_intel.api.openapi import build_description
from revenue_intel.exceptions import InvalidWindowError
from revenue_intel.facts import services as facts
from revenue_intel.facts.models import BalanceTransactionFact
from revenue_intel.kpis import explanations
from revenue_intel.kpis.base import Unit, mean, percentage
from revenue_intel.kpis.explanations import WITH_PARTS, explain, made_of
from revenue_intel.kpis.part_sources import QUOTIENTS, SOURCES
from revenue_intel.kpis.registry import KPIS, OURS
from revenue_intel.kpis.service import compute
from tests.api.test_kpis import faults
from tests.factories_facts import enter, paid, person, refunded, wished
from tests.factories_users import client_of
from tests.kpis.teller import Teller

pytestmark = pytest.mark.django_db

AS_OF = date(2026, 3, 30)


def booked(number, category, amount, fee, currency="gbp"):
    at = datetime(2026, 3, 10 + number, tzinfo=UTC)
    facts.record_balance_transaction(
        BalanceTransactionFact(
            transaction_id=f"txn_{number}",
            type=category,
            reporting_category=category,
            amount_minor=amount,
            fee_minor=fee,
            net_minor=amount - fee,
            currency=currency,
            livemode=False,
            created_at=at,
            available_on=at,
        )
    )


@pytest.fixture
def history():
    order = paid(100_00, on="2026-03-10", by=person(), tax_minor=10_00, shipping_minor=5_00)
    refunded(order, 30_00, on="2026-03-11")
    refunded(order, 20_00, on="2026-03-12", failed="2026-03-14")
    paid(7_77, on="2026-03-20")
    for kind, amount in [
        ("dispute", -9_00),
        ("dispute_reversal", 4_00),
        ("credit_note", -3_00),
        ("credit_note_reversal", 1_00),
    ]:
        enter(order, kind, f"o_{kind}", amount, datetime(2026, 3, 15, tzinfo=UTC))
    booked(1, "charge", 100_00, 1_70)
    booked(2, "fee", -2_00, 0)
    booked(3, "payout", -50_00, 25)
    booked(4, "charge", 9_00, 1, currency="eur")
    facts.advance_cursor(livemode=False, account="", since=None, until=datetime(2026, 3, 30, tzinfo=UTC))
    paid(1_00, on="2026-01-01")
    paid(1_00, on="2026-03-15", currency="eur")
    paid(1_00, on="2026-03-15", livemode=True)
    paid(1_00, on="2026-03-15", account="acct_1")


@pytest.fixture
def people():
    """Somebody who is back, one known under two keys who bought twice, one new, one of another currency, and wishes."""
    back, first = person(), person()
    second = person(same_as=first)
    paid(2_00, on="2026-01-05", by=back, currency="eur")
    paid(3_00, on="2026-03-05", by=back)
    again = paid(5_00, on="2026-03-06", by=first, discount_minor=50, lines=[("mug", "Mug", 2, 4_00)])
    paid(
        6_00,
        on="2026-03-07",
        by=second,
        discount_minor=25,
        lines=[("mug", "Mug", 3, 6_00), ("pen", "Pen", 1, 0)],
    )
    paid(7_00, on="2026-03-08", by=person(), currency="eur")
    refunded(again, 1_00, on="2026-03-09", failed="2026-03-09")
    refunded(again, 1_00, on="2026-03-10")
    refunded(again, 1_00, on="2026-03-11")
    wished(back, on="2026-03-04")
    wished(back, on="2026-03-05", subject="pen")
    teller = Teller()
    teller.failure(datetime(2026, 3, 12, tzinfo=UTC), 1)
    teller.sale(datetime(2026, 3, 20, tzinfo=UTC), 3, "gbp", 9_00)
    teller.dispute(datetime(2026, 3, 20, tzinfo=UTC), 0, "needs_response")
    teller.dispute(datetime(2026, 3, 20, tzinfo=UTC), 1, "warning_closed")


@pytest.mark.usefixtures("history", "people")
@pytest.mark.parametrize("slug", SOURCES)
def test_the_parts_add_up_to_the_value(slug):
    found = explain(slug, days=30, as_of=AS_OF)

    assert found.value == compute(days=30, as_of=AS_OF).value(slug)
    assert sum(part.value for part in found.parts) == found.value
    assert found.count == len(found.parts) > 0
    assert 0 not in [part.value for part in found.parts]


@pytest.mark.usefixtures("history", "people")
@pytest.mark.parametrize("slug", QUOTIENTS)
def test_a_quotient_is_that_of_values_that_have_parts(slug):
    report = compute(days=30, as_of=AS_OF)
    part, whole = (explain(each, days=30, as_of=AS_OF).value for each in QUOTIENTS[slug])
    if slug == "payment_success_rate_pct":
        whole += part

    assert report.value(slug) == (mean if KPIS[slug].unit is Unit.MONEY else percentage)(part, whole)
    with pytest.raises(
        InvalidWindowError, match=f"is a quotient: ask for the parts of {QUOTIENTS[slug][0]} and"
    ):
        explain(slug, days=30, as_of=AS_OF)


@pytest.mark.parametrize("slug", [slug for slug in OURS if slug not in WITH_PARTS and not made_of(slug)])
def test_every_other_kpi_says_why_it_has_no_parts(slug):
    assert slug in {
        "time_to_pay",
        "funnel_conversion_pct",
        "customer_churn_pct",
        "stripe_churn_pct",
        "predicted_ltv",
        "trial_conversion_pct",
        "sell_through_pct",
        "days_of_cover",
    }
    with pytest.raises(InvalidWindowError, match=f"{slug} has no parts: "):
        explain(slug, days=30, as_of=AS_OF)


def test_a_person_under_two_keys_is_one_part():
    first = person()
    paid(5_00, on="2026-03-06", by=first)
    paid(6_00, on="2026-03-07", by=person(same_as=first))

    (part,) = explain("repeat_customers", days=30, as_of=AS_OF).parts

    assert (part.kind, part.id, part.at.day, part.value) == ("customer", str(first.key), 7, 1)


@pytest.mark.usefixtures("history")
def test_the_parts_are_named_the_newest_first():
    parts = explain("total_collected", days=30, as_of=AS_OF).parts

    assert [(part.kind, part.at.day, part.value) for part in parts] == [
        ("order", 20, 7_77),
        ("credit_note", 15, -3_00),
        ("credit_note_reversal", 15, 1_00),
        ("dispute", 15, -9_00),
        ("dispute_reversal", 15, 4_00),
        ("refund_reversal", 14, 20_00),
        ("refund", 12, -20_00),
        ("refund", 11, -30_00),
        ("order", 10, 100_00),
    ]
    assert parts[-1].id == parts[-2].order_reference


@pytest.mark.usefixtures("history")
def test_cash_is_made_of_bookings():
    parts = explain("net_cash", days=30, as_of=AS_OF).parts

    assert [(part.id, part.kind, part.value) for part in parts] == [
        ("txn_3", "payout", -25),
        ("txn_2", "fee", -2_00),
        ("txn_1", "charge", 98_30),
    ]


def test_an_entry_that_was_moved_cancels_itself_out():
    order = paid(10_00, on="2026-03-01")
    moved = enter(order, "refund", "re_1", -2_00, datetime(2026, 3, 9, tzinfo=UTC))
    enter(order, "refund", "re_1", 2_00, moved.occurred_at, reverses=moved)
    enter(order, "refund", "re_1", -2_00, moved.occurred_at - timedelta(days=1))

    found = explain("refunded_amount", days=30, as_of=AS_OF)

    assert (found.value, [part.value for part in found.parts]) == (2_00, [-2_00, 2_00, 2_00])


def test_pages_follow_one_another_without_gap_or_doubles(monkeypatch):
    monkeypatch.setattr(explanations, "PAGE_SIZE", 3)
    for n in range(7):
        paid(100 + n, on="2026-03-10")

    pages = [explain("revenue", days=30, as_of=AS_OF, page=page) for page in (1, 2, 3, 4)]

    assert [len(page.parts) for page in pages] == [3, 3, 1, 0]
    assert len({part.id for page in pages for part in page.parts}) == 7
    assert sum(part.value for page in pages for part in page.parts) == pages[0].value
    assert {page.count for page in pages} == {7}


@pytest.mark.parametrize(
    ("slug", "question"),
    [
        ("aov", {}),
        ("arr", {}),
        ("nothing", {}),
        ("revenue", {"page": 0}),
        ("revenue", {"page": 10**9}),
        ("revenue", {"currency": "x"}),
    ],
)
def test_what_is_no_sum_of_rows_is_refused(slug, question):
    with pytest.raises(InvalidWindowError):
        explain(slug, days=30, as_of=AS_OF, **question)


def ask(slug="revenue", **query):
    return client_of("analyst").get(f"/api/v1/kpis/{slug}/parts/", {"as_of": "2026-03-30", **query})


@pytest.mark.usefixtures("history")
def test_the_route_answers_the_parts_as_described():
    data = ask(days=30).json()

    assert (data["data"]["kpi"], data["data"]["unit"], data["data"]["count"]) == ("revenue", "money", 2)
    assert data["data"]["value"] == sum(part["value"] for part in data["data"]["parts"]) == 107_77
    assert data["data"]["parts"][0]["at"] == "2026-03-20T12:00:00Z"
    assert not faults(data, "ExplanationAnswer", build_description()["components"]["schemas"])


@pytest.mark.parametrize(
    ("slug", "query"),
    [
        ("aov", {}),
        ("quick_ratio", {}),
        ("x" * 500, {}),
        ("revenue", {"page": "0"}),
        ("revenue", {"page": "-1"}),
        ("revenue", {"page": "9" * 30}),
        ("revenue", {"page": "٣"}),
        ("revenue", {"days": "4"}),
        ("revenue", {"as_of": "yesterday"}),
    ],
)
def test_the_route_refuses_wrong_questions_in_its_one_shape(slug, query):
    answer = ask(slug, **query)

    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "invalid_window")
