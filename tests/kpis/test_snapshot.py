"""All numbers of one answer come from one state of the database."""

from __future__ import annotations

import threading
from datetime import date

import pytest
from django.db import connection

from revenue_intel.kpis.questions import Scope
from revenue_intel.kpis.revenue import paid_orders
from revenue_intel.kpis.service import compute
from revenue_intel.kpis.snapshot import one_snapshot
from tests.factories_facts import paid

GBP = Scope(currency="gbp", livemode=False, account="")


@pytest.mark.django_db(transaction=True)
def test_an_order_that_is_paid_meanwhile_is_not_seen():
    if connection.vendor != "postgresql":
        pytest.skip("SQLite lets nobody write meanwhile.")
    paid(10_00, on="2026-03-01")

    with one_snapshot():
        before = paid_orders(GBP).count()
        rival = threading.Thread(target=pay_and_close)
        rival.start()
        rival.join()
        after = paid_orders(GBP).count()

    assert (before, after) == (1, 1)
    assert paid_orders(GBP).count() == 2


def pay_and_close():
    paid(20_00, on="2026-03-01")
    connection.close()


@pytest.mark.django_db(transaction=True)
def test_a_report_is_answered_outside_of_any_transaction():
    paid(10_00, on="2026-03-01")

    assert compute(days=7, as_of=date(2026, 3, 1)).value("revenue") == 10_00
    assert not connection.in_atomic_block


@pytest.mark.django_db
def test_inside_of_a_transaction_the_callers_own_work_is_seen():
    paid(10_00, on="2026-03-01")

    with one_snapshot():
        assert paid_orders(GBP).count() == 1
