"""People who are named for the first time by many at once are made once."""

from __future__ import annotations

from functools import partial

import pytest

from revenue_intel.facts.identity import identify
from revenue_intel.facts.models import Customer, CustomerLink
from revenue_intel.kit import transactions
from tests.threads import in_rounds, postgres_only

pytestmark = [postgres_only, pytest.mark.django_db(transaction=True), pytest.mark.slow]

ROUNDS = 100


def name(number: int) -> None:
    """Name a person who is not known, under two names."""
    transactions.run(
        partial(identify, stripe_customer_id=f"cus_{number}", email=f"somebody{number}@example.com")
    )


def test_somebody_new_who_is_named_by_four_at_once_is_one_person():
    in_rounds(*[name] * 4, rounds=ROUNDS)

    assert Customer.objects.values("canonical").distinct().count() == ROUNDS
    assert Customer.objects.count() == ROUNDS
    assert CustomerLink.objects.count() == 2 * ROUNDS
