"""Customers open an account, log in and out, and land where they wanted to go."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from revenue_intel.access.policy import role_of
from revenue_intel.access.roles import Role

pytestmark = pytest.mark.django_db
NEW = {
    "first_name": "Eve",
    "email": "Eve@Harbour.example",
    "password1": "ropeladder9",
    "password2": "ropeladder9",
}


def test_signing_up_logs_in_as_a_customer_and_goes_on(client: Client) -> None:
    response = client.post(reverse("accounts:signup"), {**NEW, "next": "/wishlist/"})

    assert response["Location"] == "/wishlist/"
    user = User.objects.get()
    assert (user.username, user.email) == ("eve@harbour.example", "eve@harbour.example")
    assert role_of(user) is Role.CUSTOMER
    assert client.get("/wishlist/").status_code == 200


def test_signing_up_leads_to_no_other_site(client: Client) -> None:
    response = client.post(reverse("accounts:signup"), {**NEW, "next": "https://evil.example/"})

    assert response["Location"] == "/"


def test_an_address_has_one_account_whatever_its_capitals(client: Client) -> None:
    client.post(reverse("accounts:signup"), NEW)

    response = Client().post(reverse("accounts:signup"), {**NEW, "email": "EVE@harbour.example"})

    assert "There is an account with this address" in response.content.decode()
    assert User.objects.count() == 1


@pytest.mark.parametrize("email", ["CUSTOMER@harbour.example", "customer@harbour.example"])
def test_an_address_of_an_account_that_has_another_name_has_its_account_too(
    person: Callable[..., User], client: Client, email: str
) -> None:
    person(Role.CUSTOMER)

    response = client.post(reverse("accounts:signup"), {**NEW, "email": email})
    logged_in = client.post(reverse("accounts:login"), {"username": email, "password": "ropeladder9"})

    assert "There is an account with this address. Log in instead." in response.content.decode()
    assert (User.objects.count(), logged_in.status_code) == (1, 302)


def test_two_old_accounts_of_one_address_are_both_let_in_by_their_names(
    person: Callable[..., User], client: Client
) -> None:
    for name in ("ann", "bea"):
        person(Role.CUSTOMER, name)
    User.objects.update(email="both@harbour.example")

    answers = [
        client.post(reverse("accounts:login"), {"username": name, "password": "ropeladder9"}).status_code
        for name in ("both@harbour.example", "ann", "bea")
    ]

    assert answers == [200, 302, 302]


def test_logging_in_does_not_mind_capitals_in_an_address(client: Client) -> None:
    Client().post(reverse("accounts:signup"), NEW)

    response = client.post(
        reverse("accounts:login"), {"username": "EVE@harbour.example", "password": "ropeladder9"}
    )

    assert response.status_code == 302


def test_logging_out_ends_the_session(browser: Callable[..., Client]) -> None:
    client = browser(Role.CUSTOMER)

    page = client.post(reverse("accounts:logout"), follow=True).content.decode()

    assert "You are logged out." in page
    assert client.get("/orders/").status_code == 302


def test_staff_links_are_shown_to_those_who_may_follow_them(browser: Callable[..., Client]) -> None:
    urls = ("/staff/orders/", reverse("analytics:dashboard"), reverse("monitoring:monitoring-issues"))

    pages = {role: browser(role).get("/").content.decode() for role in Role}

    assert {role: [url in page for url in urls] for role, page in pages.items()} == {
        Role.ANONYMOUS: [False, False, False],
        Role.CUSTOMER: [False, False, False],
        Role.ANALYST: [True, True, False],
        Role.OPS: [True, True, True],
        Role.ADMIN: [True, True, True],
    }
