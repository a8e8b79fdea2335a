"""The checks of the stock: red when a counter is below zero or is not what its movements say."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connection

from revenue_intel.quality.checks.stock import DRIFT, NEGATIVE
from revenue_intel.stock.models import StockMovement
from tests.factories import make_product
from tests.host.models import Product

pytestmark = pytest.mark.django_db


def move(row: Any, quantity: int, *, model: str = "host.Product", field: str = "stock") -> None:
    StockMovement.objects.create(
        key=f"test:{StockMovement.objects.count()}",
        kind="opening",
        model=model,
        row=str(row),
        field=field,
        quantity=quantity,
        recorded_at=datetime(2026, 3, 1, tzinfo=UTC),
    )


def set_stock(product: Product, stock: int) -> None:
    """Write past every guard of the host's, as a hand in the database would."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("PRAGMA ignore_check_constraints = ON")
        else:
            cursor.execute("ALTER TABLE host_product DROP CONSTRAINT IF EXISTS host_product_stock_check")
        cursor.execute("UPDATE host_product SET stock = %s WHERE id = %s", [stock, product.pk])
        if connection.vendor == "sqlite":
            cursor.execute("PRAGMA ignore_check_constraints = OFF")


def test_a_counter_that_its_movements_add_up_to_is_sound():
    product = make_product(stock=3)
    move(product.pk, 5)
    move(product.pk, -2)

    assert list(DRIFT.run()) == []
    assert list(NEGATIVE.run()) == []


def test_a_counter_that_somebody_changed_is_adrift():
    product = make_product(stock=3)
    move(product.pk, 5)

    (finding,) = DRIFT.run()

    assert finding.subject == f"host.Product:{product.pk}:stock"
    assert finding.detail == {"counter": 3, "movements": 5, "drift": -2}


def test_each_row_is_compared_with_its_own_movements():
    low, high = make_product(stock=1), make_product(stock=9)
    move(low.pk, 9)
    move(high.pk, 1)

    assert len(list(DRIFT.run())) == 2


def test_more_rows_than_a_batch_are_all_compared(monkeypatch):
    monkeypatch.setattr("revenue_intel.stock.drift.BATCH", 2)
    products = [make_product(stock=1) for _ in range(5)]
    for product in products:
        move(product.pk, 2)

    assert len(list(DRIFT.run())) == 5


def test_a_stock_below_zero_is_a_finding_even_in_a_row_without_movements():
    sound, oversold = make_product(stock=3), make_product(stock=0)
    move(sound.pk, 3)
    set_stock(oversold, -1)

    (finding,) = NEGATIVE.run()

    assert finding.subject == f"host.Product:{oversold.pk}:stock"
    assert finding.detail == {"counter": -1}


@pytest.mark.parametrize(
    ("row", "model", "field"),
    [
        ("4711", "host.Product", "stock"),
        ("not-a-key", "host.Product", "stock"),
        ("1", "host.Gone", "stock"),
        ("1", "gone", "stock"),
        ("1", "host.Product", "gone"),
    ],
    ids=["row", "type of key", "model", "app", "field"],
)
def test_what_is_gone_from_the_shop_is_no_finding(row, model, field):
    move(row, 5, model=model, field=field)

    assert list(DRIFT.run()) == []
    assert list(NEGATIVE.run()) == []
