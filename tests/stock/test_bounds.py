"""What no counter can hold is refused in words before anything is written; an empty counter is as good as gone."""

from __future__ import annotations

from functools import partial
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection, models
from django.db.backends.base.operations import BaseDatabaseOperations

from revenue_intel.exceptions import StockOversellError
from revenue_intel.facts.models import LedgerEntry
from revenue_intel.shop import ModelShop, StockLine
from revenue_intel.stock import counting, locks
from revenue_intel.stock import services as stock
from revenue_intel.stock.models import StockMovement
from revenue_intel.stock.rows import limit_of, row_of
from tests.deliveries import deliver, payment_succeeded
from tests.factories import make_order
from tests.host.models import Bin
from tests.stock.shelves import SOON, holds, line, make_one, make_two, row
from tests.threads import postgres_only

pytestmark = pytest.mark.django_db

MOST = 2**31 - 1
both_kinds_of_host = pytest.mark.parametrize("make", [make_one, make_two], ids=["one field", "two fields"])


@pytest.fixture(params=["past save()", "by save()"])
def way(request, settings) -> str:
    """Write past the model's ``save()``, and by it."""
    if request.param == "by save()":
        settings.REVENUE_INTEL_SHOP = f"{__name__}.SavingShop"
    return str(request.param)


class SavingShop(ModelShop):
    order_model = "host.Order"
    stock_uses_save = True


class ShopOfMinusOne(ModelShop):
    order_model = "host.Order"

    def stock_lines(self, order: Any) -> list[StockLine]:
        return [StockLine(**{**vars(each), "quantity": -1}) for each in super().stock_lines(order)]


def fill(shelf: Any, counter: int) -> None:
    type(shelf).objects.filter(pk=shelf.pk).update(**{row(shelf).field: counter})


@both_kinds_of_host
def test_the_last_piece_that_fits_fits_and_the_next_is_refused(make, way):
    mug = make(MOST - 1)
    stock.receive(row=row(mug), quantity=1, key="d1")

    with pytest.raises(ValueError, match=f"holds {MOST} and cannot hold 1 more"):
        stock.receive(row=row(mug), quantity=1, key="d2")

    assert holds(mug)[0] == MOST
    assert StockMovement.objects.filter(kind="receive").count() == 1


@both_kinds_of_host
def test_what_does_not_fit_back_is_not_put_back(make, way):
    mug = make(5)
    stock.commit(order_reference="R1", lines=[line(mug, 3)])
    fill(mug, MOST - 2)

    with pytest.raises(ValueError, match="cannot hold 3 more"):
        stock.restock(order_reference="R1", key="re_1")

    mug.refresh_from_db()
    assert getattr(mug, row(mug).field) == MOST - 2
    assert not StockMovement.objects.filter(kind="restock").exists()


def test_where_one_of_two_rows_is_full_neither_is_given_anything(way):
    mug, pen = make_one(5, "Mug"), make_one(5, "Pen")
    stock.commit(order_reference="R1", lines=[line(mug, 1, "1"), line(pen, 1, "2")])
    fill(pen, MOST)

    with pytest.raises(ValueError, match="cannot hold 1 more"):
        stock.restock(order_reference="R1", key="re_1")

    assert holds(mug) == (4, 0)


@pytest.mark.parametrize("new", [-1, MOST + 1, 2**63, 1.5, True, None])
def test_a_count_that_no_field_can_hold_is_refused(new):
    mug = make_one(5)

    with pytest.raises(ValueError, match=r"cannot hold|no number of pieces"):
        stock.adjust(row=row(mug), expected=5, new=new, key="c1", reason="counted")

    assert (holds(mug), StockMovement.objects.count()) == ((5, 0), 0)


def test_a_counter_is_not_restored_to_less_than_nothing():
    mug = make_one(5)
    stock.commit(order_reference="R1", lines=[line(mug, 5)])
    name = dict(zip(("model", "row", "field"), row_of(row(mug)), strict=True))
    StockMovement.objects.create(key="planted", kind="commit", quantity=-4, recorded_at=SOON, **name)

    with pytest.raises(ValueError, match="cannot hold -4"):
        counting.restore(row=row(mug), ledger_row=row_of(row(mug)), expected=0, key="r1")

    mug.refresh_from_db()
    assert mug.stock == 0


@pytest.mark.parametrize(
    "field",
    [models.SmallIntegerField, models.PositiveSmallIntegerField, models.PositiveIntegerField, models.BigIntegerField],
)  # fmt: skip
def test_a_fields_type_says_the_most_it_can_hold(field):
    host: Any = SimpleNamespace(_meta=SimpleNamespace(get_field=lambda _name: field()))

    assert limit_of(host, "pieces") == BaseDatabaseOperations.integer_field_ranges[field.__name__][1]


@pytest.mark.parametrize("empty", ["on_hand", "reserved"])
def test_a_row_whose_counter_is_empty_has_nothing_to_sell(empty, monkeypatch):
    shelf = make_two(5)
    wanted = line(shelf, 1)
    locked = locks.lock_rows([wanted])
    for instance in locked.values():
        setattr(instance, empty, None)

    assert locks.read_counters([wanted], locked) == {}


@postgres_only
@pytest.mark.parametrize("empty", ["on_hand", "reserved"])
def test_nothing_is_taken_of_a_row_whose_counter_is_empty(empty):
    shelf = make_two(5)
    stock.commit(order_reference="R1", lines=[line(shelf, 1)])
    with connection.cursor() as cursor:  # undone with the test's transaction
        cursor.execute(f"ALTER TABLE host_bin ALTER COLUMN {empty} DROP NOT NULL")
        cursor.execute(f"UPDATE host_bin SET {empty} = NULL")  # noqa: S608 - one of two names

    for call in (partial(stock.reserve, expires_at=SOON), stock.commit):
        with pytest.raises(StockOversellError):
            call(order_reference="R2", lines=[line(shelf, 1)])

    assert StockMovement.objects.filter(order_reference="R2").count() == 0


def test_an_order_that_wants_what_is_no_number_of_pieces_is_paid_and_cannot_be_filled(settings):
    settings.REVENUE_INTEL_SHOP = f"{__name__}.ShopOfMinusOne"
    mug = make_one(5)
    order = make_order("R1", [(mug, 1)])

    answer = deliver(payment_succeeded("R1", 1000))

    order.refresh_from_db()
    assert answer.json() == {"outcome": "applied"}
    assert (order.status, holds(mug)) == ("paid_unfulfillable", (5, 0))
    assert LedgerEntry.objects.get().amount_minor == 1000


@both_kinds_of_host
def test_pieces_that_only_add_up_to_too_many_are_short_and_nothing_is_held(make):
    mug = make(5)
    many = [line(mug, MOST, str(number)) for number in range(3)]

    for call in (partial(stock.reserve, expires_at=SOON), stock.commit):
        with pytest.raises(StockOversellError) as caught:
            call(order_reference="R1", lines=many)

    assert caught.value.short[0].wanted == 3 * MOST
    assert (holds(mug), Bin.objects.filter(reserved__gt=0).count()) == ((5, 0), 0)
