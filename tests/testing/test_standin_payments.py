"""Payments through the official SDK: paid, declined, cancelled, listed, expanded."""

from __future__ import annotations

import json
from typing import Any

import pytest
import stripe

from revenue_intel.testing.standin import Standin

PAID = {"amount": 2500, "currency": "gbp", "confirm": True, "payment_method": "pm_card_visa"}
UNPAID = {"amount": 2500, "currency": "gbp"}


def types(standin: Standin) -> list[str]:
    """The types of all events, oldest first."""
    return [event["type"] for event in standin.records()["events"]]


def refused(problem: stripe.StripeError) -> Any:
    """The error object of an exception."""
    return problem.error


def test_a_payment_is_created_then_confirmed(standin, sdk):
    intent = sdk.v1.payment_intents.create({**UNPAID, "metadata": {"order_reference": "R1"}})
    assert intent.status == "requires_payment_method"

    paid = sdk.v1.payment_intents.confirm(intent.id, {"payment_method": "pm_card_mastercard"})

    assert (paid.status, paid.amount_received) == ("succeeded", 2500)
    charge = sdk.v1.charges.retrieve(paid.latest_charge)
    assert charge.payment_method_details.card.brand == "mastercard"
    assert charge.metadata["order_reference"] == "R1"
    assert types(standin) == [
        "payment_intent.created",
        "charge.succeeded",
        "payment_intent.succeeded",
        "charge.updated",
    ]


def test_an_event_names_the_request_and_its_idempotency_key(standin, sdk):
    intent = sdk.v1.payment_intents.create(UNPAID, {"idempotency_key": "order-1"})

    (event,) = sdk.v1.events.list({"type": "payment_intent.created"}).data

    assert event["request"]["idempotency_key"] == "order-1"
    assert event["request"]["id"] == intent.last_response.request_id
    assert event.pending_webhooks == 0


@pytest.mark.parametrize(
    ("card", "code", "decline_code"),
    [
        ("pm_card_chargeDeclined", "card_declined", "generic_decline"),
        ("pm_card_visa_chargeDeclinedInsufficientFunds", "card_declined", "insufficient_funds"),
        ("pm_card_chargeDeclinedExpiredCard", "expired_card", "expired_card"),
    ],
)
def test_a_declined_card_is_a_card_error_and_the_payment_waits(standin, sdk, card, code, decline_code):
    intent = sdk.v1.payment_intents.create(UNPAID)

    with pytest.raises(stripe.CardError) as caught:
        sdk.v1.payment_intents.confirm(intent.id, {"payment_method": card})

    assert (caught.value.http_status, caught.value.code) == (402, code)
    assert refused(caught.value).decline_code == decline_code
    assert refused(caught.value).payment_intent.id == intent.id
    waiting = sdk.v1.payment_intents.retrieve(intent.id, {"expand": ["latest_charge"]})
    assert (waiting.status, waiting.payment_method) == ("requires_payment_method", None)
    assert waiting.last_payment_error.decline_code == decline_code
    assert (waiting.latest_charge.status, waiting.latest_charge.failure_code) == ("failed", code)
    assert types(standin)[1:] == ["charge.failed", "payment_intent.payment_failed"]


def test_a_second_card_pays_what_the_first_did_not(sdk):
    with pytest.raises(stripe.CardError) as caught:
        sdk.v1.payment_intents.create({**PAID, "payment_method": "pm_card_chargeDeclined"})
    intent = refused(caught.value).payment_intent.id

    paid = sdk.v1.payment_intents.confirm(intent, {"payment_method": "pm_card_visa"})

    assert (paid.status, paid.last_payment_error) == ("succeeded", None)
    assert [row.status for row in sdk.v1.charges.list({"payment_intent": intent}).data] == [
        "succeeded",
        "failed",
    ]


@pytest.mark.parametrize("named_again", [True, False])
def test_a_payment_method_given_before_is_used_when_confirmed(sdk, named_again):
    intent = sdk.v1.payment_intents.create({**UNPAID, "payment_method": "pm_card_visa"})
    assert intent.status == "requires_confirmation"

    params = {"payment_method": intent.payment_method} if named_again else {}
    paid = sdk.v1.payment_intents.confirm(intent.id, params)

    assert (paid.status, paid.payment_method) == ("succeeded", intent.payment_method)


