"""The races of stock where the host's ``save()`` is called: rows are locked, read and written one by one."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest

from revenue_intel.exceptions import StockChangedError, StockOversellError
from revenue_intel.shop import ModelShop
from revenue_intel.stock import services as stock
from revenue_intel.stock.models import StockMovement
from tests.host.models import Bin, Product
from tests.stock.shelves import SOON, line, row
from tests.stock.test_races import assert_sound, both_kinds_of_host, commit, left, reserve, shelves
from tests.threads import in_rounds, postgres_only

pytestmark = [postgres_only, pytest.mark.django_db(transaction=True), pytest.mark.slow]

ROUNDS = 200
together = partial(in_rounds, rounds=ROUNDS, forgiven=StockOversellError)


class SavingShop(ModelShop):
    order_model = "host.Order"
    stock_uses_save = True


@pytest.fixture(autouse=True)
def by_save(settings: Any) -> None:
    settings.REVENUE_INTEL_SHOP = f"{__name__}.SavingShop"


@both_kinds_of_host
def test_of_four_buyers_of_one_piece_exactly_one_gets_it(make):
    rows = shelves(make, 1)

    rounds = together(
        *(
            lambda n, call=call, buyer=buyer: call(f"R{n}-{buyer}", line(rows[n], 1))
            for buyer, call in enumerate([commit, reserve] * 2)
        )
    )

    assert {sum(answer is not None for answer in answers) for answers in rounds} == {1}
    assert StockMovement.objects.filter(kind__in=["commit", "reserve"]).count() == ROUNDS
    assert_sound()


def test_one_order_committed_by_four_at_once_is_committed_once():
    rows = shelves(Product, 1)

    rounds = together(*[lambda n: commit(f"R{n}", line(rows[n], 1))] * 4)

    assert all(len({movement.pk for (movement,) in answers}) == 1 for answers in rounds)
    assert StockMovement.objects.filter(kind="commit").count() == ROUNDS
    assert_sound()


def test_two_orders_that_name_the_same_rows_in_opposite_order_never_deadlock(caplog):
    mug, pen = shelves(Product, 10_000, 2)
    (shelf,) = shelves(Bin, 10_000, 1)
    lines = [line(mug, 1, "1"), line(shelf, 1, "2"), line(pen, 1, "3")]

    together(
        lambda n: commit(f"A{n}", *lines),
        lambda n: commit(f"B{n}", *lines[::-1]),
        lambda n: reserve(f"C{n}", *lines[::-1], until=SOON),
    )

    assert "lost a race" not in caplog.text
    assert StockMovement.objects.filter(kind="commit").count() == 6 * ROUNDS
    assert_sound()


def test_of_two_counts_and_a_sale_of_one_row_no_piece_is_lost():
    rows = shelves(Product, 5)
    count = partial(stock.adjust, expected=5, reason="counted")

    rounds = in_rounds(
        lambda n: count(row=row(rows[n]), new=9, key=f"a{n}"),
        lambda n: count(row=row(rows[n]), new=7, key=f"b{n}"),
        lambda n: commit(f"R{n}", line(rows[n], 1)),
        rounds=ROUNDS,
        forgiven=StockChangedError,
    )

    assert {sum(answer is not None for answer in answers[:2]) for answers in rounds} <= {0, 1}
    ends = {9: 8, 7: 6, 5: 4}
    for number, (first, second, _) in enumerate(rounds):
        counted = 9 if first is not None else 7 if second is not None else 5
        rows[number].refresh_from_db()
        assert rows[number].stock == ends[counted]
    assert left(Product).total() == ROUNDS
    assert_sound()
