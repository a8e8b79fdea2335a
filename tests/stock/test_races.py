"""Real threads on real connections, round after round: nothing is sold twice, nothing is lost, nobody deadlocks.

The letters are those of ``docs/reference/stock.md``; those that need orders and events are in
``tests/concurrency/test_scenarios.py``.
"""

from __future__ import annotations

from collections import Counter
from functools import partial
from typing import Any

import pytest

from revenue_intel.exceptions import StockOversellError
from revenue_intel.stock import services as stock
from revenue_intel.stock.drift import find_drift
from revenue_intel.stock.models import StockMovement
from tests.host.models import Bin, Product, Variant
from tests.stock.shelves import LATER, SOON, Shelf, line, reservations
from tests.threads import hold_for_a_moment, in_rounds, postgres_only

pytestmark = [postgres_only, pytest.mark.django_db(transaction=True), pytest.mark.slow]

ROUNDS = 200
together = partial(in_rounds, rounds=ROUNDS, forgiven=StockOversellError)


def shelves(make: type[Shelf], stock_each: int, count: int = ROUNDS) -> list[Any]:
    if make is Bin:
        return Bin.objects.bulk_create([Bin(name="Mug", on_hand=stock_each) for _ in range(count)])
    return Product.objects.bulk_create([Product(name="Mug", price=1, stock=stock_each) for _ in range(count)])


def left(model: Any) -> Counter[tuple[int, ...]]:
    fields = ("on_hand", "reserved") if model is Bin else ("stock",)
    return Counter(model.objects.values_list(*fields))


def assert_sound() -> None:
    assert list(find_drift()) == []
    keys = list(StockMovement.objects.values_list("key", flat=True))
    assert len(keys) == len(set(keys))


both_kinds_of_host = pytest.mark.parametrize("make", [Product, Bin], ids=["one field", "two fields"])


def commit(reference: str, *lines: Any) -> Any:
    return stock.commit(order_reference=reference, lines=lines)


def reserve(reference: str, *lines: Any, until: Any = SOON) -> Any:
    return stock.reserve(order_reference=reference, lines=lines, expires_at=until)


@both_kinds_of_host
def test_a_of_eight_buyers_of_one_piece_exactly_one_gets_it(make):
    rows = shelves(make, 1)
    calls = [commit, reserve] * 4

    rounds = together(
        *(
            lambda n, call=call, buyer=buyer: call(f"R{n}-{buyer}", line(rows[n], 1))
            for buyer, call in enumerate(calls)
        )
    )

    assert {sum(answer is not None for answer in answers) for answers in rounds} == {1}
    assert StockMovement.objects.filter(kind__in=["commit", "reserve"]).count() == ROUNDS
    assert_sound()


@pytest.mark.usefixtures("rows_by_key")
@pytest.mark.parametrize("models", ["one model", "several models"])
def test_b_two_orders_that_name_the_same_rows_in_opposite_order_never_deadlock(caplog, models):
    mug, pen, cup = shelves(Product, 10_000, 3)
    (shelf,) = shelves(Bin, 10_000, 1)
    large = Variant.objects.create(product=mug, name="Large", price=1, stock=10_000)
    rows = (
        [mug, pen, cup] if models == "one model" else [shelf, pen, large]
    )  # somebody holds the one in the middle
    lines = [line(row, 1, str(number)) for number, row in enumerate(rows)]

    together(
        lambda n: commit(f"A{n}", *lines),
        lambda n: commit(f"B{n}", *lines[::-1]),
        lambda n: reserve(f"C{n}", *lines[::-1]),
        lambda n: stock.release(order_reference=f"C{n - 1}"),
        lambda _n: hold_for_a_moment(pen),
    )

    assert "lost a race" not in caplog.text  # not even one that was run again
    assert StockMovement.objects.filter(kind="commit").count() == 6 * ROUNDS
    assert_sound()


@both_kinds_of_host
def test_one_order_committed_by_eight_at_once_is_committed_once(make):
    rows = shelves(make, 1)
    for number in range(0, ROUNDS, 2):
        reserve(f"R{number}", line(rows[number], 1))

    rounds = together(*[lambda n: commit(f"R{n}", line(rows[n], 1))] * 8)

    assert all(len({movement.pk for (movement,) in answers}) == 1 for answers in rounds)
    assert StockMovement.objects.filter(kind="commit").count() == ROUNDS
    assert left(make) == {(0, 0) if make is Bin else (0,): ROUNDS}
    assert_sound()


