"""Connected accounts: each with its own objects and events, told of at the connect endpoint."""

from __future__ import annotations

import pytest
import stripe

from tests.testing.conftest import SECRET
from tests.testing.receiver import Receiver
from tests.testing.test_standin_payments import PAID

ACCOUNT = {"stripe_account": "acct_1Ada"}


@pytest.fixture
def connect():
    running = Receiver()
    yield running
    running.close()


def test_an_account_sees_only_what_is_its_own(standin, sdk):
    mine = sdk.v1.payment_intents.create(PAID)
    theirs = sdk.v1.payment_intents.create(PAID, ACCOUNT)

    assert [row.id for row in sdk.v1.payment_intents.list().data] == [mine.id]
    assert [row.id for row in sdk.v1.payment_intents.list({}, ACCOUNT).data] == [theirs.id]
    assert len(sdk.v1.balance_transactions.list({}, ACCOUNT).data) == 1
    with pytest.raises(stripe.InvalidRequestError, match="No such payment_intent"):
        sdk.v1.payment_intents.retrieve(theirs.id)
    records = standin.records()
    assert [row["id"] for row in records["payment_intents"]] == [mine.id]
    assert [row["id"] for row in records["accounts"]["acct_1Ada"]["payment_intents"]] == [theirs.id]


def test_its_events_name_it_and_are_listed_for_it(sdk):
    sdk.v1.payment_intents.create(PAID, ACCOUNT)

    assert sdk.v1.events.list().data == []
    events = sdk.v1.events.list({}, ACCOUNT).data
    assert [event.type for event in reversed(events)] == [
        "payment_intent.created",
        "charge.succeeded",
        "payment_intent.succeeded",
        "charge.updated",
    ]
    assert {event.account for event in events} == {"acct_1Ada"}


def test_they_are_delivered_to_the_connect_endpoint_only(receiver, connect, standin, sdk):
    standin.api.create_webhook_endpoint(url=receiver.url, secret=SECRET)
    made = sdk.v1.webhook_endpoints.create(
        {"url": connect.url, "enabled_events": ["customer.created"], "connect": True}
    )

    sdk.v1.customers.create({"name": "Platform"})
    with standin.within("acct_1Ada"):
        standin.api.create_customer(name="Connected")
    assert standin.drain()

    assert [(row.data.object.name, "account" in row) for row in receiver.events(SECRET)] == [
        ("Platform", False)
    ]
    assert [(row.data.object.name, row.account) for row in connect.events(made.secret)] == [
        ("Connected", "acct_1Ada")
    ]


def test_what_an_account_waits_for_happens_in_it(standin, sdk):
    debit = {**PAID, "payment_method": "pm_usBankAccount_success"}
    intent = sdk.v1.payment_intents.create(debit, ACCOUNT)

    standin.advance(3 * 24 * 60 * 60)

    assert sdk.v1.payment_intents.retrieve(intent.id, {}, ACCOUNT).status == "succeeded"
    assert standin.records()["events"] == []


def test_accounts_are_remembered(standin, sdk):
    sdk.v1.customers.create({"name": "Ada"}, ACCOUNT)
    records = standin.records()

    standin.load(records)

    assert sdk.v1.customers.list({}, ACCOUNT).data[0].name == "Ada"
    assert standin.records() == records


@pytest.mark.parametrize("account", ["ada", "acct_", "acct_1;2", "acct_" + "x" * 65])
def test_a_senseless_account_is_refused(sdk, account):
    with pytest.raises(stripe.PermissionError):
        sdk.v1.customers.list({}, {"stripe_account": account})
