"""``/v1/events`` and webhook endpoints, as reconciliation uses them."""

from __future__ import annotations

import time

import pytest
import stripe

from revenue_intel.testing.standin import Standin
from tests.testing.conftest import SECRET
from tests.testing.receiver import Receiver

DAY = 24 * 60 * 60


@pytest.fixture
def second_receiver():
    running = Receiver()
    yield running
    running.close()


def test_events_are_filtered_by_type_and_time(standin, sdk):
    now = int(time.time())
    for ago in (30, 20, 10):
        with standin.at(now - ago):
            standin.api.create_customer(email=f"{ago}@example.com")
            standin.api.create_payment_intent(amount=ago, currency="gbp")

    def seen(**filters):
        return [(row.type, now - row.created) for row in sdk.v1.events.list(filters).data]

    assert seen(type="customer.created") == [("customer.created", ago) for ago in (10, 20, 30)]
    assert seen(type="payment_intent.*", created={"lt": now - 10}) == [
        ("payment_intent.created", 20),
        ("payment_intent.created", 30),
    ]
    assert len(seen(types=["customer.created", "payment_intent.created"])) == 6
    assert seen(types=["customer.created"], created={"gte": now - 20, "lte": now - 20}, limit=100) == [
        ("customer.created", 20)
    ]
    assert seen(types=["customer.created"], delivery_success=False, limit=1) == [("customer.created", 10)]
    assert seen(created={"gt": now - 10}) == []


def test_the_recipe_for_missed_events_yields_them_oldest_first(standin, sdk):
    for number in range(7):
        standin.api.create_customer(email=f"{number}@example.com")
    oldest = sdk.v1.events.list({"limit": 100}).data[-1]

    missed = sdk.v1.events.list({"ending_before": oldest.id, "limit": 2, "delivery_success": False})

    emails = [event.data.object.email for event in missed.auto_paging_iter()]
    assert missed.has_more is True
    assert emails == [f"{number}@example.com" for number in range(1, 7)]


@pytest.mark.parametrize(
    "params",
    [
        {"type": "customer.created", "types": ["customer.created"]},
        {"types": [f"type.{number}" for number in range(21)]},
        {"limit": 101},
        {"starting_after": "evt_none"},
    ],
)
def test_a_senseless_question_is_refused(sdk, params):
    with pytest.raises(stripe.InvalidRequestError):
        sdk.v1.events.list(params)


def test_events_are_known_for_thirty_days(standin, sdk):
    now = int(time.time())
    for age in (31 * DAY, 29 * DAY):
        with standin.at(now - age):
            standin.api.create_customer(name=str(age))
    old, recent = standin.records()["events"]

    assert [row.id for row in sdk.v1.events.list().data] == [recent["id"]]
    assert sdk.v1.events.retrieve(recent["id"]).type == "customer.created"
    with pytest.raises(stripe.InvalidRequestError, match="No such event"):
        sdk.v1.events.retrieve(old["id"])


@pytest.mark.parametrize(("days", "known"), [(1, 0), (None, 1)])
def test_the_horizon_can_be_set(days, known):
    standin = Standin(secret=SECRET, event_days=days)
    with standin.at(5):
        standin.api.create_customer()

    assert len(standin.api.list_events()["data"]) == known


def test_an_endpoint_that_is_created_is_told_what_it_asked_for(receiver, standin, sdk):
    made = sdk.v1.webhook_endpoints.create({"url": receiver.url, "enabled_events": ["customer.created"]})

    sdk.v1.customers.create({"email": "ada@example.com"})
    sdk.v1.payment_intents.create({"amount": 5, "currency": "gbp"})
    assert standin.drain()

    (event,) = receiver.events(made.secret)
    assert (event.type, event.pending_webhooks) == ("customer.created", 1)
    assert standin.deliveries[0].url == receiver.url
    (listed,) = sdk.v1.webhook_endpoints.list().data
    assert (listed.url, listed.enabled_events, listed.status) == (
        receiver.url,
        ["customer.created"],
        "enabled",
    )
    assert (listed.livemode, listed.api_version) == (False, None)
    assert "secret" not in listed


def test_every_endpoint_is_told_with_its_own_secret(receiver, second_receiver):
    with Standin(secret=SECRET, webhook_url=receiver.url) as standin:
        other = standin.api.create_webhook_endpoint(url=second_receiver.url)
        standin.api.create_customer()
        assert standin.drain()

    (first,), (second,) = receiver.events(SECRET), second_receiver.events(other["secret"])
    assert first.id == second.id
    assert first.pending_webhooks == 2
    with pytest.raises(stripe.SignatureVerificationError):
        second_receiver.events(SECRET)


def test_an_endpoint_that_is_disabled_or_deleted_hears_nothing(receiver, standin, sdk):
    made = sdk.v1.webhook_endpoints.create({"url": receiver.url, "enabled_events": ["*"]})
    sdk.v1.webhook_endpoints.update(made.id, {"disabled": True})
    standin.api.create_customer()
    sdk.v1.webhook_endpoints.update(made.id, {"disabled": False})
    standin.api.create_customer(name="Ada")
    assert standin.drain()
    gone = sdk.v1.webhook_endpoints.delete(made.id)
    standin.api.create_customer()
    assert standin.drain()

    assert gone.deleted is True
    assert [event.data.object.name for event in receiver.events(made.secret)] == ["Ada"]
    assert sdk.v1.webhook_endpoints.list().data == []
    with pytest.raises(stripe.InvalidRequestError, match="No such webhook_endpoint"):
        sdk.v1.webhook_endpoints.retrieve(made.id)


def test_no_endpoint_leads_off_this_machine(sdk):
    with pytest.raises(stripe.InvalidRequestError, match="this machine only") as caught:
        sdk.v1.webhook_endpoints.create({"url": "http://example.com/", "enabled_events": ["*"]})

    assert caught.value.param == "url"
