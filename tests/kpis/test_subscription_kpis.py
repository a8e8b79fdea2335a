"""The KPIs of subscriptions are registered, documented and answered like the others, apart from them."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from decimal import Decimal
from io import StringIO

import pytest
from django.core.management import call_command

from revenue_intel.api.openapi import build_description
from revenue_intel.exceptions import ConfigurationError
from revenue_intel.kpis.mrr import DiscountPolicy
from revenue_intel.kpis.registry import KPIS
from revenue_intel.kpis.representation import represent_subscriptions
from revenue_intel.kpis.service import compute
from revenue_intel.kpis.subscription_service import compute_subscriptions
from revenue_intel.testing import subscriptions
from tests.api.test_kpis import faults
from tests.billing import DAY, MARCH, item, subscribed
from tests.deliveries import deliver
from tests.factories_users import client_of

pytestmark = pytest.mark.django_db

#: Thirty days: 2026-03-01 to 2026-03-30.
AS_OF = date(2026, 3, 30)
FEBRUARY = MARCH - 20 * DAY
URL = "/api/v1/subscriptions/"


def tell(*events):
    for event in events:
        assert deliver(event).status_code == 200


def values(**question):
    report = compute_subscriptions(days=30, as_of=AS_OF, **question)
    return {slug: measured.value for slug, measured in report.values.items()}


def number(n, change="created", *items, at=MARCH + DAY, **fields):
    return subscribed(change, *items, at=at, subscription=f"sub_{n}", customer=f"cus_{n}", **fields)


@pytest.fixture
def month():
    """Four in February: one grows, one shrinks, one leaves; then a new one, and one who comes back."""
    tell(
        *(number(n, at=FEBRUARY) for n in range(1, 5)),
        number(6, at=FEBRUARY - 9 * DAY),
        number(6, "deleted", at=FEBRUARY),
        number(1, "updated", item(1500)),
        number(2, "updated", item(400)),
        number(3, "deleted"),
        number(5, "created", item(700)),
        subscribed("created", item(300), at=MARCH + 2 * DAY, subscription="sub_7", customer="cus_6"),
    )


@pytest.mark.usefixtures("month")
def test_the_movements_close_the_gap_between_start_and_end_exactly():
    found = values()

    assert (found["mrr_start"], found["mrr"], found["arr"]) == (40_00, 39_00, 39_00 * 12)
    moved = {
        kind: found[f"mrr_{kind}"] for kind in ["new", "expansion", "contraction", "churn", "reactivation"]
    }
    assert moved == {"new": 700, "expansion": 500, "contraction": -600, "churn": -1000, "reactivation": 300}
    assert found["mrr_start"] + sum(moved.values()) == found["mrr"]


@pytest.mark.usefixtures("month")
def test_churn_retention_and_quick_ratio():
    found = values()

    assert (found["subscribers"], found["arpa"]) == (5, 7_80)
    assert (found["customer_churn_pct"], found["stripe_churn_pct"]) == (Decimal("25.00"), Decimal("16.67"))
    assert found["gross_revenue_churn_pct"] == Decimal("40.00")
    assert found["gross_revenue_retention_pct"] == Decimal("60.00")
    assert found["net_revenue_churn_pct"] == Decimal("20.00")
    assert found["net_revenue_retention_pct"] == Decimal("80.00")
    assert found["quick_ratio"] == Decimal("0.94")


@pytest.mark.usefixtures("month")
def test_the_window_before_stands_beside():
    report = compute_subscriptions(days=30, as_of=AS_OF)

    assert report.values["mrr"].previous == report.value("mrr_start")
    assert report.values["mrr_churn"].previous == -1000


def test_trials_and_how_many_of_them_convert():
    tell(
        number(1, at=MARCH + DAY, status="trialing"),
        number(1, "updated", at=MARCH + 8 * DAY),
        number(2, at=FEBRUARY, status="trialing"),
        number(2, "deleted", at=MARCH + 2 * DAY),
        number(3, at=MARCH + DAY, status="trialing"),
        number(4, at=FEBRUARY, status="trialing"),
        number(4, "updated", at=MARCH - DAY),
        number(5, at=MARCH + DAY, status="trialing"),
        number(5, "updated", at=MARCH + 3 * DAY, status="paused"),
    )

    found = values()

    assert (found["trials_started"], found["trials_ended"]) == (3, 3)
    assert found["trial_conversion_pct"] == Decimal("33.33")


def test_what_cannot_be_counted_is_counted_and_shown():
    tell(
        number(1, "created", item(1000), item(500, None, usage_type="metered"), discounts=["di_1"]),
        number(2, "created", item(700), has_more=True),
        number(3, pause_collection={"behavior": "void", "resumes_at": None}),
    )

    found = values()

    assert (found["mrr"], found["mrr_paused"], found["mrr_excluded_items"]) == (27_00, 10_00, 1)
    assert (found["mrr_unknown_discounts"], found["mrr_truncated_subscriptions"]) == (1, 1)


def test_the_policy_for_discounts_is_asked_for_and_named():
    coupon = subscriptions.coupon(id="HALF", percent_off=50, duration="repeating")
    discount = subscriptions.discount(id="di_1", coupon=coupon, end=MARCH + 300 * DAY)
    tell(number(1, discounts=[discount]))

    assert values()["mrr"] == 10_00
    assert values(policy=DiscountPolicy.ALL_ACTIVE)["mrr"] == 5_00
    answer = client_of("analyst").get(URL, {"as_of": "2026-03-30", "discount_policy": "all_active"})
    assert answer.json()["data"]["discount_policy"] == "all_active"
    assert answer.json()["data"]["kpis"]["mrr"]["value"] == 5_00


@pytest.mark.parametrize(
    ("there", "leave", "expected"),
    [
        (30, 3, 98_63),  # £10 a month, for ten windows of 30 days
        (30, 1, 295_89),
        (30, 0, None),  # nobody left: nothing says how long one stays
        (29, 3, None),  # too few to say
        (30, 30, None),  # nobody is left to bring anything
    ],
)
def test_lifetime_value_is_predicted_from_churn_where_there_is_any_and_there_are_enough(
    there, leave, expected
):
    tell(
        *(number(n, at=FEBRUARY) for n in range(there)),
        *(number(n, "deleted") for n in range(leave)),
    )

    report = compute_subscriptions(days=30, as_of=AS_OF)

    assert report.value("predicted_ltv") == expected
    assert ("nothing can be predicted" in report.values["predicted_ltv"].reason) is (expected is None)


def test_without_subscriptions_sums_are_zero_and_quotients_none():
    found = values()

    assert {slug for slug, value in found.items() if value is None} == {
        slug
        for slug in KPIS
        if slug in found and (slug.endswith("_pct") or slug in {"arpa", "quick_ratio", "predicted_ltv"})
    }
    assert all(value == 0 for value in found.values() if value is not None)


@pytest.mark.usefixtures("month")
def test_the_route_answers_the_report_as_described():
    answer = client_of("analyst").get(URL, {"as_of": "2026-03-30", "days": "30", "currency": "GBP"})

    data = answer.json()
    assert data["data"] == represent_subscriptions(compute_subscriptions(days=30, as_of=AS_OF))
    assert data["data"]["kpis"]["quick_ratio"] == {
        "value": "0.94",
        "unit": "ratio",
        "previous": "5.00",
        "reason": None,
    }
    assert not faults(data, "SubscriptionAnswer", build_description()["components"]["schemas"])


@pytest.mark.parametrize(
    "query", [{"discount_policy": "none"}, {"days": "0"}, {"currency": "pounds"}, {"account": "a b"}]
)
def test_wrong_questions_are_refused(query):
    answer = client_of("analyst").get(URL, query)

    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "invalid_window")


@pytest.mark.usefixtures("month")
def test_the_command_prints_them():
    def run(**options):
        out = StringIO()
        call_command("revenue_kpis", "--subscriptions", "--as-of", "2026-03-30", stdout=out, **options)
        return out.getvalue()

    assert "£39.00" in run()
    assert "Discounts that lower MRR: forever_only." in run()
    (report,) = json.loads(run(days=["30"], format="json"))
    assert report == represent_subscriptions(compute_subscriptions(days=30, as_of=AS_OF))


@pytest.mark.usefixtures("month")
def test_the_other_kpis_do_not_read_subscriptions(django_assert_num_queries):
    with django_assert_num_queries(16):
        compute(days=30, as_of=AS_OF)


def test_a_kpi_that_reads_subscriptions_says_so(monkeypatch):
    monkeypatch.setitem(KPIS, "mrr", replace(KPIS["mrr"], of_subscriptions=False))

    with pytest.raises(ConfigurationError, match="of_subscriptions"):
        compute(days=30, as_of=AS_OF)
