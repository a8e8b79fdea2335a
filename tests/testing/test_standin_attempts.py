"""Payments that are not decided at once: reserved and captured, asked for more, days under way."""

from __future__ import annotations

import pytest
import stripe

from revenue_intel.testing.standin import ApiFault, Standin
from tests.testing.conftest import SECRET, send
from tests.testing.test_standin_checkout import order
from tests.testing.test_standin_payments import PAID, types

DAY = 24 * 60 * 60
RESERVED = {**PAID, "capture_method": "manual"}
DEBIT = {**PAID, "payment_method": "pm_usBankAccount_success"}
BOUNCED = {**PAID, "payment_method": "pm_usBankAccount_insufficientFunds"}


def test_reserved_money_is_not_received(standin, sdk):
    intent = sdk.v1.payment_intents.create({**RESERVED, "expand": ["latest_charge"]})

    assert (intent.status, intent.amount_capturable, intent.amount_received) == ("requires_capture", 2500, 0)
    charge = intent.latest_charge
    assert (charge.status, charge.paid, charge.captured, charge.amount_captured) == (
        "succeeded",
        True,
        False,
        0,
    )
    assert charge.balance_transaction is None
    assert types(standin) == [
        "payment_intent.created",
        "charge.succeeded",
        "payment_intent.amount_capturable_updated",
    ]
    with pytest.raises(stripe.InvalidRequestError, match="does not have a successful charge"):
        sdk.v1.refunds.create({"payment_intent": intent.id})


@pytest.mark.parametrize("amount", [2500, 1000])
def test_a_capture_takes_all_or_a_part(standin, sdk, amount):
    intent = sdk.v1.payment_intents.create(RESERVED)

    done = sdk.v1.payment_intents.capture(intent.id, {"amount_to_capture": amount})

    assert (done.status, done.amount, done.amount_received, done.amount_capturable) == (
        "succeeded",
        2500,
        amount,
        0,
    )
    charge = sdk.v1.charges.retrieve(done.latest_charge, {"expand": ["balance_transaction"]})
    assert (charge.captured, charge.amount_captured, charge.amount_refunded) == (True, amount, 0)
    assert charge.balance_transaction.amount == amount
    assert types(standin)[3:] == ["charge.captured", "payment_intent.succeeded"]
    assert sdk.v1.refunds.create({"payment_intent": intent.id}).amount == amount
    assert sdk.v1.charges.retrieve(done.latest_charge).refunded is True


@pytest.mark.parametrize("amount", [0, 2501])
def test_a_capture_takes_no_more_than_was_reserved(sdk, amount):
    intent = sdk.v1.payment_intents.create(RESERVED)

    with pytest.raises(stripe.InvalidRequestError) as caught:
        sdk.v1.payment_intents.capture(intent.id, {"amount_to_capture": amount})

    assert caught.value.param == "amount_to_capture"


def test_what_is_paid_cannot_be_captured(sdk):
    intent = sdk.v1.payment_intents.create(PAID)

    with pytest.raises(stripe.InvalidRequestError, match="requires_capture"):
        sdk.v1.payment_intents.capture(intent.id)


def test_reserved_money_is_let_go_after_seven_days():
    standin = Standin(secret=SECRET, clock=lambda: 1_000)
    intent = standin.api.create_payment_intent(**RESERVED)
    standin.advance(7 * DAY - 1)
    assert standin.api.get_payment_intent(intent["id"])["status"] == "requires_capture"

    standin.advance(1)

    gone = standin.api.get_payment_intent(intent["id"])
    assert (gone["status"], gone["cancellation_reason"], gone["amount_capturable"]) == (
        "canceled",
        "expired",
        0,
    )
    assert types(standin)[-2:] == ["charge.expired", "payment_intent.canceled"]
    with pytest.raises(ApiFault):
        standin.api.capture(intent["id"])


def test_reserved_money_can_be_let_go_before(standin, sdk):
    intent = sdk.v1.payment_intents.create(RESERVED)

    sdk.v1.payment_intents.cancel(intent.id)
    standin.advance(8 * DAY)

    assert types(standin)[3:] == ["payment_intent.canceled"]


def test_the_bank_may_ask_the_customer_first(standin, sdk, http_api):
    intent = sdk.v1.payment_intents.create({**PAID, "payment_method": "pm_card_authenticationRequired"})
    assert (intent.status, intent.latest_charge) == ("requires_action", None)

    answer = http_api("POST", f"/_standin/payment_intents/{intent.id}/authenticate", form={})

    assert answer.status == 200
    assert sdk.v1.payment_intents.retrieve(intent.id).status == "succeeded"
    assert types(standin) == [
        "payment_intent.created",
        "payment_intent.requires_action",
        "charge.succeeded",
        "payment_intent.succeeded",
        "charge.updated",
    ]


