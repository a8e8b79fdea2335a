"""A stand-in on a clock that the test moves, a price, a customer, and a subscription between them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from revenue_intel.testing.standin import Standin, Terms
from tests.testing.conftest import SECRET

DAY = 24 * 60 * 60
HOUR = 60 * 60
START = int(datetime(2026, 1, 31, 12, tzinfo=UTC).timestamp())


def day(moment):
    """A moment as a date."""
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%d")


@pytest.fixture
def terms():
    return Terms()


@pytest.fixture
def standin(no_stripe_key_around, terms):
    """A stand-in whose clock begins at noon of 31 January 2026."""
    with Standin(secret=SECRET, clock=lambda: START, terms=terms) as running:
        yield running


@pytest.fixture
def price(sdk):
    """10.00 GBP a month."""
    product = sdk.v1.products.create({"name": "Tea"})
    return sdk.v1.prices.create(
        {
            "product": product.id,
            "currency": "gbp",
            "unit_amount": 1000,
            "recurring": {"interval": "month"},
        }
    )


@pytest.fixture
def ada(sdk):
    return sdk.v1.customers.create({"email": "ada@example.com"})


@pytest.fixture
def subscribe(sdk, ada, price):
    """Begin a subscription to the price, with a card that pays."""

    def begin(**more):
        params = {
            "customer": ada.id,
            "items": [{"price": price.id}],
            "default_payment_method": "pm_card_visa",
        }
        return sdk.v1.subscriptions.create({**params, **more})

    return begin
