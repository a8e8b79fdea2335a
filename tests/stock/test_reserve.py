"""An order's pieces are held, taken, given back: once each, all lines or none, whichever fields the host has."""

from __future__ import annotations

from functools import partial

import pytest

from revenue_intel.exceptions import StockOversellError
from revenue_intel.stock import services as stock
from revenue_intel.stock.selectors import find_expired
from tests.stock.shelves import (
    LATER,
    SOON,
    available,
    holds,
    line,
    make_one,
    make_two,
    movements,
    reservations,
)

pytestmark = pytest.mark.django_db

both_kinds_of_host = pytest.mark.parametrize("make", [make_one, make_two], ids=["one field", "two fields"])
hold = partial(stock.reserve, order_reference="R1", expires_at=SOON)


def test_the_signs_with_one_field():
    mug = make_one(5)

    hold(lines=[line(mug, 2)])
    assert holds(mug) == (3, 0)
    stock.commit(order_reference="R1", lines=[line(mug, 2)])
    assert holds(mug) == (3, 0)
    stock.commit(order_reference="R2", lines=[line(mug, 1)])
    assert holds(mug) == (2, 0)
    stock.restock(order_reference="R1", key="re_1")
    assert holds(mug) == (4, 0)

    assert movements() == [
        ("reserve", -2, 2, 2),
        ("commit", 0, -2, 2),
        ("commit", -1, 0, 1),
        ("restock", 2, 0, 2),
    ]


def test_the_signs_with_two_fields():
    mug = make_two(5)

    hold(lines=[line(mug, 2)])
    assert holds(mug) == (5, 2)
    stock.commit(order_reference="R1", lines=[line(mug, 2)])
    assert holds(mug) == (3, 0)
    stock.commit(order_reference="R2", lines=[line(mug, 1)])
    assert holds(mug) == (2, 0)
    stock.restock(order_reference="R1", key="re_1")
    assert holds(mug) == (4, 0)

    assert movements() == [
        ("reserve", 0, 2, 2),
        ("commit", -2, -2, 2),
        ("commit", -1, 0, 1),
        ("restock", 2, 0, 2),
    ]


@both_kinds_of_host
def test_what_is_released_is_available_again(make):
    mug = make(5)
    hold(lines=[line(mug, 2)])

    stock.release(order_reference="R1")

    assert available(mug) == 5
    assert reservations() == {}
    assert [kind for kind, *_ in movements()] == ["reserve", "release"]


@both_kinds_of_host
def test_every_call_a_second_time_moves_nothing_and_returns_the_same(make):
    mug = make(9)
    lines = [line(mug, 2)]
    calls = [
        partial(hold, lines=lines),
        partial(stock.commit, order_reference="R1", lines=lines),
        partial(stock.restock, order_reference="R1", key="re_1"),
        partial(stock.reserve, order_reference="R2", lines=lines, expires_at=SOON),
        partial(stock.release, order_reference="R2"),
        partial(stock.reserve, order_reference="R3", lines=lines, expires_at=SOON),
        partial(stock.expire, order_reference="R3", at=LATER),
    ]
    for call in calls:
        first, state = call(), (holds(mug), movements())

        assert call() == first
        assert (holds(mug), movements()) == state


@both_kinds_of_host
def test_the_last_piece_can_be_held_by_one_order_alone(make):
    mug = make(1)
    hold(lines=[line(mug, 1)])

    with pytest.raises(StockOversellError) as caught:
        stock.reserve(order_reference="R2", lines=[line(mug, 1)], expires_at=SOON)
    with pytest.raises(StockOversellError):
        stock.commit(order_reference="R2", lines=[line(mug, 1)])

    assert [(short.label, short.wanted, short.available) for short in caught.value.short] == [("Mug", 1, 0)]
    assert movements(order_reference="R2") == []


@both_kinds_of_host
def test_what_an_order_holds_never_counts_against_it(make):
    mug = make(3)
    hold(lines=[line(mug, 2)])

    hold(lines=[line(mug, 3)])
    with pytest.raises(StockOversellError) as caught:
        hold(lines=[line(mug, 4)])
    stock.commit(order_reference="R1", lines=[line(mug, 3)])

    (short,) = caught.value.short
    assert (short.wanted, short.available) == (4, 3)
    assert available(mug) == 0
    assert holds(mug)[1] == 0


@both_kinds_of_host
def test_where_one_line_is_short_nothing_is_held(make):
    mug, pen = make(5, "Mug"), make(0, "Pen")

    with pytest.raises(StockOversellError) as caught:
        hold(lines=[line(mug, 6, "1"), line(pen, 1, "2")])

    assert [short.label for short in caught.value.short] == ["Mug", "Pen"]
    assert (available(mug), movements(), reservations()) == (5, [], {})


@both_kinds_of_host
def test_a_reservation_follows_the_lines_of_its_order(make):
    mug, pen = make(5, "Mug"), make(5, "Pen")
    hold(lines=[line(mug, 3, "1")])

    hold(lines=[line(mug, 1, "1"), line(pen, 2, "2")])
    assert (available(mug), available(pen)) == (4, 3)
    hold(lines=[line(pen, 2, "2")])
    assert (available(mug), available(pen)) == (5, 3)


