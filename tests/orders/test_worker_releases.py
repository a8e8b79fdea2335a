"""The worker gives back overdue stock after its passes, and nothing that fails there stops it."""

from __future__ import annotations

from collections.abc import Callable
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.db import OperationalError

from revenue_intel.exceptions import GatewayUnreachableError, PaymentRefusedError
from revenue_intel.management.commands import revenue_process_events as command
from revenue_intel.orders import expiry
from revenue_intel.orders import services as orders
from revenue_intel.stock.models import StockReservation
from tests.factories import make_order
from tests.host.models import Product

pytestmark = pytest.mark.django_db

BACK = {"success_url": "https://shop.example/ok/", "cancel_url": "https://shop.example/no/"}


def shelf() -> int:
    return Product.objects.get().stock


@pytest.fixture
def overdue(standin, order, later) -> None:
    """Three orders of one piece or two that were never paid, and whose time has come."""
    make_order("R2", [(Product.objects.get(), 1)])
    make_order("R3", [(Product.objects.get(), 1)])
    for reference in ("R1", "R2", "R3"):
        orders.start_payment(reference=reference, **BACK)
    assert shelf() == 1
    later(minutes=80)


def fail(monkeypatch: pytest.MonkeyPatch, error: Exception, *, for_: str) -> list[str]:
    """Let the release of one order fail; return those that were tried."""
    sound: Callable[..., bool] = expiry.release_overdue
    tried = []

    def failing(*, reference: str) -> bool:
        tried.append(reference)
        if reference == for_:
            raise error
        return sound(reference=reference)

    monkeypatch.setattr(expiry, "release_overdue", failing)
    return tried


def test_a_pass_gives_back_what_is_overdue(overdue, process_events):
    process_events()

    assert shelf() == 5
    assert not StockReservation.objects.exists()


def test_what_is_not_overdue_stays_held(standin, order, process_events):
    orders.start_payment(reference="R1", **BACK)

    process_events()

    assert shelf() == 3


def test_a_dry_run_gives_nothing_back(overdue):
    call_command("revenue_process_events", "--dry-run", stdout=StringIO())

    assert shelf() == 1


@pytest.mark.parametrize("error", [ValueError("the host's"), PaymentRefusedError("no")], ids=repr)
def test_an_order_that_fails_is_logged_and_the_others_are_released(
    overdue, process_events, monkeypatch, caplog, error
):
    fail(monkeypatch, error, for_="R2")

    process_events()

    assert list(StockReservation.objects.values_list("order_reference", flat=True)) == ["R2"]
    assert "The overdue stock of order R2 stays held." in caplog.text


@pytest.mark.parametrize("error", [GatewayUnreachableError("away"), OperationalError("away")], ids=repr)
def test_where_stripe_or_the_database_is_away_the_pass_ends_there_and_is_no_failure(
    overdue, process_events, monkeypatch, caplog, error
):
    tried = fail(monkeypatch, error, for_="R1")

    process_events()

    assert tried == ["R1"]
    assert shelf() == 1
    assert "Overdue stock stays held for now: away" in caplog.text


def test_a_watching_worker_asks_once_a_minute(monkeypatch):
    passes = []

    def watch(*, after_pass: Callable[[], None], **_: Any) -> Any:
        for now in (0.0, 1.0, 59.0, 60.0, 61.0):
            monkeypatch.setattr(command.time, "monotonic", lambda now=now: now)
            after_pass()
        return command.Counter()

    monkeypatch.setattr(command.worker, "watch", watch)
    monkeypatch.setattr(command, "release_overdue", lambda stop: passes.append(command.time.monotonic()))

    call_command("revenue_process_events", "--watch", stdout=StringIO())

    assert passes == [0.0, 60.0]
