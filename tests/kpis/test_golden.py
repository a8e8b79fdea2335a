"""The rows of the contract's golden table that speak of orders, refunds, customers and days."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from revenue_intel.facts.models import OrderLineFact
from revenue_intel.kit.periods import Window
from revenue_intel.kpis.questions import ask
from revenue_intel.kpis.service import compute, compute_daily_revenue
from revenue_intel.kpis.topics import compute_products
from tests.factories_facts import paid, person, refunded
from tests.kpis.teller import Teller

pytestmark = pytest.mark.django_db

LONDON = ZoneInfo("Europe/London")
NEW_YORK = ZoneInfo("America/New_York")


def test_only_the_refund_of_the_window_counts_not_the_whole_refunded_amount():
    order = paid(100_00, on="2026-02-01")
    refunded(order, 60_00, on="2026-02-19")
    refunded(order, 10_00, on="2026-03-31")

    report = compute(days=30, as_of=date(2026, 3, 31))

    assert report.value("refunded_amount") == 10_00
    assert report.value("refunded_orders") == 1


def test_one_customer_with_five_orders_on_five_days_is_one_customer_who_repeats():
    ada = person("ada@example.com")
    for day in range(1, 6):
        paid(10_00, on=f"2026-03-0{day}", by=ada)

    report = compute(days=7, as_of=date(2026, 3, 7))

    assert report.value("unique_customers") == 1
    assert report.value("repeat_customers") == 1
    assert report.value("repeat_rate_pct") == Decimal("100.00")


@pytest.mark.parametrize(
    ("day", "start", "end", "hours"),
    [
        (date(2026, 3, 29), "2026-03-29T00:00:00+00:00", "2026-03-29T23:00:00+00:00", 23),
        (date(2026, 10, 25), "2026-10-24T23:00:00+00:00", "2026-10-26T00:00:00+00:00", 25),
    ],
)
def test_a_london_day_on_which_the_clocks_change_has_its_own_length(day, start, end, hours):
    window = Window(days=1, last_day=day, zone=LONDON)

    assert (window.start.isoformat(), window.end.isoformat()) == (start, end)
    assert window.end - window.start == timedelta(hours=hours)


@pytest.mark.parametrize(
    ("instant", "day"),
    [
        ("2026-03-28T23:59:59+00:00", "2026-03-28"),
        ("2026-03-29T00:00:00+00:00", "2026-03-29"),
        ("2026-03-29T22:59:59+00:00", "2026-03-29"),
        ("2026-03-29T23:00:00+00:00", "2026-03-30"),
    ],
)
def test_an_order_falls_on_the_london_day_of_its_instant(instant, day):
    paid(10_00, on=instant)

    days = compute_daily_revenue(days=7, as_of=date(2026, 3, 31), zone=LONDON)

    assert [str(row.day) for row in days if row.orders] == [day]


def test_ninety_new_york_days_over_a_change_of_clocks_start_at_local_midnight():
    window = compute(days=90, as_of=date(2026, 3, 31), zone=NEW_YORK).window

    assert window.start == datetime(2026, 1, 1, 5, tzinfo=UTC)
    assert window.end - window.start == timedelta(days=89, hours=23)


def test_an_order_paid_exactly_at_the_end_instant_is_in_the_next_window_only():
    paid(10_00, on="2026-03-08T00:00:00+00:00")

    assert compute(days=7, as_of=date(2026, 3, 7)).value("orders") == 0
    assert compute(days=7, as_of=date(2026, 3, 14)).value("orders") == 1
    assert compute(days=7, as_of=date(2026, 3, 14)).values["orders"].previous == 0


def test_an_order_paid_exactly_at_the_start_instant_is_inside():
    paid(10_00, on="2026-03-01T00:00:00+00:00")

    assert compute(days=7, as_of=date(2026, 3, 7)).value("orders") == 1
    assert compute(days=7, as_of=date(2026, 3, 6)).value("orders") == 1
    assert compute(days=7, as_of=date(2026, 3, 8)).values["orders"].previous == 1


def test_a_thousand_yen_and_ten_pounds_are_never_added_up():
    paid(1000, on="2026-03-05", currency="jpy")
    paid(10_00, on="2026-03-05", currency="gbp")

    yen = compute(days=7, as_of=date(2026, 3, 7), currency="jpy")
    pounds = compute(days=7, as_of=date(2026, 3, 7), currency="GBP")

    assert (yen.value("revenue"), yen.other_currencies) == (1000, ("gbp",))
    assert (pounds.value("revenue"), pounds.other_currencies) == (1000, ("jpy",))


def sold_with_discount(*, total, lines, **money):
    order = paid(total, on="2026-03-05", **money)
    for n, (amount, discount) in enumerate(lines):
        OrderLineFact.objects.create(
            order=order,
            line_key=str(n),
            product_key="mug",
            product_name="Mug",
            quantity=1,
            unit_amount_minor=amount + discount,
            amount_minor=amount,
            discount_minor=discount,
        )
    report = compute(days=7, as_of=date(2026, 3, 7))
    return tuple(report.value(slug) for slug in ("gross_sales", "discounts", "sales", "aov_merchandise"))


THREE_LINES = [(9_00, 1_00)] * 3


def test_a_discount_shared_over_three_lines_sums_to_the_orders_total_to_the_penny():
    found = sold_with_discount(total=27_00, lines=THREE_LINES)

    assert found == (30_00, 3_00, 27_00, 27_00)


def test_a_discount_that_stands_on_the_order_and_on_its_lines_counts_once():
    found = sold_with_discount(total=27_00, lines=THREE_LINES, discount_minor=3_00)

    assert found == (30_00, 3_00, 27_00, 27_00)


def test_a_discount_of_the_order_comes_on_top_of_those_of_its_lines():
    found = sold_with_discount(total=25_00, lines=THREE_LINES, discount_minor=2_00)

    assert found == (30_00, 5_00, 25_00, 25_00)


@pytest.mark.parametrize(("total", "sales"), [(36_50, 27_00), (32_00, 22_50)])
def test_tax_on_top_of_the_prices_or_within_them_is_no_discount(total, sales):
    found = sold_with_discount(
        total=total, lines=THREE_LINES, discount_minor=3_00, tax_minor=4_50, shipping_minor=5_00
    )

    assert found == (sales + 3_00, 3_00, sales, sales)


def test_without_lines_the_orders_own_discount_counts():
    assert sold_with_discount(total=25_00, lines=[], discount_minor=2_00) == (27_00, 2_00, 25_00, 25_00)


def test_a_products_row_follows_an_order_that_is_given_back_after_its_day_was_worked_out():
    teller, sold_at = Teller(), datetime(2026, 3, 20, 12, tzinfo=UTC)
    teller.sale(sold_at, 1, "gbp", 4_00)
    teller.sale(sold_at, 1, "gbp", 9_00)  # has a line of two pieces; the first has none
    teller.build()
    question = ask(days=30, as_of=date(2026, 3, 31), livemode=False)
    (before,) = compute_products(question)

    teller.refund(sold_at + timedelta(days=2), 1, 9_70, None)

    (after,) = compute_products(question)
    assert (before.units, before.refunded_units) == (2, 0)
    assert (after.units, after.refunded_units) == (2, 2)
    assert compute(days=30, as_of=date(2026, 3, 31), livemode=False).value("refunded_of_sold") == 9_70
