"""The basket holds what the shelf can give, for visitors and customers."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from revenue_intel.facts.models import FunnelStep
from shop.models import Cart, CartLine, Product, Variant

pytestmark = pytest.mark.django_db


def put(client: Client, slug: str, quantity: object = 1, variant: str = "") -> int:
    """Post the form of a product page and return the status."""
    data = {"quantity": quantity, "variant": variant}
    return client.post(reverse("shop:add-to-cart", args=[slug]), data).status_code


def contents() -> list[tuple[str, int]]:
    """What lies in all carts."""
    return [(line.label, line.quantity) for line in CartLine.objects.order_by("pk")]


def test_the_same_article_twice_is_one_line(client: Client, mug: Product) -> None:
    put(client, "mug", 2, "MUG-NAVY")
    put(client, "mug", 3, "MUG-NAVY")
    put(client, "mug", 1, "MUG-CORAL")

    assert contents() == [("Mug – Navy", 5), ("Mug – Coral", 1)]


@pytest.mark.parametrize("quantity", ["abc", "0", "-1", "21", "", "1.5", "9" * 30, "\x00"])
def test_a_senseless_quantity_gets_a_clear_message(client: Client, cap: Product, quantity: str) -> None:
    response = client.post(reverse("shop:add-to-cart", args=["cap"]), {"quantity": quantity})

    assert response.status_code == 400
    assert "whole number from 1 to 20" in response.content.decode()
    assert contents() == []


@pytest.mark.parametrize(
    ("variant", "message"),
    [
        ("", "Choose one of the options"),
        ("NO-SUCH", "no such option"),
        ("\x00", "Null characters are not allowed"),
    ],
)
def test_an_unknown_variant_gets_a_clear_message(
    client: Client, mug: Product, variant: str, message: str
) -> None:
    response = client.post(reverse("shop:add-to-cart", args=["mug"]), {"quantity": 1, "variant": variant})

    assert response.status_code == 400
    assert message in response.content.decode()


def test_the_variant_of_another_product_is_refused(client: Client, mug: Product, cap: Product) -> None:
    Variant.objects.create(product=cap, name="Red", sku="CAP-RED", stock=1)

    assert put(client, "mug", 1, "CAP-RED") == 400


def test_no_more_than_the_shelf_holds(client: Client, mug: Product) -> None:
    put(client, "mug", 2, "MUG-CORAL")

    assert put(client, "mug", 1, "MUG-CORAL") == 400
    assert contents() == [("Mug – Coral", 2)]


def test_no_more_than_twenty_of_one_article(client: Client, almanac: Product) -> None:
    put(client, "almanac", 20)

    assert put(client, "almanac", 1) == 400
    assert contents() == [("Almanac", 20)]


def test_a_pre_order_needs_no_stock(client: Client, almanac: Product) -> None:
    assert put(client, "almanac", 3) == 302


def test_a_quantity_can_be_changed_and_a_line_removed(client: Client, cap: Product) -> None:
    put(client, "cap", 1)
    key = CartLine.objects.get().pk

    client.post(reverse("shop:change-line", args=[key]), {"quantity": 4})
    assert contents() == [("Cap", 4)]

    client.post(reverse("shop:remove-line", args=[key]))
    assert contents() == []


@pytest.mark.parametrize("quantity", ["abc", "0", "21", "6", ""])
def test_a_change_that_cannot_be_changes_nothing_and_says_why(
    client: Client, cap: Product, quantity: str
) -> None:
    put(client, "cap", 1)
    url = reverse("shop:change-line", args=[CartLine.objects.get().pk])

    response = client.post(url, {"quantity": quantity}, follow=True)

    *_, message = response.context["messages"]
    assert message.level_tag == "error"
    assert contents() == [("Cap", 1)]


def test_nobody_reaches_the_lines_of_another_basket(client: Client, cap: Product) -> None:
    put(client, "cap", 1)
    stranger = Client()
    put(stranger, "cap", 1)

    response = stranger.post(reverse("shop:remove-line", args=[CartLine.objects.earliest("pk").pk]))

    assert response.status_code == 404
    assert len(contents()) == 2


def test_a_visitors_basket_follows_them_to_their_account(
    client: Client, cap: Product, mug: Product, person: Callable[..., User]
) -> None:
    user = person()
    own = Cart.objects.create(user=user)
    CartLine.objects.create(cart=own, product=cap, quantity=1)
    put(client, "cap", 3)
    put(client, "mug", 1, "MUG-NAVY")

    client.post(reverse("accounts:login"), {"username": "customer", "password": "ropeladder9"})

    assert sorted((line.label, line.quantity) for line in own.lines.all()) == [("Cap", 3), ("Mug – Navy", 1)]
    assert Cart.objects.get() == own


def test_a_visitors_steps_are_told_once_they_are_known(
    client: Client, cap: Product, person: Callable[..., User]
) -> None:
    person()
    put(client, "cap", 1)
    assert not FunnelStep.objects.exists()

    client.post(reverse("accounts:login"), {"username": "customer", "password": "ropeladder9"})

    step = FunnelStep.objects.get()
    assert (step.step, step.subject, step.at) == ("carted", str(cap.pk), CartLine.objects.get().added_at)


def test_a_line_that_has_sold_out_is_marked_and_stops_the_checkout(client: Client, cap: Product) -> None:
    put(client, "cap", 1)
    Product.objects.update(stock=0)

    page = client.get(reverse("shop:cart")).content.decode()

    assert "Cap is sold out." in page
    assert "Go to checkout" not in page


def test_the_header_counts_the_pieces_in_words(client: Client, cap: Product) -> None:
    words = []
    for _ in range(3):
        words.append(client.get(reverse("shop:catalogue")).content.decode())
        put(client, "cap", 1)

    assert ", 0 items<" in words[0]
    assert ", 1 item<" in words[1]
    assert ", 2 items<" in words[2]


@pytest.mark.parametrize("change", [{"is_active": False}, {"stock": 0}])
def test_what_cannot_be_bought_any_more_costs_nothing(
    client: Client, cap: Product, mug: Product, change: dict[str, object]
) -> None:
    put(client, "cap", 2)
    put(client, "mug", 1, "MUG-NAVY")
    Product.objects.filter(slug="cap").update(**change)

    page = client.get(reverse("shop:cart"))

    assert page.context["quote"].subtotal == Decimal("14.00")
    assert "£44.00" not in page.content.decode()
