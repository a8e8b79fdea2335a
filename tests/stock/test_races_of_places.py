"""A product that lies in several places: many buyers at once have all of it, and not a piece more."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from django.db.models import Sum

from revenue_intel.exceptions import StockOversellError
from revenue_intel.stock import services as stock
from revenue_intel.stock.drift import find_drift
from revenue_intel.stock.models import StockMovement
from tests.factories import make_order, make_product
from tests.host.models import Bin, Order
from tests.shop.test_locations import ShopOfTwoPlaces
from tests.stock.shelves import SOON, reservations
from tests.threads import in_rounds, postgres_only

pytestmark = [postgres_only, pytest.mark.django_db(transaction=True), pytest.mark.slow]

ROUNDS = 200
#: Each time that a buyer is told of a shortage another has bought.
TRIES = 100
BUYERS = 4
#: What lies in the near place and in the far one: six pieces, and each of four buyers wants two of them.
NEAR, FAR = 3, 3


@pytest.fixture(autouse=True)
def orders(settings: Any) -> dict[str, Order]:
    """In every round a product in two places, and four orders of two pieces each."""
    settings.REVENUE_INTEL_SHOP = "tests.shop.test_locations.ShopOfTwoPlaces"
    made = {}
    for number in range(ROUNDS):
        mug = make_product(f"Mug {number}", "1.00", stock=0)
        Bin.objects.bulk_create([Bin(name=mug.name, on_hand=NEAR), Bin(name=mug.name, on_hand=FAR)])
        for buyer in range(BUYERS):
            made[f"R{number}-{buyer}"] = make_order(f"R{number}-{buyer}", [(mug, 2)])
    return made


def buy(order: Order, *, hold: bool) -> str:
    """Buy as a customer does who is told that a place has become short, and tries again while there is enough."""
    shop = ShopOfTwoPlaces()
    for _ in range(TRIES):
        lines = shop.stock_lines(order)
        try:
            if hold:
                stock.reserve(order_reference=order.reference, lines=lines, expires_at=SOON)
                lines = shop.stock_lines(order)
            stock.commit(order_reference=order.reference, lines=lines)
        except StockOversellError:
            places = Bin.objects.filter(name=lines[0].label)
            if places.aggregate(left=Sum("on_hand") - Sum("reserved"))["left"] < 2:
                return "sold out"
        else:
            return "sold"
    raise AssertionError("There was enough, and it could not be had.")


def test_buyers_of_one_product_in_two_places_have_all_of_it_and_no_piece_more(orders):
    turn = [
        lambda number, buyer=buyer: buy(orders[f"R{number}-{buyer}"], hold=buyer % 2 == 0)
        for buyer in range(BUYERS)
    ]

    rounds = in_rounds(*turn, rounds=ROUNDS)

    assert {Counter(answers)["sold"] for answers in rounds} == {(NEAR + FAR) // 2}
    assert set(Bin.objects.values_list("on_hand", "reserved")) == {(0, 0)}
    sold = StockMovement.objects.filter(kind="commit").aggregate(pieces=Sum("pieces"))["pieces"]
    assert sold == ROUNDS * (NEAR + FAR)
    assert (list(find_drift()), reservations()) == ([], {})
