"""An order whose stock could not be taken is never sent, whatever is refunded on it."""

from __future__ import annotations

import pytest

from revenue_intel.exceptions import IllegalTransitionError
from revenue_intel.orders import services as orders
from tests.deliveries import deliver, payment_succeeded, refund_event
from tests.factories import make_order, make_product

pytestmark = pytest.mark.django_db


def test_a_short_order_that_is_refunded_in_part_cannot_be_fulfilled():
    order = make_order("R1", [(make_product("Mug", "9.50", stock=1), 2)])
    deliver(payment_succeeded("R1", 1900))
    deliver(refund_event("created", 950))

    with pytest.raises(IllegalTransitionError, match="fulfil is not possible"):
        orders.fulfil(reference="R1", actor="user:1")

    order.refresh_from_db()
    assert order.status == "partially_refunded"
