"""Every event of the payment side is read in its newest shape and in an old one, and comes to the same."""

from __future__ import annotations

from typing import Any

import pytest

from revenue_intel.issues.models import Issue
from revenue_intel.testing import events
from revenue_intel.webhooks.models import EventFailure
from revenue_intel.webhooks.registry import event_types
from tests.deliveries import deliver, payment_succeeded, refund_event
from tests.factories import make_order, make_product
from tests.handlers.samples import both_shapes, samples
from tests.history import outcome, rolled_back

pytestmark = pytest.mark.django_db

BOTH = [
    pytest.param(shape, id=f"{event['type']}-{shape['api_version']}")
    for event in samples()
    for shape in both_shapes(event)
]


@pytest.fixture(autouse=True)
def order():
    return make_order("R1", [(make_product("Mug", "9.50", stock=3), 2)])


def test_there_is_a_sample_of_every_event_on_the_payment_side():
    families = ("payment_intent.", "charge.", "refund.", "checkout.session.", "payout.")

    handled = [each for each in event_types() if each.startswith(families)]

    assert handled == sorted(event["type"] for event in samples())


@pytest.mark.parametrize("event", BOTH)
def test_an_event_of_a_paid_order_is_applied(event: dict[str, Any]):
    deliver(payment_succeeded("R1", 1900))
    deliver(refund_event("created", 500))

    answer = deliver(event)

    assert (answer.status_code, answer.json()) == (200, {"outcome": "applied"})


@pytest.mark.parametrize("event", list(samples()), ids=lambda event: event["type"])
def test_both_shapes_come_to_the_same(event: dict[str, Any]):
    ends = []
    for shape in both_shapes(event):
        with rolled_back():
            deliver(payment_succeeded("R1", 1900, event_id="evt_paid"))
            deliver({**shape, "id": "evt_sample"})
            if event["type"] == "charge.refunded":
                deliver({**refund_event("created", 500), "id": "evt_refund"})
            ends.append(outcome())

    assert ends[0] == ends[1]


#: What the meaning of an event depends on: taken away or made strange, it cannot be read.
NEEDED = {
    "payment_intent": ("id", "currency"),
    "charge": ("id", "amount", "currency", "status", "created"),
    "refund": ("id", "amount", "currency", "created"),
    "dispute": ("id", "amount", "currency", "status", "created"),
    "checkout.session": ("id", "payment_status", "created"),
    "payout": ("id", "amount", "currency", "status", "created", "arrival_date", "automatic"),
}
STRANGE = [..., [], "\x00", True, -(10**400)]


def hostile() -> Any:
    for event in samples():
        for key in NEEDED[event["data"]["object"]["object"]]:
            for value in STRANGE:
                if key == "automatic" and value is True:
                    continue
                yield pytest.param(event, key, value, id=f"{event['type']}-{key}-{value!r:.12}")


@pytest.mark.parametrize(("event", "key", "value"), list(hostile()))
def test_a_field_that_is_missing_or_strange_fails_with_an_issue(event, key, value):
    deliver(payment_succeeded("R1", 1900))
    before = outcome()
    payload = {**event["data"]["object"], key: value}
    if value is ...:
        del payload[key]

    answer = deliver({**event, "data": {"object": payload}})

    assert (answer.status_code, answer.json()) == (200, {"outcome": "failed"})
    assert EventFailure.objects.get().error_class in {"UnsupportedShapeError", "UnknownCurrencyError"}
    assert Issue.objects.get(status="open").kind == "event_failed"
    after = outcome()
    assert {key: after[key] for key in after.keys() - {"issues", "events"}} == {
        key: before[key] for key in before.keys() - {"issues", "events"}
    }


def test_an_old_shape_says_of_which_version_it_is():
    event = events.as_of_2020(next(samples()))

    assert event["api_version"] == "2020-03-02"
    assert "latest_charge" not in event["data"]["object"]
