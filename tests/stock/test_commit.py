"""Stock is taken for all lines of an order or for none, once, and every piece is on the movement ledger."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from revenue_intel.exceptions import StockOversellError
from revenue_intel.shop import StockLine
from revenue_intel.stock import locks
from revenue_intel.stock.models import StockMovement
from revenue_intel.stock.rows import Row, row_of
from revenue_intel.stock.selectors import sum_movements
from revenue_intel.stock.services import commit
from tests.factories import make_product, make_variant
from tests.host.models import Product, Variant


def line(row: Product | Variant, quantity: int, key: str = "1", *, preorder: bool = False) -> StockLine:
    return StockLine(
        line_key=key,
        model=type(row),
        pk=row.pk,
        field="stock",
        quantity=quantity,
        label=str(row),
        preorder=preorder,
    )


def take(reference: str, *lines: StockLine) -> list[StockMovement]:
    return commit(order_reference=reference, lines=lines, event_id="evt_1")


def movements() -> list[tuple[str, int, str]]:
    return list(StockMovement.objects.order_by("id").values_list("kind", "quantity", "order_reference"))


def counters() -> dict[Row, int]:
    """Return what every row holds, in the terms of the ledger."""
    return {
        (model._meta.label_lower, str(row.pk), "stock"): row.stock
        for model in (Product, Variant)
        for row in model.objects.all()
    }


@pytest.mark.django_db
class TestCommit:
    def test_the_first_touch_writes_what_the_row_held(self):
        mug = make_product(stock=5)

        take("R1", line(mug, 2))
        take("R2", line(mug, 3))

        assert movements() == [("opening", 5, ""), ("commit", -2, "R1"), ("commit", -3, "R2")]
        assert sum_movements() == counters()

    def test_a_second_call_takes_nothing_and_returns_the_same(self):
        mug = make_product(stock=5)
        first = take("R1", line(mug, 2))

        assert take("R1", line(mug, 2)) == first
        mug.refresh_from_db()
        assert mug.stock == 3

    def test_one_row_named_by_two_lines_is_added_up_before_it_is_checked(self):
        mug = make_product(stock=3)

        with pytest.raises(StockOversellError) as caught:
            take("R1", line(mug, 2, "1"), line(mug, 2, "2"))

        (short,) = caught.value.short
        assert (short.wanted, short.available) == (4, 3)
        assert movements() == []

    def test_two_lines_of_one_row_leave_two_movements(self):
        mug = make_product(stock=5)

        take("R1", line(mug, 2, "1"), line(mug, 2, "2"))

        assert movements() == [("opening", 5, ""), ("commit", -2, "R1"), ("commit", -2, "R1")]
        assert sum_movements() == counters()

    def test_where_one_line_is_short_none_is_taken_and_every_short_one_is_named(self):
        mug, pen, cup = (
            make_product("Mug", stock=5),
            make_product("Pen", stock=0),
            make_product("Cup", stock=1),
        )

        with pytest.raises(StockOversellError) as caught:
            take("R1", line(mug, 1, "1"), line(pen, 1, "2"), line(cup, 2, "3"))

        assert {short.label for short in caught.value.short} == {"Pen", "Cup"}
        assert set(Product.objects.values_list("name", "stock")) == {("Mug", 5), ("Pen", 0), ("Cup", 1)}
        assert movements() == []

    def test_a_row_that_is_gone_is_short(self):
        mug = make_product(stock=5)
        wanted = line(mug, 1)
        mug.delete()

        with pytest.raises(StockOversellError, match="wanted 1, available 0"):
            take("R1", wanted)

    def test_a_preorder_takes_nothing_and_needs_nothing(self):
        book = make_product("Book", stock=0)

        take("R1", line(book, 3, preorder=True))

        assert movements() == [("preorder", 0, "R1")]
        assert sum_movements() == {}

    def test_a_product_and_its_variant_with_the_same_key_are_two_rows(self):
        shirt = make_product("Shirt", stock=4)
        large = Variant.objects.create(pk=shirt.pk, product=shirt, name="Large", price=1, stock=9)

        take("R1", line(shirt, 1, "1"), line(large, 2, "2"))

        shirt.refresh_from_db()
        large.refresh_from_db()
        assert (shirt.stock, large.stock) == (3, 7)
        assert sum_movements() == counters()

    def test_an_order_without_stock_lines_moves_nothing(self):
        assert take("R1") == []

    def test_rows_are_wanted_in_one_order_however_the_lines_come(self):
        products = [make_product(name) for name in "ABCDEFGH"]
        variants = [make_variant(product) for product in products]
        rows: list[Product | Variant] = [*products, *variants]
        lines = [line(row, 1) for row in rows[::-1]]

        in_order = [row_of(line(row, 1)) for row in rows]
        assert list(locks.lock_rows(lines)) == list(locks.lock_rows(lines[::-1])) == in_order


orders = st.lists(
    st.lists(st.tuples(st.integers(0, 2), st.integers(1, 4), st.booleans()), max_size=4),
    min_size=1,
    max_size=6,
)


class Invariants(TestCase):
    @hypothesis_settings(max_examples=50)
    @given(stocks=st.tuples(*[st.integers(0, 8)] * 3), wanted=orders, again=st.integers(0, 5))
    def test_counters_are_what_the_movements_say_and_never_below_zero(self, stocks, wanted, again):
        rows = [make_product(f"Product {number}", stock=stock) for number, stock in enumerate(stocks)]
        taken: Counter[int] = Counter()
        for number, order in [*enumerate(wanted), *list(enumerate(wanted))[:again]]:
            lines = [
                line(rows[n], quantity, str(key), preorder=pre)
                for key, (n, quantity, pre) in enumerate(order)
            ]
            before = StockMovement.objects.filter(order_reference=f"R{number}").exists()
            try:
                take(f"R{number}", *lines)
            except StockOversellError:
                continue
            if not before:
                for n, quantity, pre in order:
                    taken[n] += 0 if pre else quantity

        for n, row in enumerate(rows):
            row.refresh_from_db()
            assert row.stock == stocks[n] - taken[n] >= 0
        sums = sum_movements()
        assert all(counters()[row] == total for row, total in sums.items())
