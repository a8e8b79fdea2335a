"""Where Stripe is busy a comparison waits, where it is away it breaks off, and the next one goes on where it stood."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from revenue_intel.webhooks import reconcile
from revenue_intel.webhooks.models import EventWatermark, StripeEvent
from tests.webhooks.stripe_list import DAY, happen, run

pytestmark = pytest.mark.django_db(transaction=True)


def test_too_many_requests_are_waited_for_as_long_as_stripe_says(stripe, waits):
    happen(stripe, 1)
    stripe.instead = [(429, {"Retry-After": "7"}), (429, {}), (429, {"Retry-After": "86400"}), None]

    code, report = run()

    assert (code, len(report["gaps"])) == (3, 1)
    assert (waits[0], waits[2]) == (7, reconcile.LONGEST_WAIT_SECONDS)
    assert 2 <= waits[1] <= 4


@pytest.mark.parametrize("said", ["soon", "-5", "1e9", "nan", "٣", ""])
def test_an_odd_retry_after_is_ignored(stripe, waits, said):
    stripe.instead = [(429, {"Retry-After": said.encode().decode("latin-1")})]

    assert run()[0] == 0

    assert 1 <= waits[0] <= 2


def test_where_stripe_stays_too_busy_the_run_breaks_off(stripe, waits):
    stripe.instead = [(429, {})] * 100

    code, report = run()

    assert (code, report["error"]) == (1, "Stripe asks to be called less often.")
    assert len(waits) == reconcile.TRIES - 1


def test_after_a_break_in_the_middle_the_next_run_goes_on_from_the_watermark(stripe, waits):
    happen(stripe, 5, age=DAY, step=4 * DAY)
    stripe.instead = [None] * 20 + [(401, {})]

    code, report = run()

    assert (code, len(report["gaps"])) == (1, 2)
    assert "AuthenticationError" in report["error"]
    mark = EventWatermark.objects.get()
    assert mark.checked_until == datetime.fromisoformat(report["since"]).replace(
        microsecond=mark.checked_until.microsecond
    ) + timedelta(days=20)
    stripe.asked.clear()

    code, report = run()

    assert (code, len(report["gaps"])) == (3, 3)
    assert len(stripe.asked) == 11
    assert StripeEvent.objects.count() == 5


def test_without_a_key_or_a_stripe_it_says_so(stripe, settings):
    settings.REVENUE_INTEL_STRIPE_SECRET_KEY = ""
    assert run()[1]["error"].startswith("REVENUE_INTEL_STRIPE_SECRET_KEY is empty")

    settings.REVENUE_INTEL_STRIPE_SECRET_KEY = "sk_test_x"
    settings.REVENUE_INTEL_STRIPE_API_BASE = "http://127.0.0.1:9"
    code, report = run()
    assert (code, "APIConnectionError" in report["error"]) == (1, True)