def test_metadata_can_be_changed_after_payment(sdk):
    intent = sdk.v1.payment_intents.create({**PAID, "automatic_payment_methods": {"enabled": True}})

    changed = sdk.v1.payment_intents.update(intent.id, {"metadata": {"order_reference": "R2"}})

    assert changed.metadata["order_reference"] == "R2"


def test_what_is_paid_cannot_be_confirmed_cancelled_or_repriced(sdk):
    intent = sdk.v1.payment_intents.create(PAID)

    for call in (
        lambda: sdk.v1.payment_intents.confirm(intent.id, {"payment_method": "pm_card_visa"}),
        lambda: sdk.v1.payment_intents.cancel(intent.id),
        lambda: sdk.v1.payment_intents.update(intent.id, {"amount": 1}),
    ):
        with pytest.raises(stripe.InvalidRequestError) as caught:
            call()
        assert caught.value.code == "payment_intent_unexpected_state"


def test_confirming_without_any_card_is_refused(sdk):
    intent = sdk.v1.payment_intents.create(UNPAID)

    with pytest.raises(stripe.InvalidRequestError, match="missing a payment method"):
        sdk.v1.payment_intents.confirm(intent.id)
    with pytest.raises(stripe.InvalidRequestError, match="must provide a payment method"):
        sdk.v1.payment_intents.create({**UNPAID, "confirm": True})


def test_an_unpaid_payment_is_cancelled_with_its_reason(standin, sdk):
    intent = sdk.v1.payment_intents.create(UNPAID)

    gone = sdk.v1.payment_intents.cancel(intent.id, {"cancellation_reason": "abandoned"})

    assert (gone.status, gone.cancellation_reason) == ("canceled", "abandoned")
    assert gone.canceled_at is not None
    assert types(standin)[-1] == "payment_intent.canceled"


def test_an_unpaid_payment_is_changed(sdk):
    customer = sdk.v1.customers.create({"email": "ada@example.com"})
    intent = sdk.v1.payment_intents.create({**UNPAID, "metadata": {"a": "1", "b": "2"}})

    changed = sdk.v1.payment_intents.update(
        intent.id,
        {
            "amount": 900,
            "currency": "EUR",
            "customer": customer.id,
            "description": "",
            "metadata": {"a": "", "c": "3"},
            "payment_method": "pm_card_visa",
        },
    )

    assert (changed.amount, changed.currency, changed.customer) == (900, "eur", customer.id)
    assert json.loads(str(changed.metadata)) == {"b": "2", "c": "3"}
    assert (changed.status, changed.description) == ("requires_confirmation", None)


@pytest.mark.parametrize(
    ("params", "param"),
    [
        ({"currency": "gbp"}, "amount"),
        ({"amount": 0, "currency": "gbp"}, "amount"),
        ({"amount": 100_000_000, "currency": "gbp"}, "amount"),
        ({"amount": "ten", "currency": "gbp"}, "amount"),
        ({"amount": 1, "currency": "pounds"}, "currency"),
        ({"amount": 1, "currency": ""}, "currency"),
        ({**UNPAID, "customer": "cus_none"}, "customer"),
        ({**UNPAID, "payment_method": "pm_none"}, "payment_method"),
        ({**UNPAID, "confirm": "perhaps"}, "confirm"),
        ({**UNPAID, "capture_method": "later"}, "capture_method"),
        ({**UNPAID, "application_fee_amount": 1}, "application_fee_amount"),
        ({**UNPAID, "metadata": {"a": "x" * 501}}, "metadata[a]"),
        ({**UNPAID, "metadata": {str(n): "x" for n in range(51)}}, "metadata"),
        ({**UNPAID, "description": "x" * 5001}, "description"),
        ({**UNPAID, "description": {"a": "b"}}, "description"),
        ({**UNPAID, "shipping": "road"}, "shipping"),
        ({**UNPAID, "expand": ["application"]}, "expand"),
        ({**UNPAID, "expand": ["refunds"]}, "expand"),
        ({**UNPAID, "expand": ["latest_charge.payment_intent.latest_charge.customer.x"]}, "expand"),
    ],
)
def test_a_wrong_parameter_is_named(sdk, params, param):
    with pytest.raises(stripe.InvalidRequestError) as caught:
        sdk.v1.payment_intents.create(params)

    assert caught.value.param == param
    assert caught.value.http_status == 400


