"""The command that applies what waits, a local Stripe, and an order of Ada's."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command

from revenue_intel.kit import clock
from revenue_intel.testing.standin import Standin
from tests.deliveries import SECRET
from tests.factories import make_order, make_product
from tests.host.models import Order
from tests.sdk import need_sdk


@pytest.fixture
def process_events() -> Callable[[], None]:
    """Run ``revenue_process_events``."""

    def run() -> None:
        call_command("revenue_process_events", verbosity=0, stdout=StringIO())

    return run


@pytest.fixture
def standin(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Standin]:
    """A local Stripe that the package talks to, and that posts nothing."""
    need_sdk()
    for name in ("STRIPE_SECRET_KEY", "STRIPE_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    with Standin(secret=SECRET) as running:
        settings.REVENUE_INTEL_STRIPE_API_BASE = running.url
        settings.REVENUE_INTEL_STRIPE_SECRET_KEY = running.api_key
        yield running


@pytest.fixture
def ada() -> User:
    return User.objects.create_user("ada")


@pytest.fixture
def order(ada: User) -> Order:
    return make_order("R1", [(make_product("Mug", "9.50", stock=5), 2)], user=ada)


@pytest.fixture
def dead_stripe(settings: Any) -> None:
    """Nobody listens at Stripe's address."""
    need_sdk()
    with Standin(secret=SECRET) as gone:
        settings.REVENUE_INTEL_STRIPE_API_BASE = gone.url


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch, settings: Any) -> Any:
    """``later(hours=2)``: for us it is later than it is; Stripe's clock goes on as it does."""
    settings.REVENUE_INTEL_STRIPE_WEBHOOK_TOLERANCE_SECONDS = 24 * 3600

    def move(**by: float) -> None:
        at = clock.now() + timedelta(**by)
        monkeypatch.setattr(clock, "now", lambda: at)

    return move
