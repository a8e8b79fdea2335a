"""``revenue_backfill``: a part, a dry run, a comparison; and what cannot be read is named."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.management import CommandError

from revenue_intel.exceptions import ConfigurationError
from revenue_intel.facts.models import OrderFact
from revenue_intel.orders import services as orders
from tests.host.models import Order
from tests.orders.old_orders import BEFORE, NAMED, STRIPES, Shop, command, everything, old_order

pytestmark = pytest.mark.django_db


@pytest.fixture
def names(settings):
    settings.REVENUE_INTEL_SHOP = "tests.orders.old_orders.NamingShop"
    NAMED.clear()
    return NAMED


@pytest.mark.parametrize("odd", ["cs_test_1", "pi_1; DROP TABLE", "pi_" + "x" * 300, "\u00a0"])
def test_what_is_no_payment_is_named_and_the_other_orders_are_recorded(names, odd):
    names["R1"] = odd
    old_order("R1")
    old_order("R2")

    with pytest.raises(CommandError, match=r"cannot be read: R1: .* is no id of a PaymentIntent"):
        command()

    assert [fact.reference for fact in OrderFact.objects.all()] == ["R2"]


def test_only_what_was_paid_within_the_two_instants_is_recorded():
    for number in range(4):
        old_order(f"R{number}", at=BEFORE + timedelta(days=number))

    said = command("--since", "2025-11-04", "--until", "2025-11-06")

    assert sorted(fact.reference for fact in OrderFact.objects.all()) == ["R1", "R2"]
    assert "2 orders recorded, 0 were known." in said


def test_a_dry_run_writes_nothing_and_says_what_it_would_do():
    old_order("R1")
    before = everything()

    said = command("--dry-run")

    assert everything() == before
    assert "1 orders would be recorded, 0 are known. Nothing was changed." in said
    assert "gbp: the shop has 1 paid orders over 19.00, here are 0 over 0.00" in said


def test_the_totals_are_compared_by_currency_and_a_difference_is_named_with_exit_1():
    old_order("R1")
    old_order("R2", currency="eur")
    assert "eur: the shop has 1 paid orders over 19.00, here are 1 over 19.00" in command()
    Order.objects.filter(reference="R1").update(total=Decimal("18.00"))
    Order.objects.filter(reference="R2").delete()

    with pytest.raises(CommandError) as error:
        command()

    lines = str(error.value).splitlines()
    assert lines == [
        "The shop and the facts differ.",
        "eur: +1 orders here, over 19.00 more than in the shop",
        "gbp: +0 orders here, over 1.00 more than in the shop",
        "R1: the shop has 1800 gbp, here it is 1900 gbp",
    ]


@pytest.mark.parametrize("size", ["0", "-1", "10001", "x", "1e3", "\u0665"])
def test_a_batch_size_that_is_none_is_refused(size):
    with pytest.raises(CommandError, match="1 to 10000"):
        command("--batch-size", size)


def test_an_adapter_that_cannot_list_paid_orders_says_what_to_write(settings):
    settings.REVENUE_INTEL_SHOP = "tests.orders.old_orders.SilentShop"

    with pytest.raises(CommandError, match=r"SilentShop .* name the field paid_at, or .* paid_orders"):
        command()


def test_without_a_shop_there_is_nothing_to_backfill(settings):
    settings.REVENUE_INTEL_SHOP = ""

    with pytest.raises(ConfigurationError, match="REVENUE_INTEL_SHOP is empty"):
        orders.backfill()


def test_more_orders_than_are_read_at_once_all_come_once(monkeypatch):
    monkeypatch.setattr("revenue_intel.shop.model_shop.ORDERS_AT_ONCE", 2)
    for number in range(7):  # four of them at the same instant
        old_order(f"R{number}", at=BEFORE + timedelta(hours=min(number, 3)))

    told = [paid.order.reference for paid in Shop().paid_orders(since=None, until=STRIPES)]

    assert told == [f"R{number}" for number in range(7)]
