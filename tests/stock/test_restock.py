"""What was taken goes back once for each cause, and never more of it than was taken."""

from __future__ import annotations

from functools import partial

import pytest

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
