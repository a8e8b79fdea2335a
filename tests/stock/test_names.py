"""A stock row has one name, whoever speaks of it; two rows, or two fields of one row, never share one."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest
from django.db import models
from django.test.utils import isolate_apps

from revenue_intel.exceptions import StockOversellError
from revenue_intel.shop import StockLine, StockRow
from revenue_intel.stock import services as stock
from revenue_intel.stock.models import StockMovement
from revenue_intel.stock.rows import row_of
from revenue_intel.stock.selectors import availability
from tests.host.models import Bin, Product
from tests.stock.shelves import SOON, line, make_one, make_two, movements, row

pytestmark = pytest.mark.django_db


@isolate_apps("tests.host")
def test_a_proxy_names_the_rows_of_its_model():
    class Poster(Product):
        class Meta:
            proxy = True
            app_label = "host"

    mug = make_one(3)
    as_poster = StockLine(**{**vars(line(mug, 2, "2")), "model": Poster})

    with pytest.raises(StockOversellError) as caught:
        stock.commit(order_reference="R1", lines=[line(mug, 2, "1"), as_poster])

    assert [(short.wanted, short.available) for short in caught.value.short] == [(4, 3)]
    stock.commit(order_reference="R2", lines=[as_poster])
    assert set(StockMovement.objects.values_list("model", flat=True)) == {"host.product"}
    assert list(availability([as_poster, line(mug, 1)]).values()) == [1]


@isolate_apps("tests.host")
def test_a_child_names_the_rows_of_the_parent_that_has_the_field():
    class Poster(Product):
        width = models.IntegerField()

        class Meta:
            app_label = "host"

    row: Any = StockRow(model=Poster, pk=7, field="stock")
    own: Any = StockRow(model=Poster, pk=7, field="width")

    assert row_of(row) == ("host.product", "7", "stock")
    assert row_of(own) == ("host.poster", "7", "width")


def test_two_fields_of_one_row_are_two_stock_rows():
    shelf = make_two(5)
    Bin.objects.update(reserved=2)
    front = StockLine(model=Bin, pk=shelf.pk, field="on_hand", line_key="1", quantity=3, label="front")
    back = StockLine(model=Bin, pk=shelf.pk, field="reserved", line_key="2", quantity=2, label="back")

    stock.reserve(order_reference="R1", lines=[front, back], expires_at=SOON)
    stock.commit(order_reference="R1", lines=[front, back])

    assert Bin.objects.values_list("on_hand", "reserved").get() == (2, 0)
    openings = StockMovement.objects.filter(kind="opening").order_by("field")
    assert list(openings.values_list("field", "quantity")) == [("on_hand", 5), ("reserved", 2)]


def test_a_row_whose_kind_of_key_has_changed_is_given_back_in_the_ledger_alone():
    common = {"model": "host.product", "field": "stock", "order_reference": "R1", "line_key": "1"}
    StockMovement.objects.create(
        key="order:R1:1",
        kind="reserve",
        row="a-slug",
        quantity=-2,
        held=2,
        pieces=2,
        recorded_at=SOON,
        **common,
    )

    (movement,) = stock.release(order_reference="R1")

    assert (movement.row, movement.pieces) == ("a-slug", 2)
    assert [kind for kind, *_ in movements()] == ["reserve", "release"]


@pytest.mark.parametrize("key", ["x" * 101, "with\x00nul"])
def test_a_line_key_that_no_column_can_hold_is_refused(key):
    mug = make_one(5)

    for call, more in ((stock.reserve, {"expires_at": SOON}), (stock.commit, {})):
        with pytest.raises(ValueError, match="too long, or holds a NUL"):
            call(order_reference="R1", lines=[line(mug, 1, key)], **more)


def test_a_word_that_is_missing_is_refused_before_anything_is_written():
    mug = make_one(5)
    calls: list[Any] = [
        partial(stock.reserve, order_reference="", lines=[line(mug, 1)], expires_at=SOON),
        partial(stock.commit, order_reference="", lines=[line(mug, 1)]),
        partial(stock.release, order_reference=""),
        partial(stock.expire, order_reference=""),
        partial(stock.restock, order_reference="", key="re_1"),
        partial(stock.restock, order_reference="R1", key=""),
        partial(stock.receive, row=row(mug), quantity=1, key=""),
        partial(stock.adjust, row=row(mug), expected=5, new=4, key="", reason="counted"),
        partial(stock.adjust, row=row(mug), expected=5, new=4, key="c1", reason=""),
    ]

    for call in calls:
        with pytest.raises(ValueError, match="is missing"):
            call()

    assert not StockMovement.objects.exists()
