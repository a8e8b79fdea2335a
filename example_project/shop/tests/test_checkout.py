"""An order is made once, from the database's prices, and its lines add up to its total."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from revenue_intel.access.roles import Role
from revenue_intel.facts.models import CheckoutSessionFact, FunnelStep
from revenue_intel.shop import OrderState, find_shop
from shop.models import Order, Product
from shop.tests.conftest import DELIVERY
from shop.tests.test_cart import contents, put

pytestmark = pytest.mark.django_db
CHECKOUT = "/checkout/"


@pytest.fixture
def client(browser: Callable[..., Client]) -> Client:
    """A customer's browser."""
    return browser(Role.CUSTOMER)


def test_an_order_has_the_prices_of_the_database(client: Client, mug: Product, almanac: Product) -> None:
    put(client, "mug", 1, "MUG-CORAL")
    put(client, "almanac", 1)
    Product.objects.filter(slug="almanac").update(price=Decimal("33.00"))

    client.post(CHECKOUT, {**DELIVERY, "seen_total": "48.50", "price": "0.01", "total": "0.01"})

    order = Order.objects.get()
    assert [(line.label, line.amount) for line in order.lines.all()] == [
        ("Mug – Coral", Decimal("15.50")),
        ("Almanac", Decimal("33.00")),
    ]
    assert (order.subtotal, order.shipping, order.total) == (
        Decimal("48.50"),
        Decimal("0.00"),
        Decimal("48.50"),
    )
    assert (order.status, order.currency, order.email) == ("pending", "GBP", "customer@harbour.example")
    assert contents() == []


def test_small_parcels_pay_for_shipping_in_the_chosen_currency(client: Client, cap: Product) -> None:
    client.post(reverse("shop:currency"), {"currency": "USD"})
    put(client, "cap", 2)

    client.post(CHECKOUT, {**DELIVERY, "seen_total": "67.50"})

    order = Order.objects.get()
    assert (order.currency, order.subtotal, order.shipping, order.total) == (
        "USD",
        Decimal("58.00"),
        Decimal("9.50"),
        Decimal("67.50"),
    )


@pytest.mark.parametrize("seen", ["0.01", "abc", "", None])
def test_a_total_that_was_not_shown_is_shown_first(client: Client, cap: Product, seen: str | None) -> None:
    put(client, "cap", 2)
    form = DELIVERY if seen is None else {**DELIVERY, "seen_total": seen}

    response = client.post(CHECKOUT, form)

    assert response.status_code == 400
    assert "A price has changed" in response.content.decode()
    assert not Order.objects.exists()


def test_pressing_the_button_twice_makes_one_order(client: Client, cap: Product) -> None:
    put(client, "cap", 2)

    first = client.post(CHECKOUT, {**DELIVERY, "seen_total": "44.00"})
    second = client.post(CHECKOUT, {**DELIVERY, "seen_total": "44.00"})

    assert first["Location"] == second["Location"] == Order.objects.get().get_absolute_url()


@pytest.mark.parametrize("seen", ["43.00", "abc"])
def test_a_form_of_another_total_and_an_empty_basket_leads_to_no_order(
    client: Client, cap: Product, seen: str
) -> None:
    put(client, "cap", 2)
    client.post(CHECKOUT, {**DELIVERY, "seen_total": "44.00"})

    answer = client.post(CHECKOUT, {**DELIVERY, "seen_total": seen})

    assert answer["Location"] == reverse("shop:cart")
    assert Order.objects.count() == 1


def test_what_sold_out_meanwhile_is_not_ordered(client: Client, cap: Product) -> None:
    put(client, "cap", 2)
    Product.objects.update(stock=1)

    response = client.post(CHECKOUT, {**DELIVERY, "seen_total": "44.00"}, follow=True)

    assert "Only 1 of Cap left." in response.content.decode()
    assert not Order.objects.exists()


def test_what_is_not_sold_in_the_currency_is_not_ordered(client: Client, chart: Product) -> None:
    put(client, "chart", 1)
    client.post(reverse("shop:currency"), {"currency": "USD"})

    response = client.get(CHECKOUT, follow=True)

    assert "Chart is not sold in USD" in response.content.decode()


def test_a_missing_address_gets_a_message(client: Client, cap: Product) -> None:
    put(client, "cap", 1)

    response = client.post(CHECKOUT, {**DELIVERY, "city": "", "country": "Atlantis", "seen_total": "25.95"})

    assert response.status_code == 400
    assert set(response.context["form"].errors) == {"city", "country"}
    assert contents() == [("Cap", 1)]


