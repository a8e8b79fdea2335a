"""Until when an order holds its pieces, and what its movements say of it."""

from __future__ import annotations

from functools import partial

import pytest

from revenue_intel.stock import services as stock
from revenue_intel.stock.models import StockMovement
from tests.stock.shelves import LATER, SOON, available, line, make_one, make_two, movements, reservations

pytestmark = pytest.mark.django_db

both_kinds_of_host = pytest.mark.parametrize("make", [make_one, make_two], ids=["one field", "two fields"])
hold = partial(stock.reserve, order_reference="R1", expires_at=SOON)


@both_kinds_of_host
def test_what_is_called_at_the_time_of_an_end_and_told_no_instant_takes_the_clocks(make, monkeypatch):
    mug = make(5)
    hold(lines=[line(mug, 2)])

    monkeypatch.setattr("revenue_intel.kit.clock.now", lambda: SOON - LATER.resolution)
    assert stock.expire(order_reference="R1") == []
    monkeypatch.setattr("revenue_intel.kit.clock.now", lambda: SOON)
    assert [ended.pieces for ended in stock.expire(order_reference="R1")] == [2]


@both_kinds_of_host
def test_every_movement_says_which_event_it_came_of_and_only_a_reservation_when_it_ends(make):
    mug = make(5)
    hold(lines=[line(mug, 3)], event_id="evt_1")
    hold(lines=[line(mug, 2)], event_id="evt_2")
    stock.commit(order_reference="R1", lines=[line(mug, 2)], event_id="evt_3")
    stock.restock(order_reference="R1", key="re_1", event_id="evt_4")

    found = StockMovement.objects.exclude(kind="opening").order_by("id")
    assert list(found.values_list("kind", "event_id", "expires_at", "cause")) == [
        ("reserve", "evt_1", SOON, ""),
        ("release", "evt_2", None, ""),
        ("commit", "evt_3", None, ""),
        ("restock", "evt_4", None, "re_1"),
    ]


@both_kinds_of_host
def test_a_reservation_that_grows_until_later_is_one_movement(make):
    mug = make(5)
    hold(lines=[line(mug, 1)])

    stock.reserve(order_reference="R1", lines=[line(mug, 2)], expires_at=LATER)

    assert [(kind, pieces) for kind, *_, pieces in movements()] == [("reserve", 1), ("reserve", 1)]
    assert reservations() == {"R1": LATER}


@both_kinds_of_host
def test_a_reservation_whose_lines_are_all_gone_ends_whenever_it_was_to_end(make):
    mug = make(5)
    hold(lines=[line(mug, 1)])

    stock.reserve(order_reference="R1", lines=[], expires_at=LATER)

    assert (available(mug), reservations()) == (5, {})
    assert [kind for kind, *_ in movements()] == ["reserve", "release"]