@both_kinds_of_host
def test_a_commit_takes_what_is_short_of_the_reservation_and_releases_what_is_beyond_it(make):
    mug, pen, cup = make(5, "Mug"), make(5, "Pen"), make(5, "Cup")
    hold(lines=[line(mug, 1, "1"), line(pen, 4, "2"), line(cup, 2, "3")])

    stock.commit(order_reference="R1", lines=[line(mug, 3, "1"), line(pen, 1, "2")])

    assert [available(each) for each in (mug, pen, cup)] == [2, 4, 5]
    assert reservations() == {}
    assert [(kind, pieces) for kind, _, _, pieces in movements(kind="commit")] == [
        ("commit", 3),
        ("commit", 1),
    ]


@both_kinds_of_host
def test_a_release_gives_back_no_commit(make):
    mug = make(5)
    stock.commit(order_reference="R1", lines=[line(mug, 2)])

    assert stock.release(order_reference="R1") == []
    assert available(mug) == 3


@both_kinds_of_host
def test_a_reservation_made_late_holds_nothing_of_a_line_that_is_committed(make):
    mug = make(5)
    stock.commit(order_reference="R1", lines=[line(mug, 2)])

    assert hold(lines=[line(mug, 2)]) == []
    assert (available(mug), reservations()) == (3, {})


@both_kinds_of_host
def test_an_order_can_hold_again_what_it_has_given_back(make):
    mug = make(5)
    hold(lines=[line(mug, 2)])
    stock.release(order_reference="R1")

    stock.reserve(order_reference="R1", lines=[line(mug, 2)], expires_at=LATER)

    assert available(mug) == 3
    assert reservations() == {"R1": LATER}


@both_kinds_of_host
def test_a_reservation_ends_when_its_time_has_come_and_not_before(make):
    mug = make(5)
    hold(lines=[line(mug, 2)])
    stock.reserve(order_reference="R2", lines=[line(mug, 1)], expires_at=LATER)

    assert find_expired(SOON) == ["R1"]
    assert stock.expire(order_reference="R2", at=SOON) == []
    (ended,) = stock.expire(order_reference="R1", at=SOON)

    assert (ended.kind, ended.pieces) == ("expire", 2)
    assert available(mug) == 4
    assert find_expired(LATER) == ["R2"]


@both_kinds_of_host
def test_a_later_end_extends_and_an_earlier_one_does_not_shorten(make):
    mug = make(5)
    hold(lines=[line(mug, 2)])

    stock.reserve(order_reference="R1", lines=[line(mug, 2)], expires_at=LATER)
    hold(lines=[line(mug, 2)])

    assert reservations() == {"R1": LATER}
    assert stock.expire(order_reference="R1", at=SOON) == []
    assert available(mug) == 3


@both_kinds_of_host
def test_a_payment_after_the_end_takes_what_is_there(make):
    mug = make(2)
    hold(lines=[line(mug, 2)])
    stock.expire(order_reference="R1", at=SOON)

    stock.commit(order_reference="R1", lines=[line(mug, 2)])

    assert (available(mug), reservations()) == (0, {})


@both_kinds_of_host
def test_a_bundle_takes_from_two_rows_for_one_line(make):
    mug, pen = make(5, "Mug"), make(5, "Pen")
    bundle = [line(mug, 2, "1"), line(pen, 1, "1")]

    hold(lines=bundle)
    stock.commit(order_reference="R1", lines=bundle)
    assert (available(mug), available(pen)) == (3, 4)
    stock.restock(order_reference="R1", key="re_1")

    assert (available(mug), available(pen)) == (5, 5)


def test_a_line_that_names_one_row_twice_leaves_one_commit():
    mug = make_one(5)

    stock.commit(order_reference="R1", lines=[line(mug, 2, "1"), line(mug, 1, "1")])

    assert movements() == [("commit", -3, 0, 3)]


def test_a_preorder_holds_nothing():
    book = make_one(0, "Book")

    assert hold(lines=[line(book, 3, preorder=True)]) == []
    assert (movements(), reservations()) == ([], {})


def test_a_preorder_is_taken_down_once_and_there_is_nothing_of_it_to_put_back():
    book = make_one(0, "Book")
    for _ in range(2):
        stock.commit(order_reference="R1", lines=[line(book, 3, preorder=True)])

    assert stock.restock(order_reference="R1", key="re_1") == []
    assert (movements(), holds(book)) == ([("preorder", 0, 0, 3)], (0, 0))


def test_rows_of_several_models_and_fields_move_together():
    mug, shelf = make_one(5), make_two(5)

    hold(lines=[line(mug, 1, "1"), line(shelf, 2, "2")])
    stock.commit(order_reference="R1", lines=[line(mug, 1, "1"), line(shelf, 2, "2")])

    assert (holds(mug), holds(shelf)) == ((4, 0), (3, 0))


@pytest.mark.parametrize("quantity", [-1, 2**31, 2**63, 1.5, True, None, "2"])
def test_what_is_no_number_of_pieces_is_refused(quantity):
    mug = make_one(5)

    for call in (partial(hold), partial(stock.commit, order_reference="R1")):
        with pytest.raises(ValueError, match="no number of pieces"):
            call(lines=[line(mug, quantity)])

    assert holds(mug) == (5, 0)


@pytest.mark.parametrize("reference", ["x" * 256, "with\x00nul"])
def test_a_reference_that_no_column_can_hold_is_refused(reference):
    with pytest.raises(ValueError, match="too long, or holds a NUL"):
        stock.release(order_reference=reference)
