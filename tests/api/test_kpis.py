"""``GET api/v1/kpis/`` answers the report, exactly; wrong questions are refused in one shape."""

from __future__ import annotations

from datetime import date

import pytest

from revenue_intel.api.openapi import build_description
from revenue_intel.kit import clock
from revenue_intel.kpis.registry import KPIS
from revenue_intel.kpis.representation import represent
from revenue_intel.kpis.service import compute
from tests.api.shapes import faults
from tests.factories_facts import paid, person, refunded
from tests.factories_users import client_of

pytestmark = pytest.mark.django_db

URL = "/api/v1/kpis/"
AS_OF = "2026-03-30"


def ask(role="analyst", **query):
    return client_of(role).get(URL, {"as_of": AS_OF, **query})


def test_the_answer_is_the_report():
    refunded(paid(10_00, on="2026-03-01", by=person()), 2_50, on="2026-03-02")
    paid(5_01, on="2026-03-05")
    paid(900, on="2026-03-05", currency="jpy")

    answer = ask(days=30, currency="GBP")

    assert answer.status_code == 200
    assert answer["Content-Type"] == "application/json"
    assert answer["Cache-Control"] == "private, no-store"
    data = answer.json()["data"]
    assert data == represent(compute(days=30, as_of=date(2026, 3, 30)))
    assert data["kpis"]["revenue"] == {
        "value": 15_01,
        "unit": "money",
        "previous": 0,
        "reason": None,
        "currency": "gbp",
        "major": "15.01",
    }
    assert data["kpis"]["refund_rate_orders_pct"] == {
        "value": "50.00",
        "unit": "percent",
        "previous": None,
        "reason": None,
    }
    assert data["kpis"]["orders"] == {"value": 2, "unit": "count", "previous": 0, "reason": None}
    assert (data["start"], data["end"]) == ("2026-03-01T00:00:00Z", "2026-03-31T00:00:00Z")
    assert (data["latest_snapshot_day"], data["currencies"]) == ("2026-03-05", ["gbp", "jpy"])


def test_without_facts_quotients_and_cash_are_null():
    kpis = ask(days=7).json()["data"]["kpis"]

    assert list(kpis) == [slug for slug, kpi in KPIS.items() if not (kpi.of_subscriptions or kpi.of_stock)]
    assert {slug for slug, kpi in kpis.items() if kpi["value"] is None} == {
        "aov",
        "refund_rate_orders_pct",
        "repeat_rate_pct",
        "aov_merchandise",
        "refund_rate_cohort_pct",
        "dispute_rate_pct",
        "funnel_conversion_pct",
        "payment_success_rate_pct",
        "time_to_pay",
        "fees",
        "net_cash",
    }
    assert kpis["aov"]["major"] is None


def test_asked_for_nothing_it_answers_thirty_days_up_to_today():
    data = client_of("analyst").get(URL).json()["data"]

    assert data["days"] == 30
    assert data["completeness"]["partial_day"] == data["last_day"]


@pytest.mark.parametrize(("livemode", "revenue"), [("true", 7_00), ("false", 1_00)])
def test_live_and_test_money_are_apart(livemode, revenue):
    paid(7_00, on="2026-03-05", livemode=True)
    paid(1_00, on="2026-03-05", livemode=False)

    assert ask(livemode=livemode).json()["data"]["kpis"]["revenue"]["value"] == revenue


@pytest.mark.parametrize(
    "query",
    [
        {"days": "abc"},
        {"days": ""},
        {"days": "-1"},
        {"days": str(10**9)},
        {"days": "10**9"},
        {"days": "\x00"},
        {"days": "🤑"},
        {"days": "all"},
        {"currency": "xx"},
        {"currency": "\x00"},
        {"currency": "' OR 1=1 --"},
        {"currency": "🤑🤑🤑"},
        {"as_of": "yesterday"},
        {"as_of": ""},
        {"as_of": "0001-01-01"},
        {"as_of": "9999-12-31"},
        {"livemode": "maybe"},
        {"livemode": ""},
        {"complete_days": "yes"},
        {"series": "year"},
        {"series": ""},
        {"zone": ""},
        {"zone": "../etc/passwd"},
        {"zone": "Nowhere/At_All"},
        {"zone": "\x00"},
        {"zone": "Z" * 5000},
        {"account": "\x00"},
        {"account": "a'b"},
        {"account": "a" * 256},
    ],
)
def test_a_wrong_question_is_answered_400_in_words(query):
    answer = ask(**query)

    assert answer.status_code == 400
    error = answer.json()["error"]
    assert error["code"] == "invalid_window"
    assert "must be" in error["message"]


@pytest.mark.parametrize("role", ["anonymous", "customer"])
@pytest.mark.parametrize("query", [{}, {"days": "abc"}])
def test_who_may_not_see_the_dashboard_learns_nothing(role, query):
    answer = ask(role, **query)

    assert answer.status_code == 403
    assert set(answer.json()) == {"error"}


