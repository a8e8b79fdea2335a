"""A handler that fails on demand, a way to run the command that tries again, and a Stripe that lists events."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from io import StringIO

import pytest
from django.core.management import call_command

from revenue_intel.webhooks import reconcile, registry
from tests.factories import make_product
from tests.sdk import need_sdk
from tests.webhooks.stripe_list import StripeList, stripe_list

Fail = Callable[[Exception | None], None]


@pytest.fixture
def fail(monkeypatch: pytest.MonkeyPatch) -> Fail:
    """``fail(error)``: let ``payment_intent.succeeded`` write something and then raise; ``fail(None)``: mend it."""
    sound = registry._handlers["payment_intent.succeeded"]

    def plant(error: Exception | None) -> None:
        def broken(event: registry.Event) -> registry.Result:
            make_product("Written before the error")
            assert error is not None
            raise error

        monkeypatch.setitem(registry._handlers, "payment_intent.succeeded", broken if error else sound)

    return plant


@pytest.fixture
def process_events() -> Callable[..., str]:
    """Run ``revenue_process_events`` and return what it said."""

    def run(*arguments: str) -> str:
        said = StringIO()
        call_command("revenue_process_events", *arguments, verbosity=0, stdout=said)
        return said.getvalue()

    return run


@pytest.fixture
def stripe(settings, monkeypatch) -> Iterator[StripeList]:
    """A list of events at Stripe, which the package asks."""
    need_sdk()
    with stripe_list() as running:
        settings.REVENUE_INTEL_STRIPE_API_BASE = running.url
        yield running


@pytest.fixture
def waits(monkeypatch) -> list[float]:
    """Nobody sleeps; how long they would have is kept."""
    kept: list[float] = []
    monkeypatch.setattr(reconcile.time, "sleep", kept.append)
    return kept
