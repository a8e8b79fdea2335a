"""Drilling down into subscriptions and stock: items, movements, trials and stock rows add up to the value."""

from __future__ import annotations

from datetime import date

import pytest

from revenue_intel.exceptions import InvalidWindowError
from revenue_intel.kit import clock
from revenue_intel.kpis.explanations import explain, made_of
from revenue_intel.kpis.inventory_service import compute_inventory
from revenue_intel.kpis.mrr import DiscountPolicy
from revenue_intel.kpis.part_stock import STOCK
from revenue_intel.kpis.part_subscriptions import MADE_OF, SUBSCRIPTIONS
from revenue_intel.kpis.registry import KPIS
from revenue_intel.kpis.subscription_service import compute_subscriptions
from revenue_intel.stock import services as stock
from revenue_intel.testing import subscriptions
from tests.billing import DAY, MARCH, item, subscribed
from tests.factories_users import client_of
from tests.kpis.test_inventory import came_in, on, sold
from tests.kpis.test_known_at import LATER, TOLD
from tests.kpis.test_subscription_kpis import number, tell
from tests.kpis.test_tables_known_at import deliver
from tests.stock import shelves

pytestmark = pytest.mark.django_db
AS_OF = date(2026, 3, 30)
FEBRUARY = MARCH - 20 * DAY


@pytest.fixture
def month():
    """All that can become of a subscription, and all that cannot be counted."""
    tell(
        *(number(n, at=FEBRUARY) for n in range(1, 5)),
        number(6, at=FEBRUARY - 9 * DAY),
        number(6, "deleted", at=FEBRUARY),
        number(1, "updated", item(1500), item(250, 2)),
        number(2, "updated", item(400)),
        number(3, "deleted"),
        number(5, "created", item(700), item(500, None, usage_type="metered"), discounts=["di_1"]),
        subscribed("created", item(300), at=MARCH + 2 * DAY, subscription="sub_7", customer="cus_6"),
        number(8, "created", item(900), has_more=True),
        number(9, pause_collection={"behavior": "void", "resumes_at": None}),
        number(10, at=MARCH + DAY, status="trialing"),
        number(10, "updated", at=MARCH + 8 * DAY),
        number(11, at=MARCH + DAY, status="trialing"),
    )


@pytest.mark.usefixtures("month")
@pytest.mark.parametrize("slug", SUBSCRIPTIONS)
def test_the_parts_of_a_kpi_of_subscriptions_add_up_to_the_value(slug):
    found = explain(slug, days=30, as_of=AS_OF)

    assert found.value == compute_subscriptions(days=30, as_of=AS_OF).value(slug)
    assert sum(part.value for part in found.parts) == found.value
    assert found.count == len(found.parts) > 0


@pytest.mark.usefixtures("month")
def test_mrr_is_made_of_items_and_each_is_named():
    parts = explain("mrr", days=30, as_of=AS_OF).parts

    of_first = sorted(
        (part.value, part.kind, part.id.partition("/")[0]) for part in parts if "sub_1/" in part.id
    )
    assert of_first == [(500, "subscription_item", "sub_1"), (1500, "subscription_item", "sub_1")]


def test_the_policy_for_discounts_is_that_of_the_value():
    coupon = subscriptions.coupon(id="HALF", percent_off=50, duration="repeating")
    tell(number(1, discounts=[subscriptions.discount(id="di_1", coupon=coupon, end=MARCH + 300 * DAY)]))

    assert explain("mrr", days=30, as_of=AS_OF).value == 10_00
    assert explain("mrr", days=30, as_of=AS_OF, policy=DiscountPolicy.ALL_ACTIVE).value == 5_00
    answer = client_of("analyst").get(
        "/api/v1/kpis/mrr/parts/", {"as_of": "2026-03-30", "discount_policy": "all_active"}
    )
    assert answer.json()["data"]["value"] == 5_00


@pytest.mark.parametrize("slug", MADE_OF)
def test_a_kpi_that_is_worked_out_from_others_names_them(slug):
    assert KPIS[slug].of_subscriptions
    assert {*made_of(slug)} <= {*SUBSCRIPTIONS}
    with pytest.raises(InvalidWindowError, match=f"ask for the parts of {made_of(slug)[0]}"):
        explain(slug, days=30, as_of=AS_OF)


@pytest.mark.parametrize("slug", STOCK)
def test_the_parts_of_a_kpi_of_stock_are_rows_that_add_up_to_the_value(slug):
    mug, pen = shelves.make_one(6), shelves.make_two(1)
    came_in(mug, 4, "d0", when="2026-02-20")
    sold(mug, 3, "R1", when="2026-03-06")
    came_in(pen, 5, "d1", when="2026-03-10")
    sold(pen, 6, "R2", when="2026-03-11")
    with on("2026-03-12"):
        stock.restock(order_reference="R1", key="re_1")
        stock.adjust(row=shelves.row(mug), expected=10, new=9, key="c1", reason="count")

    found = explain(slug, days=30, as_of=AS_OF)

    assert found.value == compute_inventory(days=30, as_of=AS_OF).value(slug)
    assert sum(part.value for part in found.parts) == found.value
    assert {part.kind for part in found.parts} == {"stock_row"}


def test_parts_of_subscriptions_are_named_again_as_they_were_known(monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: TOLD)
    deliver(number(1, at=FEBRUARY))
    before = explain("mrr", days=30, as_of=AS_OF).parts
    monkeypatch.setattr(clock, "now", lambda: LATER)
    deliver(number(1, "updated", item(1500), at=MARCH))
    deliver(number(2, at=FEBRUARY))

    assert explain("mrr", days=30, as_of=AS_OF, known_at=TOLD).parts == before
    assert explain("mrr", days=30, as_of=AS_OF).value == 25_00
