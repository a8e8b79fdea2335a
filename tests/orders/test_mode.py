"""Test money and live money never settle the same orders, even where the setting has been forgotten."""

from __future__ import annotations

import pytest

from revenue_intel.conf import settings as conf
from revenue_intel.facts.models import OrderFact
from revenue_intel.issues.models import Issue
from tests.deliveries import PAID_AT, deliver, payment_succeeded
from tests.factories import make_order, make_product

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("prefix", ["sk", "rk"])
@pytest.mark.parametrize("live", [True, False], ids=["live key", "test key"])
def test_without_the_setting_only_money_of_the_keys_mode_settles_orders(settings, live, prefix):
    settings.REVENUE_INTEL_LIVEMODE = None
    settings.REVENUE_INTEL_STRIPE_SECRET_KEY = f"{prefix}_{'live' if live else 'test'}_x"
    make_order("R1", [(make_product("Mug", "9.50", stock=5), 2)])

    deliver(payment_succeeded("R1", 1900, intent="pi_other", livemode=not live))

    assert not OrderFact.objects.exists()
    assert list(Issue.objects.values_list("kind", "subject")) == [("payment_mismatch", "pi_other")]

    deliver(payment_succeeded("R1", 1900, intent="pi_own", livemode=live, at=PAID_AT + 60))

    assert OrderFact.objects.get().livemode is live
    assert not Issue.objects.filter(kind="order_paid_twice").exists()


@pytest.mark.parametrize(
    ("livemode", "key", "taken"),
    [
        (None, "", None),
        (None, None, None),
        (None, "whatever", None),
        (None, "sk_test_x", False),
        (None, "sk_live_x", True),
        (False, "", False),
        (True, "sk_test_x", True),
    ],
)
def test_the_setting_comes_before_the_key(settings, livemode, key, taken):
    settings.REVENUE_INTEL_LIVEMODE = livemode
    settings.REVENUE_INTEL_STRIPE_SECRET_KEY = key

    assert conf.find_livemode() is taken
