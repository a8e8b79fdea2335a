"""A handler that fails on demand, and a way to run the command that tries again."""

from __future__ import annotations

from collections.abc import Callable
from io import StringIO

import pytest
from django.core.management import call_command

from revenue_intel.webhooks import registry
from tests.factories import make_product

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
