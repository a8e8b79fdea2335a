"""Counters that are not what their movements say: only those are named, and a repair is made once."""

from __future__ import annotations

import pytest

from revenue_intel.exceptions import StockChangedError
from revenue_intel.stock import counting
from revenue_intel.stock import services as stock
from revenue_intel.stock.drift import Drift, find_drift, repair
from revenue_intel.stock.models import StockMovement
from revenue_intel.stock.rows import row_of
from tests.host.models import Bin, Product
from tests.stock.shelves import LATER, SOON, holds, line, make_one, make_two, movements, reservations, row

pytestmark = pytest.mark.django_db

both_sides = pytest.mark.parametrize("adopt", [True, False], ids=["adopt", "restore"])
both_kinds_of_host = pytest.mark.parametrize("make", [make_one, make_two], ids=["one field", "two fields"])


def change(shelf: Product | Bin, counter: int) -> None:
    type(shelf).objects.filter(pk=shelf.pk).update(**{row(shelf).field: counter})


def drift_of(shelf: Product | Bin, counter: int) -> Drift:
    change(shelf, counter)
    (drift,) = find_drift()
    return drift


@both_sides
@both_kinds_of_host
def test_a_repair_is_made_once_for_its_key_whatever_happened_since(make, adopt):
    mug = make(5)
    stock.commit(order_reference="R1", lines=[line(mug, 1)])
    drift = drift_of(mug, 7)

    repair(drift, adopt=adopt, key="k1")
    change(mug, 9)
    repair(drift, adopt=adopt, key="k1")

    assert len(movements(kind="adjust")) == 1
    assert [each.counter for each in find_drift()] == [9]


@both_sides
def test_another_key_is_another_repair(adopt):
    mug = make_one(5)
    stock.commit(order_reference="R1", lines=[line(mug, 1)])
    for number, counter in enumerate([7, 9]):
        repair(drift_of(mug, counter), adopt=adopt, key=f"k{number}")

    assert len(movements(kind="adjust")) == 2
    assert holds(mug) == (9 if adopt else 4, 0)


@both_sides
def test_a_counter_that_has_moved_on_is_left_as_it_is(adopt):
    mug = make_one(5)
    stock.commit(order_reference="R1", lines=[line(mug, 1)])
    drift = drift_of(mug, 7)
    change(mug, 8)

    with pytest.raises(StockChangedError, match="was to hold 7 and holds 8"):
        repair(drift, adopt=adopt, key="k1")

    assert movements(kind="adjust") == []


def test_a_preorder_alone_is_no_drift():
    book = make_one(5)

    stock.commit(order_reference="R1", lines=[line(book, 2, preorder=True)])

    assert list(find_drift()) == []


def test_a_row_that_was_first_preordered_has_its_opening_when_it_is_sold():
    book = make_one(5)
    stock.commit(order_reference="R1", lines=[line(book, 2, preorder=True)])
    Product.objects.update(stock=8)

    stock.commit(order_reference="R1", lines=[line(book, 1, "2")])

    assert StockMovement.objects.get(kind="opening").quantity == 8
    assert (holds(book), list(find_drift())) == ((7, 0), [])


def test_the_first_count_of_a_row_opens_it_with_what_is_reserved():
    shelf = make_two(5)
    Bin.objects.update(reserved=2)

    stock.adjust(row=row(shelf), expected=5, new=4, key="c1", reason="counted")

    assert (holds(shelf), list(find_drift())) == ((4, 2), [])
    assert movements(kind="adjust") == [("adjust", -1, 0, 1)]


def test_a_reserved_field_that_was_renamed_is_compared_under_its_new_name():
    shelf = make_two(5)
    name = dict(zip(("model", "row", "field"), row_of(row(shelf)), strict=True))
    StockMovement.objects.create(
        key="old", kind="receive", quantity=0, reserved_field="spoken_for", recorded_at=SOON, **name
    )
    stock.reserve(order_reference="R1", lines=[line(shelf, 2)], expires_at=SOON)
    Bin.objects.update(reserved=9)

    assert [(each.field, each.counter) for each in find_drift() if each.is_reserved] == [("reserved", 9)]


@both_kinds_of_host
def test_more_pieces_held_until_an_earlier_instant_shorten_nothing(make):
    mug = make(5)
    stock.reserve(order_reference="R1", lines=[line(mug, 1)], expires_at=LATER)

    stock.reserve(order_reference="R1", lines=[line(mug, 3)], expires_at=SOON)

    assert reservations() == {"R1": LATER}
    assert stock.expire(order_reference="R1", at=SOON) == []


def test_a_restored_counter_leaves_a_movement_that_says_what_it_was():
    mug = make_one(5)
    stock.commit(order_reference="R1", lines=[line(mug, 1)])
    change(mug, 7)

    (movement,) = counting.restore(row=row(mug), ledger_row=row_of(row(mug)), expected=7, key="k1")

    assert (movement.quantity, movement.cause) == (0, "restored stock from 7 to 4")
    assert counting.restore(row=row(mug), ledger_row=row_of(row(mug)), expected=7, key="k1") == [movement]
