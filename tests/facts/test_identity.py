"""One person under many names is one customer; two people are never made one (K8)."""

from __future__ import annotations

from itertools import permutations

import pytest

from revenue_intel.facts.identity import identify, normalize_email
from revenue_intel.facts.models import Customer, CustomerLink

pytestmark = pytest.mark.django_db


def counted(*customers: Customer | None) -> int:
    """Say as how many people these customers are counted."""
    keys = [customer.pk for customer in customers if customer is not None]
    return Customer.objects.filter(pk__in=keys).values("canonical").distinct().count()


def test_without_any_name_there_is_nobody():
    assert identify() is None
    assert identify(name="Ada", email="  ") is None
    assert not Customer.objects.exists()


def test_the_same_name_is_the_same_customer():
    assert identify(user_id="7") == identify(user_id="7")
    assert Customer.objects.count() == 1


@pytest.mark.parametrize("spelling", ["ada@example.com", " Ada@Example.COM ", "ADA@EXAMPLE.COM\n"])
def test_an_address_is_one_name_in_every_spelling(spelling):
    assert identify(email="ada@example.com") == identify(email=spelling)


def test_casefolding_goes_beyond_lower_case():
    assert normalize_email("STRASSE@example.com") == normalize_email("straße@example.com")


def test_a_guest_who_logs_in_later_is_one_person_also_for_the_past():
    as_guest = identify(email="ada@example.com")

    logged_in = identify(user_id="7", email="ada@example.com")

    assert counted(as_guest, logged_in) == 1


def test_two_pasts_are_joined_when_one_order_names_both():
    as_guest = identify(email="ada@example.com")
    logged_in = identify(user_id="7")
    assert counted(as_guest, logged_in) == 2

    identify(user_id="7", email="ada@example.com")

    assert counted(as_guest, logged_in) == 1


def test_two_users_who_share_an_address_stay_two():
    ada = identify(user_id="7", email="family@example.com")
    bob = identify(user_id="8", email="family@example.com")

    assert counted(ada, bob) == 2
    assert counted(ada, identify(user_id="7", email="family@example.com")) == 1
    assert counted(bob, identify(user_id="8", email="family@example.com")) == 1


def test_a_stripe_customer_links_a_user_to_an_address():
    user = identify(user_id="7", stripe_customer_id="cus_1")
    guest = identify(email="ada@example.com")

    identify(stripe_customer_id="cus_1", email="ada@example.com")

    assert counted(user, guest) == 1


def test_a_stripe_customer_or_address_between_two_users_does_not_make_them_one():
    ada = identify(user_id="7", stripe_customer_id="cus_1")
    bob = identify(user_id="8", email="family@example.com")

    identify(stripe_customer_id="cus_1", email="family@example.com")
    identify(user_id="7", email="family@example.com")
    identify(user_id="8", stripe_customer_id="cus_1")

    assert counted(ada, bob) == 2


def test_a_guest_joined_to_one_user_is_not_joined_to_the_next():
    guest = identify(email="family@example.com")
    ada = identify(user_id="7", email="family@example.com")

    bob = identify(user_id="8", email="family@example.com")

    assert counted(guest, ada) == 1
    assert counted(ada, bob) == 2


NEWS = [
    {"email": "ada@example.com"},
    {"user_id": "7", "stripe_customer_id": "cus_1"},
    {"stripe_customer_id": "cus_2", "email": "ada@example.com"},
    {"user_id": "7", "stripe_customer_id": "cus_2"},
]


@pytest.mark.parametrize("order", list(permutations(range(len(NEWS)))), ids=str)
def test_in_whatever_order_the_names_come_it_is_one_person(order):
    customers = [identify(**NEWS[number]) for number in order]

    assert counted(*customers) == 1


def test_what_is_known_of_a_person_is_completed_and_never_overwritten():
    identify(user_id="7")
    identify(user_id="7", email="ada@example.com", name=" Ada ")

    identify(user_id="7", email="other@example.com", name="Eve")

    customer = Customer.objects.get()
    assert (customer.email, customer.name) == ("ada@example.com", "Ada")


def test_a_customer_shows_its_key_and_never_the_person():
    customer = identify(user_id="7", email="ada@example.com", name="Ada")

    assert customer is not None
    assert str(customer) == str(customer.key)
    assert "ada" not in " ".join(str(link) for link in CustomerLink.objects.all())


@pytest.mark.parametrize("email", ["a" * 400 + "@example.com", "ß" * 320])
def test_an_address_too_long_to_keep_is_cut(email):
    assert identify(email=email) == identify(email=email)