@pytest.mark.parametrize("role", ["analyst", "ops", "admin"])
def test_who_may_see_the_dashboard_is_answered(role):
    assert ask(role).status_code == 200


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_nothing_can_be_changed(method):
    answer = getattr(client_of("admin"), method)(URL)

    assert answer.status_code == 405
    assert answer.json()["error"]["code"] == "method_not_allowed"


@pytest.mark.parametrize("accept", ["text/html", "application/xml"])
def test_only_json_is_spoken(accept):
    answer = client_of("analyst").get(URL, headers={"accept": accept})

    assert answer.status_code == 406
    assert answer.json()["error"]["code"] == "not_acceptable"


def test_answers_and_errors_are_of_the_described_shape():
    paid(10_00, on="2026-03-01", by=person())
    schemas = build_description()["components"]["schemas"]

    assert not faults(ask().json(), "KpiAnswer", schemas)
    assert not faults(ask(days=7, currency="eur").json(), "KpiAnswer", schemas)
    assert not faults(ask(days="abc").json(), "Error", schemas)


def test_a_hosts_own_framework_settings_change_nothing(settings):
    settings.REST_FRAMEWORK = {
        "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.AdminRenderer"],
        "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.AllowAny"],
        "DEFAULT_AUTHENTICATION_CLASSES": [],
        "EXCEPTION_HANDLER": "tests.nowhere",
        "COERCE_DECIMAL_TO_STRING": False,
    }

    assert ask("anonymous").status_code == 403
    assert ask(days="abc").json()["error"]["code"] == "invalid_window"


def test_it_needs_no_place_among_the_hosts_apps(settings):
    assert not [app for app in settings.INSTALLED_APPS if "rest_framework" in app or "spectacular" in app]
    assert not hasattr(settings, "REST_FRAMEWORK")

    assert ask().status_code == 200


def test_a_zone_an_account_and_complete_days_can_be_asked_for():
    paid(5_00, on="2026-03-05T23:30:00+00:00", account="acct_1")

    data = ask(days=7, account="acct_1", zone="Pacific/Kiritimati", as_of="2026-03-06").json()["data"]
    complete = client_of("analyst").get(URL, {"complete_days": "true"}).json()["data"]

    assert (data["kpis"]["revenue"]["value"], data["zone"]) == (5_00, "Pacific/Kiritimati")
    assert data["account"] == "acct_1"
    assert ask(days=7, account="acct_1", as_of="2026-03-04").json()["data"]["kpis"]["revenue"]["value"] == 0
    assert complete["completeness"]["partial_day"] is None


def test_a_series_by_week_has_every_week_and_says_which_are_cut():
    paid(5_00, on="2026-03-05")
    paid(6_00, on="2026-03-17")

    data = ask(days=30, as_of="2026-03-18", series="week").json()["data"]

    assert [
        (period["first_day"], period["revenue"], period["orders"], period["partial"])
        for period in data["series"]
    ] == [
        ("2026-02-16", 0, 0, True),
        ("2026-02-23", 0, 0, False),
        ("2026-03-02", 5_00, 1, False),
        ("2026-03-09", 0, 0, False),
        ("2026-03-16", 6_00, 1, True),
    ]
    assert sum(period["revenue"] for period in data["series"]) == data["kpis"]["revenue"]["value"]


@pytest.mark.parametrize(("step", "periods"), [("day", 90), ("month", 4)])
def test_a_series_is_of_the_step_that_was_asked_for(step, periods):
    assert len(ask(days=90, as_of="2026-03-18", series=step).json()["data"]["series"]) == periods
    assert "series" not in ask(days=90).json()["data"]


def test_what_was_known_at_an_instant_can_be_asked_for():
    order = paid(10_00, on="2026-03-01", reference="R1")
    known_at = clock.now().isoformat().replace("+00:00", "Z")
    order.refunded_minor = 4_00
    order.save()

    then, now = (ask(**query).json()["data"] for query in ({"known_at": known_at}, {}))

    assert (then["known_at"], now["known_at"]) == (known_at, None)
    assert [data["kpis"]["refunded_of_sold"]["value"] for data in (then, now)] == [0, 4_00]


@pytest.mark.parametrize(
    ("url", "known_at"),
    [
        (URL, ""),
        (URL, "soon"),
        (URL, "2026-02-30"),
        (URL, "2026-03-01T10:00:00 01:00"),
        (URL, "9999-12-31T23:59:59-23:59"),
        (URL, "0001-01-01T00:00:00+23:59"),
        (URL, "2999-01-01"),
        (URL, "1999-01-01"),
        ("/api/v1/subscriptions/", "2026-03-01"),
        ("/api/v1/products/", "2026-03-01"),
        ("/api/v1/segments/", "2026-03-01"),
        (f"{URL}revenue/parts/", "2026-03-01"),
    ],
)
def test_an_instant_that_cannot_be_answered_for_is_refused_in_words(url, known_at):
    paid(10_00, on="2026-03-01")

    answer = client_of("analyst").get(url, {"known_at": known_at})

    assert answer.status_code == 400
    assert "known_at" in str(answer.json())
