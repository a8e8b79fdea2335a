"""What stands in each export, and that it adds up to the KPIs."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from revenue_intel.exceptions import InvalidWindowError
from revenue_intel.kpis.service import compute
from tests.exports.conftest import AS_OF
from tests.factories_facts import paid, person, refunded, wished

pytestmark = pytest.mark.django_db


def test_the_summary_is_the_report_in_the_specified_form(rows):
    ada = person()
    refunded(paid(10_00, on="2026-03-01", by=ada), 2_50, on="2026-03-02")
    paid(5_01, on="2026-03-05", by=ada)
    paid(9_99, on="2026-03-06")
    wished(ada, on="2026-03-01")

    (row,) = rows("kpi-summary")

    assert row == {
        "window_days": "30",
        "latest_snapshot_day": "2026-03-06",
        "revenue": "25.00",
        "orders": "3",
        "aov": "8.33",
        "refunded_amount": "2.50",
        "refunded_orders": "1",
        "refund_rate_orders_pct": "33.33",
        "unique_customers": "1",
        "repeat_customers": "1",
        "repeat_rate_pct": "100.00",
        "wishlisted_users": "1",
        "purchased_users": "1",
    }


def test_the_summary_of_nothing_has_zeros_where_there_is_nothing_to_divide_by(rows):
    (row,) = rows("kpi-summary")

    assert (row["aov"], row["refund_rate_orders_pct"], row["repeat_rate_pct"]) == ("0.00", "0.00", "0.00")
    assert row["latest_snapshot_day"] == ""


def test_the_summary_of_all_windows_has_a_row_for_each(rows):
    paid(10_00, on="2026-03-01")

    assert [(row["window_days"], row["orders"]) for row in rows("kpi-summary", days="all")] == [
        ("7", "0"),
        ("30", "1"),
        ("90", "1"),
    ]


@pytest.mark.parametrize("name", ["orders", "products", "customers"])
def test_only_the_summary_comes_for_all_windows(make, name):
    with pytest.raises(InvalidWindowError, match="kpi-summary only"):
        make(name, days="all")


def test_orders_come_by_the_instant_they_were_paid_with_what_went_back(rows):
    whole = paid(
        10_00,
        on="2026-03-01",
        by=person("ada@example.com"),
        reference="B",
        created_at=datetime(2026, 2, 1, tzinfo=UTC),
    )
    part = paid(20_00, on="2026-03-02", reference="A")
    paid(5_00, on="2026-03-03", reference="C", fulfilled_at=datetime(2026, 3, 4, tzinfo=UTC))
    refunded(whole, 4_00, on="2026-03-05")
    refunded(whole, 6_00, on="2026-03-06")
    refunded(part, 1_00, on="2026-03-07")
    refunded(part, 2_00, on="2026-03-08", failed="2026-03-09")

    found = rows("orders")

    assert [list(row.values()) for row in found] == [
        [
            "B",
            "ada@example.com",
            "10.00",
            "refunded",
            "2026-02-01T00:00:00Z",
            "full",
            "1000",
            "2026-03-06T12:00:00Z",
        ],
        [
            "A",
            "",
            "20.00",
            "partially_refunded",
            "2026-03-02T12:00:00Z",
            "partial",
            "100",
            "2026-03-07T12:00:00Z",
        ],
        ["C", "", "5.00", "fulfilled", "2026-03-03T12:00:00Z", "none", "0", ""],
    ]


def test_the_sum_of_order_totals_is_the_revenue(rows):
    for n in range(1, 20):
        paid(n * 7_77, on=f"2026-03-{n:02d}")
    paid(1, on="2026-02-27")

    total = sum(Decimal(row["Total"]) for row in rows("orders"))

    assert total * 100 == compute(days=30, as_of=AS_OF).value("revenue")


def test_money_of_a_currency_without_decimals_has_none_and_pennies_are_its_minor_unit(rows):
    refunded(paid(1000, on="2026-03-01", currency="jpy"), 400, on="2026-03-02")
    paid(1500, on="2026-03-01", currency="kwd")

    (yen,) = rows("orders", currency="jpy")
    (dinar,) = rows("orders", currency="kwd")

    assert (yen["Total"], yen["RefundPennies"], dinar["Total"]) == ("1000", "400", "1.500")


def test_products_come_by_revenue_with_their_latest_name_and_ties_by_key(rows):
    paid(30_00, on="2026-03-01", lines=[("p1", "Mug", 2, 20_00), ("p2", "Cup", 1, 10_00)])
    paid(15_00, on="2026-03-05", lines=[("p1", "Big mug", 1, 10_00), ("p3", "Jar", 5, 5_00)])
    paid(5_00, on="2026-03-03", lines=[("p0", "Bowl", 1, 5_00)])
    paid(9_00, on="2026-01-05", lines=[("p1", "Old mug", 1, 9_00)])
    paid(900, on="2026-03-05", currency="jpy", lines=[("p1", "マグ", 1, 900)])

    assert [tuple(row.values()) for row in rows("products")] == [
        ("Big mug", "3", "30.00"),
        ("Cup", "1", "10.00"),
        ("Bowl", "1", "5.00"),
        ("Jar", "5", "5.00"),
    ]


def test_customers_come_by_spending_one_row_a_person(rows):
    ada, bob = person("ada@example.com"), person("bob@example.com")
    paid(10_00, on="2026-03-01", by=ada)
    paid(15_00, on="2026-03-02", by=person("ada@work.example", same_as=ada))
    paid(12_00, on="2026-03-02", by=bob)

    assert [tuple(row.values()) for row in rows("customers")] == [
        ("ada@example.com", "2", "25.00"),
        ("bob@example.com", "1", "12.00"),
    ]


def test_a_person_without_address_of_their_own_shows_that_of_a_key_that_turned_out_to_be_them(rows):
    host_user = person()
    paid(10_00, on="2026-03-01", by=host_user)
    person("ada@example.com", same_as=host_user)

    assert [row["Email"] for row in rows("customers")] == ["ada@example.com"]
    assert [row["Email"] for row in rows("orders")] == ["ada@example.com"]


def test_orders_of_nobody_known_are_the_last_row_and_all_rows_add_up_to_the_revenue(rows):
    paid(10_00, on="2026-03-01", by=person("ada@example.com"))
    paid(70_00, on="2026-03-01")
    paid(1_00, on="2026-03-02")

    found = rows("customers")

    assert tuple(found[-1].values()) == ("", "2", "71.00")
    assert sum(Decimal(row["TotalSpent"]) for row in found) * 100 == compute(days=30, as_of=AS_OF).value(
        "revenue"
    )


@pytest.mark.parametrize("name", ["orders", "products", "customers"])
def test_nothing_sold_is_a_file_with_a_header_only(make, name):
    made = make(name)

    assert made.written.rows == 0
    assert made.file.read().decode() == ",".join(made.contract.headers) + "\r\n"


def test_orders_are_read_in_chunks_and_none_is_lost(rows, monkeypatch):
    monkeypatch.setattr("revenue_intel.exports.datasets.base.CHUNK_ROWS", 2)
    people = [person(f"{n}@example.com") for n in range(5)]
    for n in range(11):
        refunded(paid(n + 1, on="2026-03-01", by=people[n % 5]), 1, on="2026-03-02")

    orders, customers = rows("orders"), rows("customers")

    assert len({row["OrderID"] for row in orders}) == 11
    assert all(row["RefundPennies"] == "1" and row["Email"] for row in orders)
    assert len(customers) == 5
