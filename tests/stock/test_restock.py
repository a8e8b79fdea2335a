"""What was taken goes back once for each cause, and never more of it than was taken."""

from __future__ import annotations

from functools import partial

import pytest

from revenue_intel.exceptions import StockOversellError
from revenue_intel.stock import services as stock
from tests.stock.shelves import available, line, make_one, make_two, movements

pytestmark = pytest.mark.django_db

both_kinds_of_host = pytest.mark.parametrize("make", [make_one, make_two], ids=["one field", "two fields"])


@both_kinds_of_host
def test_a_part_goes_back_once_for_each_key_and_never_more_than_was_taken(make):
    mug = make(5)
    stock.commit(order_reference="R1", lines=[line(mug, 3)])
    give_back = partial(stock.restock, order_reference="R1", lines=[("1", 1)])

    first = give_back(key="re_1")
    assert give_back(key="re_1") == first
    assert available(mug) == 3
    stock.restock(order_reference="R1", key="re_2", lines=[("1", 3)])
    stock.restock(order_reference="R1", key="cancel")

    assert [(kind, pieces) for kind, *_, pieces in movements(kind="restock")] == [
        ("restock", 1),
        ("restock", 2),
    ]
    assert available(mug) == 5


@both_kinds_of_host
def test_another_key_is_answered_with_its_own_movements_alone(make):
    mug = make(5)
    stock.commit(order_reference="R1", lines=[line(mug, 3)])
    give_back = partial(stock.restock, order_reference="R1", lines=[("1", 1)])
    give_back(key="re_1")

    (second,) = give_back(key="re_2")

    assert (second.cause, second.pieces) == ("re_2", 1)


@pytest.mark.parametrize("key", ["x" * 256, "re\x00"])
def test_a_key_that_no_column_can_hold_is_refused(key):
    mug = make_one(5)
    stock.commit(order_reference="R1", lines=[line(mug, 3)])

    with pytest.raises(ValueError, match="too long, or holds a NUL"):
        stock.restock(order_reference="R1", key=key)

    assert available(mug) == 2


@both_kinds_of_host
def test_what_went_back_for_a_key_is_taken_again_once_and_can_go_back_again(make):
    mug = make(5)
    stock.commit(order_reference="R1", lines=[line(mug, 3)])
    stock.restock(order_reference="R1", key="re_0", lines=[("1", 1)])
    stock.restock(order_reference="R1", key="re_1")
    assert available(mug) == 5

    for _ in range(2):
        (again,) = stock.undo_restock(order_reference="R1", key="re_1")
        assert (again.kind, again.pieces, again.cause) == ("restock", -2, "re_1")
        assert available(mug) == 3

    stock.restock(order_reference="R1", key="re_1")
    assert available(mug) == 5
    stock.commit(order_reference="R1", lines=[line(mug, 3)])
    assert available(mug) == 5
    assert stock.undo_restock(order_reference="R1", key="cancel") == []


@both_kinds_of_host
def test_what_others_have_taken_meanwhile_is_not_taken_again(make):
    mug, cup = make(3), make(3)
    stock.commit(order_reference="R1", lines=[line(mug, 2), line(cup, 2, key="2")])
    stock.restock(order_reference="R1", key="re_1")
    stock.commit(order_reference="R2", lines=[line(cup, 2)])

    with pytest.raises(StockOversellError) as short:
        stock.undo_restock(order_reference="R1", key="re_1")

    assert [(each.wanted, each.available) for each in short.value.short] == [(2, 1)]
    assert (available(mug), available(cup)) == (3, 1)
    with pytest.raises(ValueError, match="missing"):
        stock.undo_restock(order_reference="R1", key="")
