"""Demand 17: a test payment of 1000 yen paid an order of 10 pounds.

Now: amount, currency, mode and account must match, or an issue says that they do not.
"""

from __future__ import annotations

import pytest

from revenue_intel.facts.models import LedgerEntry
from revenue_intel.issues.models import Issue
from tests.deliveries import deliver, payment_succeeded
from tests.factories import make_order, make_product

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "other",
    [
        pytest.param({"currency": "jpy"}, id="yen"),
        pytest.param({"amount": 100}, id="a tenth"),
        pytest.param({"amount": 1001}, id="a penny more"),
        pytest.param({"livemode": True}, id="of the other mode"),
        pytest.param({"account": "acct_1"}, id="of a connected account"),
        pytest.param({"currency": "jpy", "livemode": True, "account": "acct_1"}, id="all of it"),
    ],
)
def test_17_a_payment_of_1000_yen_does_not_pay_an_order_of_10_pounds(other):
    mug = make_product("Mug", "10.00", stock=3)
    order = make_order("R1", [(mug, 1)])

    answer = deliver(payment_succeeded("R1", **({"amount": 1000} | other)))

    order.refresh_from_db()
    mug.refresh_from_db()
    assert answer.status_code == 200
    assert (order.status, order.paid_at, mug.stock) == ("pending", None, 3)
    assert Issue.objects.get(status="open").kind == "payment_mismatch"
    assert LedgerEntry.objects.get().order_reference == ""  # the money is kept, and belongs to no order

    deliver(payment_succeeded("R1", 1000, intent="pi_right"))
    order.refresh_from_db()
    assert order.status == "paid"
