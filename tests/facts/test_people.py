"""Who bought is counted as the names in signed events and host orders say, whoever came first (KPI contract K8)."""

from __future__ import annotations

from itertools import permutations

import pytest
from django.contrib.auth.models import User
from django.db import transaction
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from revenue_intel.facts.identity import identify
from revenue_intel.facts.models import Customer, FunnelStep, OrderFact
from revenue_intel.facts.services import record_step
from tests.deliveries import deliver, payment_succeeded
from tests.factories import CREATED_AT, make_order, make_product

pytestmark = pytest.mark.django_db


def buy(reference: str, *, email: str = "", user: User | None = None, stripe_customer: str = "") -> None:
    make_order(reference, [(make_product("Mug", "9.50", stock=5), 2)], email=email, user=user)
    deliver(payment_succeeded(reference, 1900, intent=f"pi_{reference}", customer=stripe_customer or None))


def buyers() -> int:
    """Count the people who have bought, as the KPIs do."""
    return OrderFact.objects.values("customer__canonical").distinct().count()


def test_a_guest_who_logs_in_later_is_one_person_also_for_the_past():
    buy("R1", email="ada@example.com")
    guest = OrderFact.objects.get().customer

    buy("R2", email="  ADA@Example.com ", user=User.objects.create_user("ada"))

    assert guest is not None
    assert buyers() == 1
    assert OrderFact.objects.get(reference="R1").customer_id == guest.key


def test_a_user_who_buys_as_a_guest_later_is_the_same_person():
    buy("R1", email="ada@example.com", user=User.objects.create_user("ada"))

    buy("R2", email="ada@example.com")

    assert buyers() == 1


def test_two_users_who_share_an_address_stay_two_people():
    buy("R1", email="family@example.com", user=User.objects.create_user("ada"))
    buy("R2", email="family@example.com", user=User.objects.create_user("bob"))
    buy("R3", email="family@example.com")

    assert buyers() == 2


def test_a_user_who_changes_the_address_stays_one_person_and_brings_the_old_guest_along():
    ada = User.objects.create_user("ada")
    buy("R1", email="new@example.com")
    buy("R2", email="old@example.com", user=ada)

    buy("R3", email="new@example.com", user=ada)

    assert buyers() == 1


def test_stripes_customer_joins_two_addresses():
    buy("R1", email="ada@example.com", stripe_customer="cus_1")
    buy("R2", email="ada@work.example", stripe_customer="cus_1")

    assert buyers() == 1


def test_a_bridge_joins_two_people_who_were_counted_apart():
    buy("R1", email="ada@example.com")
    buy("R2", stripe_customer="cus_1")
    assert buyers() == 2

    buy("R3", email="ada@example.com", stripe_customer="cus_1")

    assert buyers() == 1


def test_steps_before_the_purchase_belong_to_the_buyer():
    record_step(step="wishlisted", at=CREATED_AT, subject="mug", email="ada@example.com")

    buy("R1", email="ada@example.com", user=User.objects.create_user("ada"))

    buyer = OrderFact.objects.get().customer
    assert buyer is not None
    assert FunnelStep.objects.get().customer.canonical == buyer.canonical


def test_nobody_is_made_of_no_name():
    buy("R1")

    assert OrderFact.objects.get().customer is None
    assert identify(email="   ") is None
    assert not Customer.objects.exists()


SIGHTINGS = [
    {"email": "a@example.com"},
    {"email": "a@example.com", "stripe_customer_id": "cus_1"},
    {"user_id": "1", "stripe_customer_id": "cus_1"},
    {"user_id": "2", "email": "a@example.com"},
    {"user_id": "3", "email": "c@example.com"},
]


def count_people() -> int:
    return Customer.objects.values("canonical").distinct().count()


def test_how_many_people_there_are_does_not_depend_on_who_came_first():
    counts = set()
    for arrival in permutations(SIGHTINGS):
        with transaction.atomic():
            for sighting in arrival:
                identify(**sighting)
            counts.add(count_people())
            Customer.objects.all().delete()

    assert counts == {3}


def expected_people(sightings: list[dict[str, str]]) -> int:
    """Count by the rule: what is connected is one person, and as many as it has host users where it has two."""
    groups: list[set[tuple[str, str]]] = []
    for sighting in sightings:
        joined = {pair for pair in sighting.items() if pair[1]}
        touching = [group for group in groups if group & joined]
        groups = [group for group in groups if not group & joined] + [joined.union(*touching)]
    return sum(max(1, sum(kind == "user_id" for kind, _ in group)) for group in groups if group)


names = st.fixed_dictionaries(
    {
        "user_id": st.sampled_from(["", "", "1", "2"]),
        "stripe_customer_id": st.sampled_from(["", "", "cus_1", "cus_2"]),
        "email": st.sampled_from(["", "a@example.com", "b@example.com", "c@example.com"]),
    }
)


class AnySightings(TestCase):
    """Whatever is seen, in whatever order, the number of people follows from the rule alone."""

    @settings(max_examples=60)
    @given(st.lists(names, max_size=7))
    def test_the_number_of_people_follows_from_the_names_alone(self, sightings: list[dict[str, str]]):
        for sighting in sightings:
            identify(**sighting)

        assert count_people() == expected_people(sightings)