def test_the_step_is_told(client: Client, cap: Product) -> None:
    put(client, "cap", 2)

    client.post(CHECKOUT, {**DELIVERY, "seen_total": "44.00"})

    order = Order.objects.get()
    assert [(s.step, s.subject) for s in FunnelStep.objects.order_by("at")] == [
        ("carted", str(cap.pk)),
        ("checkout_started", order.reference),
    ]


def test_the_adapter_describes_an_order_that_adds_up(client: Client, mug: Product) -> None:
    put(client, "mug", 2, "MUG-NAVY")
    client.post(CHECKOUT, {**DELIVERY, "seen_total": "31.95"})
    shop = find_shop()
    assert shop is not None
    order = shop.find_order(Order.objects.get().reference)

    record = shop.describe(order)

    assert (record.currency, record.total_minor, record.shipping_minor) == ("gbp", 3195, 395)
    assert sum(line.amount_minor for line in record.lines) + record.shipping_minor == record.total_minor
    assert (record.name, record.email) == ("Cleo Harbour", "customer@harbour.example")
    assert [(line.quantity, line.label) for line in shop.stock_lines(order)] == [(2, "Navy (MUG-NAVY)")]


@pytest.mark.parametrize(
    ("state", "field"),
    [
        (OrderState.PAID, "paid_at"),
        (OrderState.CANCELED, "canceled_at"),
        (OrderState.FULFILLED, "fulfilled_at"),
    ],
)
def test_the_adapter_writes_a_state_with_its_date(order: Order, state: OrderState, field: str) -> None:
    shop = find_shop()
    assert shop is not None

    shop.write_state(order, state, at=order.created_at)

    order.refresh_from_db()
    assert (order.status, getattr(order, field)) == (state.value, order.created_at)


@pytest.mark.parametrize("state", list(OrderState))
def test_the_shop_has_a_word_for_every_state(state: OrderState) -> None:
    assert state.value in Order.Status.values


def test_an_owner_sees_their_order_and_its_state(order: Order) -> None:
    owner = Client()
    owner.force_login(User.objects.get(username="owner"))

    page = owner.get(order.get_absolute_url()).content.decode()
    status = owner.get(reverse("shop:order-status", args=[order.reference])).json()

    assert "Pay £44.00" in page
    assert reverse("payments:start", args=[order.reference]) in page
    assert status == {"status": "pending", "label": "Awaiting payment", "is_on_its_way": False}
    assert order.reference in owner.get(reverse("shop:orders")).content.decode()


@pytest.mark.parametrize(
    ("query", "text"),
    [("success", "waiting for the payment"), ("canceled", "left the payment page"), ("x", "Pay £")],
)
def test_coming_back_from_the_payment_page_changes_nothing(order: Order, query: str, text: str) -> None:
    owner = Client()
    owner.force_login(order.user)

    page = owner.get(order.get_absolute_url(), {"payment": query}).content.decode()

    assert text in page
    order.refresh_from_db()
    assert (order.status, order.paid_at) == ("pending", None)


@pytest.mark.parametrize("query", [{}, {"payment": "success"}, {"payment": "canceled"}])
def test_a_payment_that_takes_days_is_told_and_not_asked_for_again(
    order: Order, query: dict[str, str]
) -> None:
    CheckoutSessionFact.objects.create(
        session_id="cs_1",
        order_reference=order.reference,
        status="complete",
        payment_status="unpaid",
        livemode=False,
        created_at=order.created_at,
    )
    owner = Client()
    owner.force_login(order.user)

    page = owner.get(order.get_absolute_url(), query).content.decode()
    status = owner.get(reverse("shop:order-status", args=[order.reference])).json()

    assert "Your payment is on its way." in page
    assert "renews itself" not in page
    assert reverse("payments:start", args=[order.reference]) not in page
    assert status == {"status": "pending", "label": "Payment on its way", "is_on_its_way": True}
    CheckoutSessionFact.objects.update(payment_status="failed")
    assert "Pay £44.00" in owner.get(order.get_absolute_url()).content.decode()


def test_a_paid_order_cannot_be_paid_again(order: Order) -> None:
    Order.objects.update(status="paid")
    owner = Client()
    owner.force_login(order.user)

    page = owner.get(order.get_absolute_url(), {"payment": "success"}).content.decode()

    assert "Paid, thank you." in page
    assert reverse("payments:start", args=[order.reference]) not in page