def test_the_customer_may_not_pass(standin, sdk):
    intent = sdk.v1.payment_intents.create({**PAID, "payment_method": "pm_card_authenticationRequired"})

    standin.api.fail_payment(intent.id)

    waiting = sdk.v1.payment_intents.retrieve(intent.id)
    assert waiting.status == "requires_payment_method"
    assert waiting.last_payment_error.code == "payment_intent_authentication_failure"
    assert types(standin)[-2:] == ["charge.failed", "payment_intent.payment_failed"]


@pytest.mark.parametrize(
    ("debit", "status", "told"),
    [
        (DEBIT, "succeeded", ["charge.succeeded", "payment_intent.succeeded", "charge.updated"]),
        (BOUNCED, "requires_payment_method", ["charge.failed", "payment_intent.payment_failed"]),
    ],
)
def test_a_bank_debit_is_decided_three_days_later(debit, status, told):
    standin = Standin(secret=SECRET, clock=lambda: 1_000)
    intent = standin.api.create_payment_intent(**debit)
    assert intent["status"] == "processing"
    assert types(standin)[1:] == ["charge.pending", "payment_intent.processing"]

    standin.advance(3 * DAY)

    assert standin.api.get_payment_intent(intent["id"])["status"] == status
    assert types(standin)[3:] == told
    assert {row["created"] for row in standin.records()["events"][3:]} == {1_000 + 3 * DAY}


def test_a_debit_that_came_in_is_not_decided_again(standin, sdk):
    intent = sdk.v1.payment_intents.create(BOUNCED)

    standin.api.settle_payment(intent.id)
    standin.advance(4 * DAY)

    charge = sdk.v1.charges.retrieve(sdk.v1.payment_intents.retrieve(intent.id).latest_charge)
    assert (charge.status, charge.paid, charge.amount_captured) == ("succeeded", True, 2500)
    assert charge.payment_method_details.us_bank_account.last4 == "2222"
    assert sdk.v1.balance_transactions.retrieve(charge.balance_transaction).type == "payment"
    with pytest.raises(ApiFault, match="status of succeeded"):
        standin.api.fail_payment(intent.id)


@pytest.mark.parametrize(
    ("action", "paid", "told"),
    [
        ("later", "paid", "checkout.session.async_payment_succeeded"),
        ("bounce", "unpaid", "checkout.session.async_payment_failed"),
    ],
)
def test_a_visitor_may_pay_by_bank_debit(standin, sdk, action, paid, told):
    session = sdk.v1.checkout.sessions.create(order())

    answer = send("POST", session.url, form={"action": action})
    done = sdk.v1.checkout.sessions.retrieve(session.id)
    page = send("GET", f"{standin.url}/c/pay/{session.id}")
    standin.advance(3 * DAY)

    assert answer.status == 303
    assert (done.status, done.payment_status) == ("complete", "unpaid")
    assert "Payment under way" in page.text
    assert sdk.v1.checkout.sessions.retrieve(session.id).payment_status == paid
    assert types(standin)[:4] == [
        "payment_intent.created",
        "charge.pending",
        "payment_intent.processing",
        "checkout.session.completed",
    ]
    assert told in types(standin)


def test_a_visitor_may_abandon_the_checkout(standin, sdk):
    session = sdk.v1.checkout.sessions.create(order())

    answer = send("POST", session.url, form={"action": "abandon"})

    assert (answer.status, answer.headers["Location"]) == (303, session.cancel_url)
    assert sdk.v1.checkout.sessions.retrieve(session.id).status == "expired"
    assert types(standin) == ["checkout.session.expired"]


def test_a_checkout_expires_by_itself_after_a_day(standin, sdk):
    session = sdk.v1.checkout.sessions.create(order())

    standin.advance(DAY)

    assert sdk.v1.checkout.sessions.retrieve(session.id).status == "expired"


def test_a_checkout_is_complete_once_the_bank_has_seen_the_visitor(standin, sdk):
    session = sdk.v1.checkout.sessions.create(order())
    asked = standin.api.pay_checkout_session(session.id, payment_method="pm_card_authenticationRequired")

    standin.api.authenticate(asked["payment_intent"])

    done = sdk.v1.checkout.sessions.retrieve(session.id)
    assert (asked["status"], done.status, done.payment_status) == ("open", "complete", "paid")


def test_a_reserved_checkout_is_complete_and_unpaid(sdk):
    session = sdk.v1.checkout.sessions.create(order(payment_intent_data={"capture_method": "manual"}))

    send("POST", session.url, form={"action": "pay"})

    done = sdk.v1.checkout.sessions.retrieve(session.id, {"expand": ["payment_intent"]})
    assert (done.status, done.payment_status) == ("complete", "unpaid")
    assert done.payment_intent.status == "requires_capture"
