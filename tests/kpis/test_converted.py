"""All currencies in one, at the host's rates: exact, at the rate of the day, and never with a gap that nobody sees."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from revenue_intel.exceptions import ConfigurationError, InvalidWindowError
from revenue_intel.kpis.converted import MissingRate, compute_converted
from revenue_intel.kpis.questions import ask
from tests.factories_facts import paid, refunded
from tests.factories_users import client_of

pytestmark = pytest.mark.django_db

URL = "/api/v1/converted/"
TABLE = {
    ("usd", date(2026, 3, 1)): Decimal("0.80"),
    ("usd", date(2026, 3, 2)): Decimal("0.75"),
    ("jpy", date(2026, 3, 1)): Decimal("0.00525"),
}


def rate(currency, day):
    return TABLE.get((currency, day))


def bad_rate(currency, day):
    return 0.8


@pytest.fixture(autouse=True)
def reporting(settings):
    settings.REVENUE_INTEL_REPORTING_CURRENCY = "gbp"
    settings.REVENUE_INTEL_EXCHANGE_RATES = "tests.kpis.test_converted.rate"


def converted():
    return compute_converted(ask(days=30, as_of=date(2026, 3, 30)))


def test_each_day_is_converted_at_its_own_rate_and_rounded_once():
    refunded(paid(10_00, on="2026-03-01", currency="usd"), 10_00, on="2026-03-02")
    paid(1000, on="2026-03-01", currency="jpy")
    paid(1, on="2026-03-01", currency="usd")
    paid(5_00, on="2026-03-20")

    found = converted()

    # 10.01 × 0.80 = 8.008 → 8.01; 1000 × 0.00525 = 5.25; 5.00
    assert found.values["revenue"] == 8_01 + 5_25 + 5_00
    assert found.values["refunded_amount"] == 7_50
    assert (found.currency, found.currencies, found.errors) == ("gbp", ("gbp", "jpy", "usd"), ())


def test_a_missing_rate_is_an_error_row_and_the_sum_is_none():
    paid(10_00, on="2026-03-01", currency="usd")
    refunded(paid(10_00, on="2026-03-03", currency="usd"), 1_00, on="2026-03-02")

    found = converted()

    assert found.errors == (MissingRate(currency="usd", day=date(2026, 3, 3)),)
    assert (found.values["revenue"], found.values["refunded_amount"]) == (None, 75)


def test_a_day_without_money_needs_no_rate():
    paid(10_00, on="2026-03-01", currency="usd")
    paid(10_00, on="2026-01-01", currency="eur")

    assert (converted().errors, converted().values["revenue"]) == ((), 8_00)


def test_without_a_reporting_currency_it_is_refused_in_words(settings):
    settings.REVENUE_INTEL_REPORTING_CURRENCY = ""

    with pytest.raises(InvalidWindowError, match="REPORTING_CURRENCY"):
        converted()
    assert client_of("analyst").get(URL).status_code == 400


def test_a_rate_that_is_no_decimal_is_named(settings):
    settings.REVENUE_INTEL_EXCHANGE_RATES = "tests.kpis.test_converted.bad_rate"
    paid(10_00, on="2026-03-01", currency="usd")

    with pytest.raises(ConfigurationError, match=r"usd on 2026-03-01 is 0\.8"):
        converted()


def test_the_route_names_currency_and_day():
    paid(10_00, on="2026-03-03", currency="usd")

    data = client_of("analyst").get(URL, {"as_of": "2026-03-30"}).json()["data"]

    assert data["reporting_currency"] == "gbp"
    assert data["values"]["revenue"] is None
    assert data["errors"] == [{"currency": "usd", "day": "2026-03-03"}]
    assert "currency" not in data
