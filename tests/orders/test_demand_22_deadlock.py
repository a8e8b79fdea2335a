"""Demand 22: two orders with the same products in opposite order deadlocked, six times of six.

Now: rows are locked in one order whatever the lines say, and whoever deadlocks with somebody else is run again.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from django.db import connection, transaction

from revenue_intel.stock.drift import find_drift
from revenue_intel.webhooks.models import EventFailure
from tests.deliveries import deliver, payment_succeeded
from tests.factories import make_order, make_product, make_variant
from tests.host.models import Order, Product, Variant
from tests.threads import hold_for_a_moment, in_rounds, on_a_connection_of_its_own, postgres_only

pytestmark = [postgres_only, pytest.mark.django_db(transaction=True)]

ROUNDS = 50


def tell(reference: str, amount: int) -> tuple[int, str]:
    answer = deliver(payment_succeeded(reference, amount, intent=f"pi_{reference}"))
    return answer.status_code, answer.json()["outcome"]


@pytest.mark.usefixtures("rows_by_key")
def test_22_two_orders_that_name_the_same_products_in_opposite_order_never_deadlock(caplog):
    mug, pen, cup = (make_product(name, "1.00", stock=1000) for name in ("Mug", "Pen", "Cup"))
    large = make_variant(mug, "Large", "1.00", stock=1000)
    lines = [(mug, 1), (large, 1), (pen, 1), (cup, 1)]
    for number in range(ROUNDS):
        make_order(f"A{number}", lines, email=f"a{number}@example.com")
        make_order(f"B{number}", lines[::-1], email=f"b{number}@example.com")

    answers = in_rounds(
        lambda n: tell(f"A{n}", 400),
        lambda n: tell(f"B{n}", 400),
        lambda _n: hold_for_a_moment(pen),  # the row in the middle: each has locked its first one by then
        rounds=ROUNDS,
    )

    assert set(answers) == {((200, "applied"), (200, "applied"), None)}
    assert set(Order.objects.values_list("status", flat=True)) == {"paid"}
    for model in (Product, Variant):
        assert set(model.objects.values_list("stock", flat=True)) == {1000 - 2 * ROUNDS}
    assert not EventFailure.objects.exists()
    assert "lost a race" not in caplog.text  # not even one that was run again


def test_22_a_deadlock_with_a_transaction_of_the_hosts_is_run_again(caplog):
    caplog.set_level(logging.WARNING)
    mug, pen = make_product("Mug", "1.00", stock=5), make_product("Pen", "1.00", stock=5)
    make_order("R1", [(mug, 1), (pen, 1)])

    def lock_backwards() -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(
                "SET LOCAL deadlock_timeout = '30s'"
            )  # so that it is never the host's that is ended
            Product.objects.select_for_update().get(pk=pen.pk)
            wait_until(somebody_waits)
            Product.objects.select_for_update().get(pk=mug.pk)

    def pay_when_locked() -> Any:
        wait_until(partial(is_locked, pen))
        return tell("R1", 200)

    done = on_a_connection_of_its_own(lock_backwards, pay_when_locked)

    assert done == [None, (200, "applied")]
    assert "deadlock detected" in caplog.text
    assert set(Product.objects.values_list("stock", flat=True)) == {4}
    assert list(find_drift()) == []


def wait_until(is_so: Callable[[], bool]) -> None:
    for _ in range(500):
        if is_so():
            return
        time.sleep(0.01)
    raise AssertionError("It never was.")


def somebody_waits() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
        return bool(cursor.fetchone()[0])


def is_locked(product: Product) -> bool:
    with transaction.atomic():
        return not list(Product.objects.select_for_update(skip_locked=True).filter(pk=product.pk))
