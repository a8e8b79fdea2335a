"""Somebody buys while they are being forgotten: whoever is first, no name is left."""

from __future__ import annotations

from functools import partial

import pytest

from revenue_intel.facts.models import Customer, CustomerLink, OrderFact, PaymentFact
from revenue_intel.orders.forgetting import forget_customer
from tests.deliveries import deliver, payment_succeeded
from tests.factories import make_order, make_product
from tests.threads import on_a_connection_of_its_own, postgres_only

pytestmark = [pytest.mark.django_db(transaction=True), postgres_only]

ROUNDS = 15


def test_who_is_forgotten_while_buying_is_forgotten():
    mug = make_product("Mug", "9.50", stock=1000)
    for number in range(ROUNDS):
        email = f"ada{number}@example.com"
        for order in ("a", "b", "c"):
            make_order(f"R{number}{order}", [(mug, 1)], email=email)
        buy = [
            partial(
                deliver,
                payment_succeeded(
                    f"R{number}{order}", 950, intent=f"pi_{number}{order}", customer=f"cus_{number}{order}"
                ),
            )
            for order in ("a", "b", "c")
        ]
        assert buy[0]().json() == {"outcome": "applied"}

        done = on_a_connection_of_its_own(buy[1], partial(forget_customer, email=email, actor="test"), buy[2])

        assert [each.json()["outcome"] for each in (done[0], done[2])] == ["applied", "applied"], done
        assert done[1].number == number + 1, done
        bought = OrderFact.objects.filter(reference__in=[f"R{number}{order}" for order in ("a", "b", "c")])
        assert set(bought.values_list("customer__erased_number", flat=True)) == {number + 1}
    assert set(Customer.objects.values_list("email", "name")) == {("", "")}
    assert not CustomerLink.objects.exists()
    # A payment that was being recorded just then may have kept the id at Stripe: again, as the command says.
    for number in range(ROUNDS):
        forget_customer(email=f"ada{number}@example.com", actor="test")
    assert set(PaymentFact.objects.values_list("stripe_customer_id", flat=True)) == {""}
