"""An order that makes no sense is not paid: it is said in words which, and nothing is held, asked or charged."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from revenue_intel.exceptions import InexactAmountError, InvalidOrderError, UnknownCurrencyError
from revenue_intel.facts.models import OrderFact
from revenue_intel.orders import checkout
from revenue_intel.orders import services as orders
from revenue_intel.shop import ModelShop, StockLine
from revenue_intel.stock.models import StockMovement, StockReservation
from tests.deliveries import deliver, payment_succeeded
from tests.factories import make_order, make_product
from tests.host.models import Order, OrderLine, Product

pytestmark = pytest.mark.django_db

start = partial(
    orders.start_payment,
    reference="R1",
    success_url="https://shop.example/",
    cancel_url="https://shop.example/",
)
HUGE = 2**63


class StrangeShop(ModelShop):
    """A shop whose order, lines and stock lines are described by what a test puts here."""

    order_model = "host.Order"
    order: dict[str, Any] = {}
    line: dict[str, Any] = {}
    stock: dict[str, Any] = {}

    def describe(self, order: Any) -> Any:
        record = super().describe(order)
        lines = tuple(replace(line, **self.line) for line in record.lines)
        return replace(record, **{"lines": lines, **self.order})

    def stock_lines(self, order: Any) -> list[StockLine]:
        return [replace(line, **self.stock) for line in super().stock_lines(order)]


#: What is described wrongly: the part, the name, the value.
SENSELESS: dict[str, tuple[str, dict[str, Any]]] = {
    "a total below nothing": ("order", {"total_minor": -1900}),
    "a total that no column holds": ("order", {"total_minor": HUGE}),
    "a total of parts of a penny": ("order", {"total_minor": 1900.5}),
    "a total that is no number": ("order", {"total_minor": None}),
    "a total in words": ("order", {"total_minor": "1900"}),
    "a total that is true": ("order", {"total_minor": True}),
    "a penny too much": ("order", {"total_minor": 1901}),
    "a penny too little": ("order", {"total_minor": 1899}),
    "nothing to pay for lines that cost something": ("order", {"total_minor": 0}),
    "no lines for money": ("order", {"lines": ()}),
    "tax that is not in the total": ("order", {"tax_minor": 1}),
    "tax below nothing": ("order", {"tax_minor": -5, "shipping_minor": 5}),
    "shipping below nothing": ("order", {"shipping_minor": -1, "total_minor": 1899}),
    "a discount below nothing": ("order", {"discount_minor": -1}),
    "a line below nothing": ("line", {"amount_minor": -1900}),
    "a line over nothing": ("line", {"amount_minor": 0}),
    "a line that no column holds": ("line", {"amount_minor": HUGE}),
    "a price below nothing": ("line", {"unit_amount_minor": -950}),
    "a price that no column holds": ("line", {"unit_amount_minor": HUGE}),
    "a discount that no column holds": ("line", {"discount_minor": HUGE}),
    "fewer pieces than none": ("line", {"quantity": -2}),
    "more pieces than a counter holds": ("line", {"quantity": 2**31}),
    "parts of a piece": ("line", {"quantity": 0.5}),
    "a quantity that is no number": ("line", {"quantity": None}),
    "stock: fewer pieces than none": ("stock", {"quantity": -2}),
    "stock: more pieces than a counter holds": ("stock", {"quantity": 2**31}),
    "stock: parts of a piece": ("stock", {"quantity": 0.5}),
    "stock: a quantity that is no number": ("stock", {"quantity": None}),
    "stock: a line without end": ("stock", {"line_key": "x" * 101}),
    "stock: a line with a NUL": ("stock", {"line_key": "1\x00"}),
}
senseless = pytest.mark.parametrize(("part", "values"), SENSELESS.values(), ids=list(SENSELESS))


@pytest.fixture
def describe(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, dict[str, Any]], None]:
    """Let the shop describe a part of its order in another way."""

    def change(part: str, values: dict[str, Any]) -> None:
        settings.REVENUE_INTEL_SHOP = f"{__name__}.StrangeShop"
        monkeypatch.setattr(StrangeShop, part, values)

    return change


def assert_nothing_happened(standin: Any) -> None:
    assert Product.objects.get().stock == 5
    assert not any(model.objects.exists() for model in (StockMovement, StockReservation, OrderFact))
    assert (standin.records()["checkout_sessions"], standin.records()["payment_intents"]) == ([], [])


@senseless
@pytest.mark.parametrize("mode", ["checkout", "payment_intent"])
def test_an_order_that_makes_no_sense_is_refused_before_anything_is_held_or_asked(
    standin, order, describe, part, values, mode
):
    describe(part, values)

    with pytest.raises(InvalidOrderError, match=r"Order R1 makes no sense: .+"):
        start(mode=mode)

    assert_nothing_happened(standin)


@senseless
def test_whoever_pays_for_it_is_told_that_nothing_was_charged_and_the_log_says_what_is_wrong(
    standin, order, ada, describe, part, values, caplog
):
    describe(part, values)
    browser = Client(raise_request_exception=True)
    browser.force_login(ada)

    with caplog.at_level(logging.ERROR, logger="revenue_intel"):
        page = browser.post(reverse("payments:start", args=["R1"]))
        form = browser.post(reverse("payments:intent", args=["R1"]))

    assert (page.status_code, form.status_code) == (409, 409)
    assert "There is a mistake in this order" in page.text
    assert "Nothing was charged" in page.text
    assert form.json()["code"] == "invalid_order"
    assert caplog.text.count("Order R1 makes no sense") == 2
    assert_nothing_happened(standin)


def test_everything_that_is_wrong_is_named(order, describe, standin):
    describe("line", {"quantity": -2, "amount_minor": -1900})

    with pytest.raises(InvalidOrderError, match=r"quantity of line \d+ -2; amount of line \d+ -1900"):
        start()


@pytest.mark.parametrize(
    ("model", "values", "error"),
    [
        (Order, {"currency": "£"}, UnknownCurrencyError),
        (Order, {"currency": ""}, UnknownCurrencyError),
        (Order, {"currency": "jpy", "total": "10.50"}, InexactAmountError),
        (Order, {"total": "-19.00"}, InvalidOrderError),
        (OrderLine, {"amount": "-19.00"}, InvalidOrderError),
        (OrderLine, {"unit_price": "-9.50"}, InvalidOrderError),
    ],
)
def test_what_the_hosts_own_columns_can_hold_is_no_server_error(standin, order, ada, model, values, error):
    model.objects.update(**values)
    browser = Client(raise_request_exception=True)
    browser.force_login(ada)

    with pytest.raises(error):
        start()
    assert browser.post(reverse("payments:start", args=["R1"])).status_code == 409

    assert_nothing_happened(standin)


def test_an_order_that_loses_its_sense_while_its_page_is_made_leaves_no_page_open(
    standin, order, describe, monkeypatch
):
    create = checkout.client.create_checkout_session

    def make(**asked: Any) -> Any:
        opened = create(**asked)
        describe("stock", {"quantity": -2})
        return opened

    monkeypatch.setattr(checkout.client, "create_checkout_session", make)

    with pytest.raises(InvalidOrderError):
        start()

    assert [session["status"] for session in standin.records()["checkout_sessions"]] == ["expired"]
    assert OrderFact.objects.get().checkout_session == ""


def test_tax_and_shipping_beside_the_lines_and_a_discount_within_them_are_good(standin, order, describe):
    describe("line", {"amount_minor": 1500, "discount_minor": 400})
    StrangeShop.order = {"tax_minor": 300, "shipping_minor": 250, "discount_minor": 400, "total_minor": 2050}
    try:
        start()
    finally:
        StrangeShop.order = {}

    (session,) = standin.records()["checkout_sessions"]
    assert session["amount_total"] == 2050


def test_a_line_whose_host_says_no_quantity_is_named():
    order = make_order("R9", [(make_product("Mug"), 1)])

    class Nowhere(ModelShop):
        order_model = "host.Order"
        line_quantity = "variant"

    with pytest.raises(InvalidOrderError, match="says no quantity"):
        Nowhere().describe(order)


def test_an_order_that_loses_its_sense_before_it_is_paid_keeps_its_money_and_gives_back_what_it_held(
    standin, order, describe
):
    start()
    assert Product.objects.get().stock == 3
    describe("stock", {"quantity": -2})

    deliver(payment_succeeded("R1", 1900))

    order.refresh_from_db()
    assert (order.status, Product.objects.get().stock) == ("paid_unfulfillable", 5)
    assert not StockReservation.objects.exists()
