"""A booking or a dispute that comes late reopens its day."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from revenue_intel.facts.models import DirtyDay
from revenue_intel.kpis.service import compute
from tests.kpis.teller import BEGIN, Teller

pytestmark = pytest.mark.django_db

AS_OF = date(2026, 4, 2)


def value(slug):
    return compute(days=30, as_of=AS_OF).value(slug)


def test_a_booking_without_a_fee_is_seen_after_its_day_was_worked_out():
    teller = Teller()
    teller.sale(BEGIN, 1, "gbp", 10_00)
    teller.reading(None, BEGIN)
    teller.build()

    teller.booking(BEGIN, "charge", 10_70, 0, "gbp")

    assert DirtyDay.objects.filter(cause="balance_transaction").count() == 1
    assert value("net_cash") == 10_70
    teller.build()
    assert value("net_cash") == 10_70


def test_an_inquiry_that_becomes_a_dispute_counts_on_the_day_it_was_opened():
    teller = Teller()
    teller.sale(BEGIN, 1, "gbp", 10_00)
    teller.dispute(BEGIN, 0, "warning_closed")
    teller.build()
    assert value("disputes_opened") == 0

    teller.dispute(BEGIN + timedelta(hours=1), 0, "needs_response")

    assert value("disputes_opened") == 1
