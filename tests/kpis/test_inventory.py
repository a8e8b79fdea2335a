"""Sell-through, days of cover and what ran out, from the movements of stock, for every kind of host."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from unittest.mock import patch

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from revenue_intel.exceptions import ConfigurationError, InvalidWindowError
from revenue_intel.kit import clock
from revenue_intel.kpis.inventory_service import MOST_ROWS, compute_inventory
from revenue_intel.kpis.registry import KPIS
from revenue_intel.kpis.subscription_service import compute_subscriptions
from revenue_intel.stock import services as stock
from revenue_intel.stock.models import StockMovement
from revenue_intel.stock.rows import row_of
from revenue_intel.stock.selectors import names_of
from tests.factories import make_variant
from tests.factories_facts import at
from tests.stock.shelves import SOON, line, make_one, make_two, row

pytestmark = pytest.mark.django_db
AS_OF = date(2026, 3, 31)


def on(when):
    """Let what follows be written at that instant."""
    return patch.object(clock, "now", return_value=at(when))


def sold(shelf, pieces, reference, *, when, **options):
    with on(when):
        stock.commit(order_reference=reference, lines=[line(shelf, pieces, **options)])


def came_in(shelf, pieces, key, *, when):
    with on(when):
        stock.receive(row=row(shelf), quantity=pieces, key=key)


def report(**options):
    return compute_inventory(**{"days": 30, "as_of": AS_OF} | options)


def values(**options):
    return {slug: measured.value for slug, measured in report(**options).values.items()}


@pytest.mark.parametrize("make", [make_one, make_two])
def test_every_kind_of_host_has_the_same_numbers(make):
    mug = make(6)
    came_in(mug, 4, "d0", when="2026-02-20")
    with on("2026-03-04"):
        stock.reserve(order_reference="R1", lines=[line(mug, 10)], expires_at=SOON)
    sold(mug, 10, "R1", when="2026-03-06")
    came_in(mug, 5, "d1", when="2026-03-10")
    sold(mug, 2, "R2", when="2026-03-11")
    with on("2026-03-12"):
        stock.restock(order_reference="R2", key="re_1")
        stock.reserve(order_reference="R3", lines=[line(mug, 1)], expires_at=SOON)

    (only,) = report().rows

    assert values() == {
        "stock_opening": 10,
        "stock_received": 5,
        "stock_adjusted": 0,
        "stock_committed": 12,
        "stock_restocked": 2,
        "stock_on_hand": 5,
        "sell_through_pct": Decimal("80.00"),
        "days_of_cover": Decimal("12.5"),
        "stock_outs": 1,
        "stock_out_days": 7,  # held from the 4th, sold on the 6th, until the delivery of the 10th
        "out_of_stock": 0,
    }
    assert (only.pieces.on_hand, only.pieces.available) == (5, 4)


def test_every_stock_kpi_of_the_registry_has_a_value_and_the_window_before():
    mug = make_one(9)
    sold(mug, 3, "R1", when="2026-02-20")

    found = report().values

    assert list(found) == [slug for slug, kpi in KPIS.items() if kpi.of_stock]
    assert (found["stock_committed"].value, found["stock_committed"].previous) == (0, 3)
    assert (found["stock_opening"].value, found["stock_opening"].previous) == (6, 9)
    assert (found["sell_through_pct"].value, found["sell_through_pct"].previous) == (0, Decimal("33.33"))


def test_a_shop_without_movements_has_no_stock_to_speak_of():
    make_one(5)

    found = values()

    assert {slug for slug, value in found.items() if value is None} == {"sell_through_pct", "days_of_cover"}
    assert not any(found.values())
    assert report().rows == ()


def test_a_pre_order_is_no_stock():
    mug = make_one(0)
    sold(mug, 3, "R1", when="2026-03-10", preorder=True)

    assert report().rows_in_all == 0
    assert values()["stock_committed"] == values()["stock_outs"] == 0


def test_what_a_correction_takes_off_was_not_there_to_sell():
    mug = make_one(10)
    sold(mug, 2, "R1", when="2026-03-10")
    with on("2026-03-11"):
        stock.adjust(row=row(mug), expected=8, new=2, key="count", reason="broken")

    assert values()["stock_adjusted"] == -6
    assert values()["sell_through_pct"] == Decimal("50.00")


def test_where_nothing_was_left_to_sell_there_is_no_sell_through():
    mug = make_one(1)
    with on("2026-03-11"):
        stock.adjust(row=row(mug), expected=1, new=0, key="count", reason="broken")

    assert values()["sell_through_pct"] is None


def test_a_row_is_not_out_before_it_was_known_and_is_until_the_windows_end():
    mug = make_one(1)
    sold(mug, 1, "R1", when="2026-03-30")

    assert (values()["stock_out_days"], values()["out_of_stock"]) == (2, 1)
    assert values(as_of=date(2026, 3, 29))["stock_out_days"] == 0
    assert report(as_of=date(2026, 3, 29)).rows_in_all == 0


def test_a_moment_without_a_piece_is_a_day_out():
    mug = make_one(1)
    sold(mug, 1, "R1", when="2026-03-10T10:00:00+00:00")
    came_in(mug, 1, "d1", when="2026-03-10T10:00:01+00:00")

    assert values()["stock_out_days"] == 1


def test_within_a_day_movements_count_in_the_ledgers_order_and_not_in_that_of_two_clocks():
    mug = make_one(1)
    came_in(mug, 1, "d1", when="2026-03-10T10:00:01+00:00")
    sold(mug, 2, "R1", when="2026-03-10T10:00:02+00:00")
    came_in(mug, 1, "d2", when="2026-03-10T23:00:00+00:00")
    before = values()["stock_out_days"]
    eve = make_one(1, "Eve")
    came_in(eve, 1, "d3", when="2026-03-10T10:00:01+00:00")
    sold(eve, 1, "R2", when="2026-03-10T09:59:59+00:00")  # by a clock that is late

    assert (before, values()["stock_out_days"]) == (1, 1)


def test_rows_of_several_models_are_counted_together_and_named_the_next_to_run_out_first():
    mug, shelf = make_one(10, "Mug"), make_two(10, "Bin")
    variant = make_variant(mug, "Blue", stock=10)
    idle = make_one(3, "Idle")
    for n, (one, pieces) in enumerate([(mug, 1), (shelf, 9), (variant, 5)]):
        sold(one, pieces, f"R{n}", when="2026-03-10")
    came_in(idle, 1, "d1", when="2026-03-10")

    found = report()
    names = names_of(each.row for each in found.rows)

    assert [(names[each.row], each.days_of_cover) for each in found.rows] == [
        ("Bin", Decimal("3.3")),
        ("Mug, Blue", Decimal("30.0")),
        ("Mug", Decimal("270.0")),
        ("Idle", None),
    ]
    assert values()["stock_on_hand"] == 9 + 1 + 5 + 4
    assert [names[each.row] for each in report(limit=1).rows] == ["Bin"]
    assert report(limit=1).rows_in_all == 4


def test_a_row_that_is_gone_is_named_by_its_key():
    mug = make_one(2)
    sold(mug, 1, "R1", when="2026-03-10")
    name = row_of(row(mug))
    mug.delete()
    strange = ("gone.model", "7", "stock")

    assert names_of([name, strange]) == {name: f"{name[0]} {name[1]}", strange: "gone.model 7"}
    assert [each.row for each in report().rows] == [name]


def test_what_was_recorded_later_is_not_known():
    mug = make_one(5)
    sold(mug, 1, "R1", when="2026-03-10")
    sold(mug, 2, "R2", when="2026-03-20")

    then = report(as_of=date(2026, 3, 15), known_at=at("2026-03-15"))

    assert then.value("stock_on_hand") == 4
    assert report(known_at=at("2026-03-20"), as_of=date(2026, 3, 20)).value("stock_committed") == 3
    assert then == report(as_of=date(2026, 3, 15), known_at=at("2026-03-15"))


@pytest.mark.parametrize("days", [7, 30, 90])
def test_a_window_is_calendar_days_in_its_zone(days):
    mug = make_one(1000)
    end = datetime(2026, 3, 31, 23, tzinfo=UTC)  # midnight in London
    for n, when in enumerate([end, end - timedelta(seconds=1), end - timedelta(days=days)]):
        sold(mug, 10**n, f"R{n}", when=when)

    assert values(days=days, zone=clock.zone("Europe/London"))["stock_committed"] == 10


def test_it_is_one_statement_whatever_the_number_of_rows():
    for n in range(5):
        sold(make_one(5, f"P{n}"), 1, f"R{n}", when="2026-03-10")

    with CaptureQueriesContext(
        connection,
    ) as seen:
        report()

    assert sum(StockMovement._meta.db_table in query["sql"] for query in seen.captured_queries) == 1


@pytest.mark.parametrize("limit", [0, -1, MOST_ROWS + 1, 10**9])
def test_a_list_of_no_size_is_refused(limit):
    with pytest.raises(InvalidWindowError, match="limit"):
        report(limit=limit)


def test_a_kpi_that_reads_stock_says_so(monkeypatch):
    monkeypatch.setitem(
        KPIS, "stock_outs", replace(KPIS["stock_outs"], of_stock=False, of_subscriptions=True)
    )

    with pytest.raises(ConfigurationError, match="of_stock"):
        compute_subscriptions(days=30, as_of=AS_OF)
