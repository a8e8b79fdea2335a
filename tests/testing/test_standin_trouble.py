"""What goes wrong on purpose: deliveries disturbed by a seed, and an API that fails when told to."""

from __future__ import annotations

import http.client
import json
import time

import pytest
import stripe

from revenue_intel.testing.standin import ApiFault, Standin
from tests.testing.conftest import SECRET, send
from tests.testing.test_standin_payments import PAID, UNPAID

THIRTY = [f"{number}@example.com" for number in range(30)]


def delivered(receiver, **mischief):
    """The customers that an endpoint was told of, thirty calls being disturbed."""
    with Standin(secret=SECRET, webhook_url=receiver.url, seed=1) as standin:
        standin.api.disturb(**mischief)
        for email in THIRTY:
            standin.api.create_customer(email=email)
        standin.advance(3600)
        assert standin.drain()
        assert len(standin.api.list_events(limit=100)["data"]) == 30
    emails = [event.data.object.email for event in receiver.events(SECRET)]
    receiver.posts.clear()
    return emails


def test_some_events_are_delivered_twice(receiver):
    emails = delivered(receiver, duplicate=0.5, seed=3)

    assert set(emails) == set(THIRTY)
    assert 30 < len(emails) < 60
    assert emails == delivered(receiver, duplicate=0.5, seed=3)
    assert emails != delivered(receiver, duplicate=0.5, seed=4)


def test_some_events_are_never_delivered(receiver):
    emails = delivered(receiver, drop=0.5, seed=3)

    assert 0 < len(emails) < 30
    assert emails == sorted(emails, key=THIRTY.index) == delivered(receiver, drop=0.5, seed=3)
    assert delivered(receiver, drop=1.0) == []


def test_some_events_are_delivered_late(receiver):
    emails = delivered(receiver, delay=0.5, delay_seconds=60, seed=3)

    assert sorted(emails) == sorted(THIRTY)
    assert emails != THIRTY


def test_late_events_wait_for_the_clock(receiver):
    with Standin(secret=SECRET, webhook_url=receiver.url, clock=lambda: 1_000) as standin:
        standin.api.disturb(delay=1.0, delay_seconds=60)
        standin.api.create_customer()
        standin.advance(59)
        standin.drain()
        early = len(receiver.posts)
        standin.advance(1)
        standin.drain()

    assert (early, len(receiver.posts)) == (0, 1)


def test_the_events_of_one_call_come_in_any_order(receiver):
    orders = set()
    with Standin(secret=SECRET, webhook_url=receiver.url) as standin:
        standin.api.disturb(reorder=True, seed=5)
        for _ in range(10):
            standin.api.create_payment_intent(**PAID)
            standin.drain()
            orders.add(tuple(event.type for event in receiver.events(SECRET)))
            receiver.posts.clear()

    assert len(orders) > 3
    assert len({frozenset(order) for order in orders}) == 1


def test_mischief_ends_when_told_and_is_checked(http_api, standin, receiver):
    standin.api.create_webhook_endpoint(url=receiver.url, secret=SECRET)
    http_api("POST", "/_standin/mischief", form={"drop": "1"})
    standin.api.create_customer()
    http_api("POST", "/_standin/mischief", form={})
    standin.api.create_customer(name="Ada")
    standin.drain()

    assert [event.data.object.name for event in receiver.events(SECRET)] == ["Ada"]
    for wrong in ({"drop": "2"}, {"drop": "often"}, {"seed": "x"}, {"luck": "1"}):
        assert http_api("POST", "/_standin/mischief", form=wrong).status == 400


def test_too_many_requests(standin, sdk):
    standin.api.fail_next("rate_limit", times=2, seconds=7)

    for _ in range(2):
        with pytest.raises(stripe.RateLimitError) as caught:
            sdk.v1.customers.list()
        assert caught.value.http_status == 429
        headers = {name.lower(): value for name, value in caught.value.headers.items()}
        assert headers["retry-after"] == "7"
        assert headers["stripe-rate-limited-reason"] == "global-rate"

    assert sdk.v1.customers.list().data == []


def test_an_error_hits_only_what_it_is_meant_for(standin, sdk, http_api):
    form = {"kind": "error", "path": "/v1/refunds", "method": "POST"}
    assert http_api("POST", "/_standin/outages", form=form).status == 200
    paid = sdk.v1.payment_intents.create(PAID)
    assert sdk.v1.refunds.list().data == []

    with pytest.raises(stripe.APIError):
        sdk.v1.refunds.create({"payment_intent": paid.id})

    assert standin.records()["refunds"] == []
    assert sdk.v1.refunds.create({"payment_intent": paid.id}).status == "succeeded"


@pytest.mark.parametrize("kind", ["reset", "timeout"])
def test_an_answer_that_is_lost_may_hide_work_that_was_done(standin, sdk, kind):
    standin.api.fail_next(kind, after_work=True, seconds=0)

    with pytest.raises(stripe.APIConnectionError):
        sdk.v1.payment_intents.create(UNPAID, {"idempotency_key": "order-1"})
    assert len(standin.records()["payment_intents"]) == 1
    again = sdk.v1.payment_intents.create(UNPAID, {"idempotency_key": "order-1"})

    assert [row["id"] for row in standin.records()["payment_intents"]] == [again.id]


def test_the_sdk_tries_again_by_itself(standin):
    patient = stripe.StripeClient(standin.api_key, base_addresses={"api": standin.url}, max_network_retries=2)
    standin.api.fail_next("reset", after_work=True)

    patient.v1.payment_intents.create(UNPAID)

    assert len(standin.records()["payment_intents"]) == 1


def test_a_timeout_ends_when_the_caller_gives_up(standin):
    standin.api.fail_next("timeout", seconds=60)
    connection = http.client.HTTPConnection("127.0.0.1", int(standin.url.rpartition(":")[2]), timeout=0.2)
    begun = time.monotonic()

    connection.request("GET", "/v1/customers")
    with pytest.raises(TimeoutError):
        connection.getresponse()
    connection.close()

    assert time.monotonic() - begun < 30


def test_the_clock_is_moved_over_http(http_api):
    def now():
        return json.loads(http_api("GET", "/_standin/clock").text)["now"]

    before = now()
    assert http_api("POST", "/_standin/clock", form={"seconds": "86400"}).status == 200

    assert 86400 <= now() - before < 86400 + 600
    for wrong in ({}, {"seconds": "-1"}, {"seconds": "99999999999"}, {"seconds": "soon"}):
        assert http_api("POST", "/_standin/clock", form=wrong).status == 400


def test_the_controls_want_a_test_key(standin):
    answer = send("POST", f"{standin.url}/_standin/clock", form={"seconds": "5"})

    assert answer.status == 401


@pytest.mark.parametrize("wrong", [{"times": 0}, {"seconds": -1}, {"seconds": 3601}])
def test_a_senseless_outage_is_refused(standin, wrong):
    with pytest.raises(ApiFault):
        standin.api.fail_next("error", **wrong)
