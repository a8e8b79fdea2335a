"""The shop window finds things, prices them in the visitor's currency, and never falls over."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse

from revenue_intel.access.roles import Role
from revenue_intel.facts.models import FunnelStep
from shop.models import Product, WishlistItem

pytestmark = pytest.mark.django_db

CATALOGUE = "/"


def test_a_search_finds_products_that_have_every_word(client: Client, mug: Product, cap: Product) -> None:
    cap.description = "Washed canvas for the harbour."
    cap.save()

    page = client.get(CATALOGUE, {"q": "canvas harbour"}).content.decode()

    assert "/products/cap/" in page
    assert "/products/mug/" not in page


def test_a_search_without_result_says_so(client: Client, mug: Product) -> None:
    page = client.get(CATALOGUE, {"q": "anchor"}).content.decode()

    assert "Nothing washed up here" in page


@pytest.mark.parametrize(
    "query", ["page=abc", "page=99999999999999999999", "page=-1", "page=0", "q=%00", "category=x"]
)
def test_a_senseless_query_gets_a_message_and_the_products(client: Client, mug: Product, query: str) -> None:
    response = client.get(f"{CATALOGUE}?{query}")

    assert response.status_code == 200
    assert list(response.context["messages"])
    assert "/products/mug/" in response.content.decode()


def test_a_very_long_search_gets_a_message(client: Client, mug: Product) -> None:
    response = client.get(CATALOGUE, {"q": "x" * 5000})

    assert "not understood" in str(next(iter(response.context["messages"])))


def test_the_pages_of_a_search_keep_its_words(client: Client) -> None:
    Product.objects.bulk_create(
        Product(slug=f"p{n}", name=f"Rope {n}", category="home", price=Decimal(n), stock=1)
        for n in range(1, 15)
    )

    page = client.get(CATALOGUE, {"q": "rope"}).content.decode()

    assert "?q=rope&amp;page=2" in page


def test_a_product_name_cannot_carry_markup(client: Client, mug: Product) -> None:
    mug.name = "<script>alert(1)</script>"
    mug.save()

    for url in (CATALOGUE, mug.get_absolute_url()):
        assert "<script>alert" not in client.get(url).content.decode()


def test_the_currency_switch_changes_the_prices_and_stays(client: Client, mug: Product) -> None:
    response = client.post(reverse("shop:currency"), {"currency": "USD", "next": "/products/mug/"})

    assert response["Location"] == "/products/mug/"
    assert "$18.00" in client.get("/products/mug/").content.decode()


def test_the_currency_switch_leads_to_no_other_site(client: Client) -> None:
    response = client.post(reverse("shop:currency"), {"currency": "USD", "next": "https://evil.example/"})

    assert response["Location"] == CATALOGUE


def test_an_unknown_currency_is_refused_with_a_message(client: Client, mug: Product) -> None:
    response = client.post(reverse("shop:currency"), {"currency": "XXX"}, follow=True)

    assert "pounds and in US dollars" in response.content.decode()
    assert "£14.00" in response.content.decode()


def test_a_product_that_is_not_on_sale_is_not_found(client: Client, mug: Product) -> None:
    mug.is_active = False
    mug.save()

    assert client.get(mug.get_absolute_url()).status_code == 404


def test_a_product_sold_in_pounds_only_says_so_in_dollars(client: Client, chart: Product) -> None:
    client.post(reverse("shop:currency"), {"currency": "USD"})

    page = client.get(chart.get_absolute_url()).content.decode()

    assert "Not sold in USD" in page
    assert "Add to basket" not in page


def test_a_wish_is_kept_once_and_told_as_a_step(browser: Callable[..., Client], mug: Product) -> None:
    client = browser(Role.CUSTOMER)

    client.post(reverse("shop:add-to-wishlist", args=["mug"]))
    client.post(reverse("shop:add-to-wishlist", args=["mug"]))

    assert WishlistItem.objects.count() == 1
    assert [(s.step, s.subject) for s in FunnelStep.objects.all()] == [("wishlisted", str(mug.pk))]
    assert "/products/mug/" in client.get(reverse("shop:wishlist")).content.decode()


def test_a_wish_can_be_taken_off(browser: Callable[..., Client], mug: Product) -> None:
    client = browser(Role.CUSTOMER)
    client.post(reverse("shop:add-to-wishlist", args=["mug"]))

    page = client.post(reverse("shop:remove-from-wishlist", args=["mug"]), follow=True).content.decode()

    assert not WishlistItem.objects.exists()
    assert "Nothing on it yet" in page
