"""The declarative adapter reads a host's orders exactly, and answers strangers' references with nothing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import ClassVar

import pytest
from django.contrib.auth.models import AnonymousUser, User
from django.utils import timezone

from revenue_intel.exceptions import ConfigurationError, InexactAmountError, UnknownCurrencyError
from revenue_intel.shop import ModelShop, OrderState, find_shop
from tests.factories import make_order, make_product, make_variant
from tests.host.models import Order, OrderLine, Product, Variant
from tests.host.revenue import Shop

pytestmark = pytest.mark.django_db

AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


class ByNumber(ModelShop):
    """A shop whose orders are known by their number."""

    order_model = "host.Order"
    reference = "id"


class Translated(ModelShop):
    order_model = "host.Order"
    statuses: ClassVar = {OrderState.PAID: "bezahlt"}
    updated_at = ""
    line_name = ""
    line_amount = ""
    line_variant = ""
    email = ""
    user = ""


def test_an_order_is_described_in_minor_units():
    shirt = make_product("Shirt", "20.00")
    user = User.objects.create_user("ada")
    order = make_order("R1", [(make_product("Mug", "9.50"), 2), (make_variant(shirt, "Large"), 1)], user=user)

    record = Shop().describe(order)

    assert (record.reference, record.currency, record.total_minor) == ("R1", "gbp", 3900)
    assert (record.email, record.user_id) == ("ada@example.com", str(user.pk))
    assert [(line.product_name, line.quantity, line.amount_minor) for line in record.lines] == [
        ("Mug", 2, 1900),
        ("Shirt, Large", 1, 2000),
    ]
    assert [bool(line.variant_key) for line in record.lines] == [False, True]


def test_what_a_line_costs_less_than_its_pieces_is_its_discount():
    order = make_order("R1", [(make_product("Mug", "9.50"), 2)])
    OrderLine.objects.update(amount=Decimal("15.00"))

    (line,) = Shop().describe(order).lines

    assert (line.unit_amount_minor, line.amount_minor, line.discount_minor) == (950, 1500, 400)


def test_a_shop_that_keeps_minor_units_is_read_as_it_is():
    class Minor(ModelShop):
        order_model = "host.Order"
        money = "minor"

    assert Minor().describe(make_order("R1", total="1900")).total_minor == 1900


@pytest.mark.parametrize("total", ["1900.50", "NaN", None])
def test_minor_units_are_whole_or_refused(total):
    class Minor(ModelShop):
        order_model = "host.Order"
        money = "minor"

    order = make_order("R1")
    order.total = total

    with pytest.raises(InexactAmountError):
        Minor().describe(order)


def test_fields_that_the_host_does_not_have_are_empty():
    order = make_order("R1", [(make_product("Mug", "9.50"), 2)])

    record = Translated().describe(order)

    assert (record.email, record.user_id, record.name) == ("", "", "")
    assert [(line.product_name, line.amount_minor, line.variant_key) for line in record.lines] == [
        ("Mug", 1900, "")
    ]


@pytest.mark.parametrize(
    ("currency", "total", "error"),
    [("jpy", "10.50", InexactAmountError), ("", "10.00", UnknownCurrencyError)],
    ids=["half a yen", "no currency"],
)
def test_an_order_that_makes_no_sense_is_an_error_and_never_rounded(currency, total, error):
    order = make_order("R1", total=total, currency=currency)

    with pytest.raises(error):
        Shop().describe(order)


HOSTILE_REFERENCES = ["R2", "", "\x00", "R1\x00", "\ud800", "R1'; --", "x" * 5000, "9" * 400, "-1", "NaN"]


@pytest.mark.parametrize("reference", HOSTILE_REFERENCES, ids=ascii)
@pytest.mark.parametrize("shop", [Shop(), ByNumber()], ids=["text", "number"])
@pytest.mark.parametrize("lock", [False, True], ids=["read", "locked"])
def test_a_strange_reference_finds_nothing_and_raises_nothing(reference, shop, lock):
    make_order("R1")

    assert shop.find_order(reference, lock=lock) is None
    assert Order.objects.count() == 1  # the transaction is still good


def test_an_order_is_found_by_its_reference():
    order = make_order("R1")

    assert Shop().find_order("R1") == order
    assert ByNumber().find_order(str(order.pk), lock=True) == order


def test_stock_is_the_variants_where_there_is_one():
    shirt = make_product("Shirt", "20.00", is_preorder=True)
    large = make_variant(shirt, "Large")
    mug = make_product("Mug")
    order = make_order("R1", [(large, 1), (mug, 2)])

    lines = Shop().stock_lines(order)

    assert [(line.model, line.pk, line.quantity, line.preorder) for line in lines] == [
        (Variant, large.pk, 1, True),
        (Product, mug.pk, 2, False),
    ]
    assert [line.label for line in lines] == ["Shirt, Large", "Mug"]


def test_a_line_without_a_row_takes_no_stock():
    class Services(ModelShop):
        order_model = "host.Order"
        line_product = "variant"
        line_variant = ""

    order = make_order("R1", [(make_product("Engraving"), 1)])

    assert Services().stock_lines(order) == []


@pytest.mark.parametrize(
    ("state", "paid_at"),
    [(OrderState.PAID, AT), (OrderState.PAID_UNFULFILLABLE, None), (OrderState.CANCELED, None)],
)
def test_a_state_is_written_and_paid_at_only_when_it_is_paid(state, paid_at):
    order = make_order("R1")
    long_ago = timezone.now() - timedelta(days=1)
    Order.objects.update(updated_at=long_ago)

    Shop().write_state(order, state, at=AT)

    order.refresh_from_db()
    assert (order.status, order.paid_at) == (state.value, paid_at)
    assert order.updated_at > long_ago


def test_a_state_is_written_in_the_hosts_words():
    order = make_order("R1")

    Translated().write_state(order, OrderState.PAID, at=AT)

    order.refresh_from_db()
    assert order.status == "bezahlt"


def test_writing_a_state_touches_no_other_field():
    order = make_order("R1")
    Order.objects.update(email="new@example.com")

    Shop().write_state(order, OrderState.PAID, at=AT)

    order.refresh_from_db()
    assert order.email == "new@example.com"


def test_only_the_buyer_may_view_an_order():
    ada, eve = User.objects.create_user("ada"), User.objects.create_user("eve")
    hers, guests = make_order("R1", user=ada), make_order("R2")

    shop = Shop()

    assert shop.may_view(ada, hers)
    assert not shop.may_view(eve, hers)
    assert not shop.may_view(AnonymousUser(), hers)
    assert not shop.may_view(AnonymousUser(), guests)
    assert not shop.may_view(ada, guests)
    assert not Translated().may_view(ada, hers)


def test_changed_orders_come_oldest_change_first():
    for number in (1, 2, 3):
        make_order(f"R{number}", created_at=AT + timedelta(days=number))
    for number, order in enumerate(Order.objects.order_by("-pk"), start=1):
        Order.objects.filter(pk=order.pk).update(updated_at=AT + timedelta(days=number))

    def changed(shop: ModelShop, since: datetime | None) -> list[str]:
        return [order.reference for order in shop.orders_changed_since(since)]

    assert changed(Shop(), None) == ["R3", "R2", "R1"]
    assert changed(Shop(), AT + timedelta(days=2)) == ["R2", "R1"]
    assert changed(Translated(), AT + timedelta(days=2)) == ["R2", "R3"]


def test_the_configured_adapter_is_found():
    assert isinstance(find_shop(), Shop)


def test_without_an_adapter_there_is_none(settings):
    settings.REVENUE_INTEL_SHOP = ""

    assert find_shop() is None


@pytest.mark.parametrize("path", ["nowhere.Shop", "tests.host.models.Order", "tests.host.models.AT", "x"])
def test_a_path_that_is_no_adapter_is_said_in_words(settings, path):
    settings.REVENUE_INTEL_SHOP = path

    with pytest.raises(ConfigurationError, match="REVENUE_INTEL_SHOP"):
        find_shop()