def test_an_unknown_identifier_is_missing(sdk):
    with pytest.raises(stripe.InvalidRequestError) as caught:
        sdk.v1.payment_intents.retrieve("pi_none")

    assert (caught.value.http_status, caught.value.code) == (404, "resource_missing")
    assert str(caught.value.request_id).startswith("req_")


def test_auto_paging_yields_everything_once_newest_first(standin, sdk):
    made = []
    for moment in (50, 10, 30, 30, 20, 40):
        with standin.at(moment):
            made.append(standin.api.create_payment_intent(amount=moment, currency="gbp")["id"])

    listed = [row.id for row in sdk.v1.payment_intents.list({"limit": 2}).auto_paging_iter()]

    fifty, ten, first_thirty, second_thirty, twenty, forty = made
    assert listed == [fifty, forty, second_thirty, first_thirty, twenty, ten]


def test_auto_paging_backwards_yields_oldest_first(standin, sdk):
    made = [standin.api.create_payment_intent(amount=1, currency="gbp")["id"] for _ in range(6)]

    page = sdk.v1.payment_intents.list({"limit": 2, "ending_before": made[0]})

    assert [row.id for row in page.auto_paging_iter()] == made[1:]


def test_lists_are_filtered(standin, sdk):
    customer = sdk.v1.customers.create({"email": "ada@example.com"}).id
    for moment in (10, 20, 30):
        with standin.at(moment):
            standin.api.create_payment_intent(amount=moment, currency="gbp", customer=customer)
    sdk.v1.payment_intents.create(UNPAID)

    def amounts(**filters):
        return [row.amount for row in sdk.v1.payment_intents.list({"customer": customer, **filters}).data]

    assert amounts() == [30, 20, 10]
    assert amounts(created={"gt": 10, "lt": 30}) == [20]
    assert amounts(created={"gte": 20, "lte": 30}) == [30, 20]
    assert amounts(created=20) == [20]


@pytest.mark.parametrize(
    "params",
    [
        {"limit": 0},
        {"limit": 101},
        {"starting_after": "pi_none"},
        {"starting_after": "pi_1", "ending_before": "pi_2"},
        {"created": {"about": 5}},
        {"created": {"gt": "noon"}},
        {"expand": ["latest_charge"]},
        {"expand": ["data"]},
    ],
)
def test_a_senseless_list_is_refused(sdk, params):
    with pytest.raises(stripe.InvalidRequestError):
        sdk.v1.payment_intents.list(params)


def test_objects_are_expanded_in_depth_and_in_lists(sdk):
    customer = sdk.v1.customers.create({"email": "ada@example.com"})
    paid = sdk.v1.payment_intents.create({**PAID, "customer": customer.id})
    refund = sdk.v1.refunds.create({"payment_intent": paid.id, "expand": ["payment_intent.latest_charge"]})

    (listed,) = sdk.v1.payment_intents.list(
        {"expand": ["data.latest_charge.balance_transaction", "data.customer"]}
    ).data
    charge = sdk.v1.charges.retrieve(paid.latest_charge, {"expand": ["refunds"]})

    assert refund.payment_intent.latest_charge.id == paid.latest_charge
    assert listed.latest_charge.paid is True
    assert listed.latest_charge.balance_transaction.amount == 2500
    assert listed.customer.email == "ada@example.com"
    assert [row.id for row in charge.refunds.data] == [refund.id]
    assert "refunds" not in sdk.v1.charges.retrieve(paid.latest_charge)


def test_customers_are_created_changed_and_found(standin, sdk):
    ada = sdk.v1.customers.create({"email": "ada@example.com", "name": "", "metadata": {"user": "1"}})
    sdk.v1.customers.create({"email": "bob@example.com"})

    sdk.v1.customers.update(ada.id, {"name": "Ada", "metadata": {"tier": "gold"}})
    sdk.v1.customers.update(ada.id, {"name": "Ada"})
    sdk.v1.customers.update(ada.id, {"metadata": ""})

    found = sdk.v1.customers.retrieve(ada.id)
    assert (ada.name, found.name, json.loads(str(found.metadata))) == (None, "Ada", {})
    assert [row.id for row in sdk.v1.customers.list({"email": "ada@example.com"}).data] == [ada.id]
    assert types(standin) == ["customer.created"] * 2 + ["customer.updated"] * 2
    first_change = standin.records()["events"][2]
    assert first_change["data"]["previous_attributes"] == {"name": None, "metadata": {"tier": None}}
