"""What settling a payment costs, in messages to the database: a number that only goes down."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.deliveries import deliver, payment_succeeded, refund_event
from tests.factories import make_order, make_product
from tests.handlers.samples import charge
from tests.host.models import Product

pytestmark = pytest.mark.django_db


def statements_of(event) -> int:
    with CaptureQueriesContext(
        connection,
    ) as captured:
        assert deliver(event).json() == {"outcome": "applied"}
    plain = [each["sql"] for each in captured if not each["sql"].startswith(("SAVEPOINT", "RELEASE"))]
    return len(plain)


@pytest.fixture(autouse=True)
def order():
    make_order("R0", [(make_product("Pen", "1.00", stock=3), 1)])
    deliver(payment_succeeded("R0", 100, intent="pi_0"))  # what is cached once is cached now
    return make_order("R1", [(make_product("Mug", "9.50", stock=3), 2)])


#: On PostgreSQL stock is taken in one statement, by a product's first order in three. ``BEGIN`` and ``COMMIT`` come to it.
MOST = {"postgresql": 11, "sqlite": 21}


def test_a_payment_is_settled_in_this_many_statements():
    assert statements_of(payment_succeeded("R1", 1900)) <= MOST[connection.vendor]


def test_a_payment_of_today_by_somebody_new_for_a_product_that_was_sold_before_takes_hardly_more():
    pen = Product.objects.get(name="Pen")
    make_order("R2", [(pen, 1)], email="new@example.com")
    now = int(timezone.now().timestamp())
    most = {"postgresql": 7, "sqlite": 21}
    assert statements_of(payment_succeeded("R2", 100, intent="pi_2", at=now)) <= most[connection.vendor]


def test_a_charge_of_a_payment_costs_hardly_any():
    assert statements_of(charge("succeeded")) <= 3


def test_a_refund_of_a_part_is_recorded_in_this_many_statements():
    deliver(payment_succeeded("R1", 1900))
    most = {"postgresql": 10, "sqlite": 21}
    assert statements_of(refund_event("created", 500)) <= most[connection.vendor]
