"""Stock that lies in several places: a policy of the adapter's chooses, and the payment takes what was held."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

import pytest
from django.core import checks as django_checks

from revenue_intel import checks
from revenue_intel.exceptions import StockOversellError
from revenue_intel.shop import ModelShop, StockRow
from revenue_intel.stock import selectors
from revenue_intel.stock import services as stock
from revenue_intel.stock.drift import find_drift
from tests.deliveries import deliver, payment_succeeded
from tests.factories import make_order, make_product
from tests.host.models import Bin, Order
from tests.stock.shelves import SOON

pytestmark = pytest.mark.django_db


class ShopOfTwoPlaces(ModelShop):
    """A product lies in the bins of its name: near ones first."""

    order_model = "host.Order"
    stock_field = "on_hand"
    reserved_field = "reserved"

    def allocate(self, line: Any, row: Any) -> Iterable[tuple[Bin, int]]:
        places = list(Bin.objects.filter(name=row.name).order_by("pk"))
        rows = [
            StockRow(model=Bin, pk=place.pk, field="on_hand", reserved_field="reserved") for place in places
        ]
        held = selectors.held_by(order_reference=line.order.reference)
        free = selectors.availability(rows)
        left, chosen = line.quantity, Counter[Bin]()
        for source in (held, free):
            for name, place in zip(free, places, strict=True):
                pieces = min(left, source.get(name, 0))
                chosen[place] += pieces
                left -= pieces
        chosen[places[0]] += left
        return [(place, pieces) for place, pieces in chosen.items() if pieces]


@pytest.fixture(autouse=True)
def shop(settings: Any) -> ShopOfTwoPlaces:
    settings.REVENUE_INTEL_SHOP = f"{__name__}.ShopOfTwoPlaces"
    return ShopOfTwoPlaces()


@pytest.fixture
def places() -> tuple[Bin, Bin]:
    near, far = Bin.objects.create(name="Mug", on_hand=3), Bin.objects.create(name="Mug", on_hand=5)
    return near, far


@pytest.fixture
def order(places: Any) -> Order:
    return make_order("R1", [(make_product("Mug", "10.00", stock=0), 4)])


def counters() -> list[tuple[int, int]]:
    return list(Bin.objects.order_by("pk").values_list("on_hand", "reserved"))


def hold(shop: ShopOfTwoPlaces, order: Order) -> None:
    stock.reserve(order_reference=order.reference, lines=shop.stock_lines(order), expires_at=SOON)


def test_a_line_takes_from_two_places(order):
    deliver(payment_succeeded("R1", 4000))

    order.refresh_from_db()
    assert (order.status, counters()) == ("paid", [(0, 0), (4, 0)])
    assert list(find_drift()) == []


def test_the_payment_takes_where_the_order_holds_whatever_came_in_meanwhile(shop, order, places):
    hold(shop, order)
    assert counters() == [(3, 3), (5, 1)]
    stock.receive(
        row=StockRow(model=Bin, pk=places[0].pk, field="on_hand", reserved_field="reserved"),
        quantity=9,
        key="d1",
    )

    deliver(payment_succeeded("R1", 4000))

    assert counters() == [(9, 0), (4, 0)]
    assert selectors.held_by(order_reference="R1") == {}


def test_what_is_in_no_place_is_short(shop, order):
    Bin.objects.update(on_hand=1)

    with pytest.raises(StockOversellError):
        hold(shop, order)

    assert counters() == [(1, 0), (1, 0)]


def test_the_system_checks_ask_nothing_of_products_that_are_not_counted():
    assert django_checks.run_checks(tags=[checks.TAG]) == []
