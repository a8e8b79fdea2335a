"""Two late orders of one person, told at the same time: whoever is second sees the first, and no day stays wrong."""

from __future__ import annotations

import threading
from datetime import UTC, date, datetime
from functools import partial

import pytest
from django.db import transaction

from revenue_intel.facts import services as facts
from revenue_intel.facts.models import OrderFact
from revenue_intel.kpis.rollups import build, find_stretches
from revenue_intel.kpis.service import compute
from revenue_intel.shop.records import OrderRecord
from tests.threads import on_a_connection_of_its_own, postgres_only

pytestmark = pytest.mark.django_db(transaction=True)

LAST = date(2026, 3, 7)


def tell(day, *, meanwhile=None):
    at = datetime(2026, 3, day, 12, tzinfo=UTC)
    with transaction.atomic():
        facts.record_order(
            OrderRecord(
                reference=f"R{day}",
                currency="gbp",
                total_minor=100,
                created_at=at,
                lines=(),
                email="ada@example.com",
            ),
            fact=None,
            livemode=False,
            paid_at=at,
        )
        if meanwhile is not None:
            meanwhile()


def rollup():
    for stretch in find_stretches(last=LAST):
        build(stretch)


@postgres_only
def test_the_second_order_is_worked_out_with_the_first():
    tell(1)
    rollup()
    first_is_told, may_end = threading.Event(), threading.Event()

    def earlier():
        def hold():
            first_is_told.set()
            may_end.wait(10)

        tell(3, meanwhile=hold)

    def later():
        assert first_is_told.wait(10)
        rival = threading.Timer(0.5, may_end.set)  # it waits for the person until the first has ended
        rival.start()
        tell(5)
        rollup()

    assert on_a_connection_of_its_own(earlier, later) == [None, None]
    rollup()

    report = compute(days=7, as_of=LAST)
    assert OrderFact.objects.count() == 3
    assert report.completeness.dirty_days == ()
    assert (report.value("unique_customers"), report.value("repeat_customers")) == (1, 1)


@postgres_only
def test_a_day_worked_out_between_is_marked_by_the_later_commit():
    tell(1)
    rollup()

    tell(3, meanwhile=partial(on_a_connection_of_its_own, rollup))

    assert compute(days=7, as_of=LAST).completeness.dirty_days == (date(2026, 3, 3),)
    assert compute(days=7, as_of=LAST).value("orders") == 2
