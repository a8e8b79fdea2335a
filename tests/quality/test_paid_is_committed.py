"""A paid order whose line took nothing from stock is found, and one that took all it wants is not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from revenue_intel.facts.models import OrderFact
from revenue_intel.kit import clock
from revenue_intel.quality.base import Finding
from revenue_intel.quality.checks.stock import PAID_IS_COMMITTED
from tests.deliveries import PAID_AT, deliver, payment_succeeded
from tests.factories import make_order, make_product
from tests.host.models import Order

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def soon_after(monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    settings.REVENUE_INTEL_STRIPE_WEBHOOK_TOLERANCE_SECONDS = 10**9  # what is signed is signed today
    now = datetime.fromtimestamp(PAID_AT, UTC) + timedelta(days=2)
    monkeypatch.setattr(clock, "now", lambda: now)


@pytest.fixture
def order() -> Order:
    book = make_product("Book", "1.00", stock=0, is_preorder=True)
    order = make_order("R1", [(make_product("Mug", "10.00"), 2), (book, 1)])
    deliver(payment_succeeded("R1", 2100))
    return order


def findings() -> list[Finding]:
    return list(PAID_IS_COMMITTED.run())


def add_line(order: Order) -> str:
    """Let the host add a line to an order that is paid, which takes nothing; return its key."""
    pen = make_product("Pen", "1.00")
    line = order.lines.create(product=pen, name="Pen", quantity=1, unit_price=1, amount=1)
    fact = OrderFact.objects.get()
    fact.lines.create(
        line_key=str(line.pk), product_key=str(pen.pk), quantity=1, unit_amount_minor=100, amount_minor=100
    )
    return str(line.pk)


def test_an_order_that_took_what_it_wants_is_sound(order):
    assert findings() == []


def test_a_line_that_took_nothing_is_named(order):
    key = add_line(order)

    assert [finding.subject for finding in findings()] == [f"R1:{key}"]


def test_an_order_that_could_not_be_filled_is_known_already():
    make_order("R2", [(make_product("Mug", "10.00", stock=0), 2)])
    deliver(payment_succeeded("R2", 2000))

    assert findings() == []


def test_an_order_that_is_old_or_gone_from_the_shop_is_no_finding(order, settings, monkeypatch):
    add_line(order)
    settings.REVENUE_INTEL_SHOP = ""
    assert findings() == []
    settings.REVENUE_INTEL_SHOP = "tests.host.revenue.Shop"

    later = clock.now() + timedelta(days=32)
    with monkeypatch.context() as patch:
        patch.setattr(clock, "now", lambda: later)
        assert findings() == []

    Order.objects.all().delete()
    assert findings() == []