@both_kinds_of_host
def test_h_expiry_beside_the_payment_and_another_buyer_sells_one_piece_once(make):
    rows = shelves(make, 1)
    for number in range(ROUNDS):
        reserve(f"R{number}", line(rows[number], 1))

    rounds = together(
        lambda n: commit(f"R{n}", line(rows[n], 1)),
        lambda n: stock.expire(order_reference=f"R{n}", at=LATER),
        lambda n: commit(f"S{n}", line(rows[n], 1)),
    )

    assert {(paid is not None) + (other is not None) for paid, _, other in rounds} == {1}
    assert left(make) == {(0, 0) if make is Bin else (0,): ROUNDS}
    assert reservations() == {}
    assert_sound()


@both_kinds_of_host
def test_an_extension_beside_the_expiry_always_holds(make):
    rows = shelves(make, 1)
    for number in range(ROUNDS):
        reserve(f"R{number}", line(rows[number], 1))

    together(
        lambda n: reserve(f"R{n}", line(rows[n], 1), until=LATER),
        lambda n: stock.expire(order_reference=f"R{n}", at=SOON),
    )

    assert reservations() == {f"R{number}": LATER for number in range(ROUNDS)}
    assert_sound()


def test_one_order_reserved_and_committed_at_once_with_other_lines_ends_committed():
    rows, others = shelves(Product, 3), shelves(Bin, 3)

    together(
        lambda n: reserve(f"R{n}", line(rows[n], 1, "1")),
        lambda n: commit(f"R{n}", line(rows[n], 1, "1"), line(others[n], 1, "2")),
        lambda n: stock.release(order_reference=f"R{n}"),
    )

    assert (left(Product), left(Bin)) == ({(2,): ROUNDS}, {(2, 0): ROUNDS})
    assert reservations() == {}
    assert_sound()


def test_i_one_row_twice_in_one_order_is_added_up():
    rows = shelves(Product, 3)

    rounds = together(
        *[
            lambda n, buyer=buyer: commit(f"R{n}-{buyer}", line(rows[n], 1, "1"), line(rows[n], 1, "2"))
            for buyer in range(4)
        ]
    )

    assert {sum(answer is not None for answer in answers) for answers in rounds} == {1}
    assert left(Product) == {(1,): ROUNDS}
    assert_sound()


@both_kinds_of_host
def test_j_refunds_that_restock_at_once_never_put_back_more_than_was_taken(make):
    rows = shelves(make, 5)
    for number in range(ROUNDS):
        commit(f"R{number}", line(rows[number], 3))
        commit(f"S{number}", line(rows[number], 2))

    together(
        lambda n: stock.restock(order_reference=f"S{n}", key="re_9"),
        lambda n: stock.restock(order_reference=f"S{n}", key="cancel"),
        *[lambda n: stock.restock(order_reference=f"R{n}", key="re_1", lines=[("1", 1)])] * 2,
        lambda n: stock.restock(order_reference=f"R{n}", key="re_2", lines=[("1", 1)]),
        lambda n: stock.restock(order_reference=f"R{n}", key="cancel", lines=[("1", 1)]),
        lambda n: stock.restock(order_reference=f"R{n}", key="re_3", lines=[("1", 2)]),
    )

    assert left(make) == {(5, 0) if make is Bin else (5,): ROUNDS}
    assert_sound()


def test_l_a_product_and_its_variant_with_the_same_key_are_two_rows():
    rows = shelves(Product, 1)
    variants = [Variant(pk=row.pk, product=row, name="Large", price=1, stock=1) for row in rows]
    Variant.objects.bulk_create(variants)

    rounds = together(
        lambda n: commit(f"A{n}", line(rows[n], 1, "1"), line(variants[n], 1, "2")),
        lambda n: commit(f"B{n}", line(variants[n], 1, "1"), line(rows[n], 1, "2")),
    )

    assert {sum(answer is not None for answer in answers) for answers in rounds} == {1}
    assert (left(Product), left(Variant)) == ({(0,): ROUNDS}, {(0,): ROUNDS})
    assert_sound()
