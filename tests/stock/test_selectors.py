"""What can be had, what is scarce, what was out and what was sold: read from the rows and the ledger, without a lock."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from revenue_intel.stock import selectors
from revenue_intel.stock import services as stock
from revenue_intel.stock.rows import row_of
from tests.host.models import Bin
from tests.stock.shelves import LATER, SOON, line, make_one, make_two, row

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
both_kinds_of_host = pytest.mark.parametrize("make", [make_one, make_two], ids=["one field", "two fields"])


@pytest.fixture
def hours(monkeypatch: pytest.MonkeyPatch) -> Any:
    """``hours(0, 3, 1)``: the clock shows these hours after noon, one a movement, and then the last one."""

    def show(*after: int) -> None:
        times: Iterator[int] = iter(after)
        monkeypatch.setattr("revenue_intel.kit.clock.now", lambda: NOON + HOUR * next(times, after[-1]))

    return show


def test_what_can_be_had_is_never_less_than_nothing():
    shelf = make_two(2)
    Bin.objects.update(reserved=3)

    assert list(selectors.availability([row(shelf)]).values()) == [0]


def test_a_page_of_products_is_one_query_that_locks_nothing():
    rows = [row(make_one(number)) for number in range(50)]

    with CaptureQueriesContext(connection) as queries:
        found = selectors.availability(rows)

    assert list(found.values()) == list(range(50))
    (query,) = queries
    assert "FOR" not in query["sql"].upper().replace("FORMAT", "").split("WHERE")[1]


def test_the_longest_overdue_is_named_first():
    mug = make_one(9)
    for reference, until in (("R1", LATER), ("R2", SOON), ("R3", SOON)):
        stock.reserve(order_reference=reference, lines=[line(mug, 1)], expires_at=until)

    assert selectors.find_expired(LATER) == ["R2", "R3", "R1"]
    assert selectors.find_expired(SOON) == ["R2", "R3"]
    assert selectors.find_expired(SOON - timedelta(microseconds=1)) == []


@both_kinds_of_host
def test_what_an_order_holds_is_no_stock_out_while_there_is_more(make, hours):
    mug = make(2)
    hours(0)
    stock.reserve(order_reference="R1", lines=[line(mug, 1)], expires_at=SOON)
    assert selectors.stock_outs(row_of(row(mug))) == []

    stock.reserve(order_reference="R2", lines=[line(mug, 1)], expires_at=SOON)
    assert selectors.stock_outs(row_of(row(mug))) == [(NOON, None)]


def test_a_preorder_before_the_first_piece_is_no_stock_out(hours):
    book = make_one(5)
    hours(0)
    stock.commit(order_reference="R1", lines=[line(book, 1, preorder=True)])
    stock.commit(order_reference="R2", lines=[line(book, 1)])

    assert selectors.stock_outs(row_of(row(book))) == []


def test_a_clock_that_goes_back_ends_no_stock_out_before_it_began(hours):
    mug = make_one(1)
    hours(3)
    stock.commit(order_reference="R1", lines=[line(mug, 1)])
    hours(1)
    stock.receive(row=row(mug), quantity=1, key="d1")

    assert selectors.stock_outs(row_of(row(mug))) == [(NOON + 3 * HOUR, NOON + 3 * HOUR)]


@both_kinds_of_host
def test_a_day_of_sales_begins_and_ends_at_its_zones_midnight(make, hours):
    mug, zone = make(99), ZoneInfo("Asia/Tokyo")  # nine hours ahead: 15:00 UTC is its midnight
    for number, hour in enumerate([2, 3, 26, 27]):
        hours(hour)
        stock.commit(order_reference=f"R{number}", lines=[line(mug, number + 1)])

    sold = selectors.committed_by_day(
        start=datetime(2026, 3, 2, tzinfo=zone), end=datetime(2026, 3, 3, tzinfo=zone), zone=zone
    )
    assert sold == {row_of(row(mug)): {date(2026, 3, 2): 2 + 3}}
    assert selectors.committed_by_day(start=NOON, end=NOON + 48 * HOUR, zone=zone) == {
        row_of(row(mug)): {date(2026, 3, 1): 1, date(2026, 3, 2): 5, date(2026, 3, 3): 4}
    }


def test_what_came_back_says_what_for():
    mug = make_one(5)
    stock.commit(order_reference="R1", lines=[line(mug, 2)])
    assert selectors.restocked_for(order_reference="R1") == []

    stock.restock(order_reference="R1", key="re_1")

    assert selectors.restocked_for(order_reference="R1") == ["re_1"]
