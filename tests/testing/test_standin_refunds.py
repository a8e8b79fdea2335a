"""Refunds: never more than was paid, each with its events, and what the bank makes of them later."""

from __future__ import annotations

from typing import Any

import pytest
import stripe

from revenue_intel.testing.standin import ApiFault, Standin
from tests.testing.test_standin_payments import PAID, UNPAID, types


@pytest.fixture
def paid(sdk):
    """A payment of 25.00 GBP."""
    return sdk.v1.payment_intents.create(PAID)


def last_events(standin: Standin, number: int) -> Any:
    return standin.records()["events"][-number:]


def test_a_whole_refund_leaves_nothing(standin, sdk, paid):
    refund = sdk.v1.refunds.create({"payment_intent": paid.id, "reason": "duplicate"})

    assert (refund.amount, refund.status, refund.reason) == (2500, "succeeded", "duplicate")
    charge = sdk.v1.charges.retrieve(paid.latest_charge)
    assert (charge.amount_refunded, charge.refunded) == (2500, True)
    created, refunded = last_events(standin, 2)
    assert (created["type"], refunded["type"]) == ("refund.created", "charge.refunded")
    assert refunded["data"]["previous_attributes"] == {"amount_refunded": 0, "refunded": False}


def test_parts_add_up(standin, sdk, paid):
    sdk.v1.refunds.create({"payment_intent": paid.id, "amount": 1000})
    sdk.v1.refunds.create({"charge": paid.latest_charge, "amount": 500})

    (refunded,) = last_events(standin, 1)
    assert refunded["data"]["object"]["amount_refunded"] == 1500
    assert refunded["data"]["previous_attributes"] == {"amount_refunded": 1000}
    rest = sdk.v1.refunds.create({"payment_intent": paid.id})
    assert rest.amount == 1000


def test_more_than_is_left_is_refused(sdk, paid):
    sdk.v1.refunds.create({"payment_intent": paid.id, "amount": 2000})

    with pytest.raises(stripe.InvalidRequestError, match=r"5\.01 GBP.*5\.00 GBP") as caught:
        sdk.v1.refunds.create({"payment_intent": paid.id, "amount": 501})

    assert caught.value.param == "amount"
    assert sdk.v1.charges.retrieve(paid.latest_charge).amount_refunded == 2000


def test_what_is_refunded_cannot_be_refunded_again(sdk, paid):
    sdk.v1.refunds.create({"payment_intent": paid.id})

    with pytest.raises(stripe.InvalidRequestError) as caught:
        sdk.v1.refunds.create({"payment_intent": paid.id})

    assert caught.value.code == "charge_already_refunded"


def test_nothing_paid_nothing_refunded(sdk, paid):
    unpaid = sdk.v1.payment_intents.create(UNPAID)
    with pytest.raises(stripe.CardError):
        sdk.v1.payment_intents.confirm(unpaid.id, {"payment_method": "pm_card_chargeDeclined"})
    failed = sdk.v1.payment_intents.retrieve(unpaid.id).latest_charge

    for params, message in (
        ({"payment_intent": unpaid.id}, "does not have a successful charge"),
        ({"charge": failed}, "was not successful"),
        ({"charge": paid.latest_charge, "payment_intent": unpaid.id}, "does not belong"),
        ({}, "payment_intent or charge"),
        ({"payment_intent": "pi_none"}, "No such payment_intent: 'pi_none'"),
        ({"charge": "ch_none"}, "No such charge: 'ch_none'"),
        ({"payment_intent": paid.id, "amount": 0}, "greater than or equal to 1"),
        ({"payment_intent": paid.id, "reason": "regret"}, "must be one of"),
    ):
        with pytest.raises(stripe.InvalidRequestError, match=message):
            sdk.v1.refunds.create(params)


def test_metadata_is_all_that_can_be_changed(standin, sdk, paid):
    refund = sdk.v1.refunds.create({"payment_intent": paid.id, "metadata": {"by": "ops"}})

    sdk.v1.refunds.update(refund.id, {"metadata": {"by": "admin"}})
    sdk.v1.refunds.update(refund.id, {"metadata": {"by": "admin"}})

    (updated,) = last_events(standin, 1)
    assert types(standin).count("refund.updated") == 1
    assert updated["data"]["previous_attributes"] == {"metadata": {"by": "ops"}}
    with pytest.raises(stripe.InvalidRequestError, match="unknown parameter: amount"):
        sdk.v1.refunds.update(refund.id, {"amount": 1})


def test_a_pending_refund_settles_later(standin, sdk):
    paid = sdk.v1.payment_intents.create({**PAID, "payment_method": "pm_card_pendingRefund"})
    refund = sdk.v1.refunds.create({"payment_intent": paid.id})
    assert (refund.status, refund.pending_reason) == ("pending", "processing")

    standin.api.settle_refund(refund.id)

    updated, same = last_events(standin, 2)
    assert sdk.v1.refunds.retrieve(refund.id).status == "succeeded"
    assert (updated["type"], same["type"]) == ("refund.updated", "charge.refund.updated")
    assert updated["data"] == same["data"]
    assert updated["data"]["previous_attributes"] == {"pending_reason": "processing", "status": "pending"}
    with pytest.raises(ApiFault, match="status succeeded cannot be settled"):
        standin.api.settle_refund(refund.id)


def test_a_refund_that_fails_later_can_be_made_again(standin, sdk, paid):
    refund = sdk.v1.refunds.create({"payment_intent": paid.id})

    standin.api.fail_refund(refund.id, reason="expired_or_canceled_card")

    updated, _, failed = last_events(standin, 3)
    assert (updated["type"], failed["type"]) == ("refund.updated", "refund.failed")
    assert updated["data"]["previous_attributes"] == {"status": "succeeded"}
    assert failed["data"]["object"]["failure_reason"] == "expired_or_canceled_card"
    assert sdk.v1.charges.retrieve(paid.latest_charge).amount_refunded == 0
    assert sdk.v1.refunds.create({"payment_intent": paid.id}).amount == 2500


def test_the_card_of_failing_refunds_answers_success_and_fails_then(standin, sdk):
    paid = sdk.v1.payment_intents.create({**PAID, "payment_method": "pm_card_refundFail"})

    refund = sdk.v1.refunds.create({"payment_intent": paid.id})

    assert refund.status == "succeeded"
    assert sdk.v1.refunds.retrieve(refund.id).status == "failed"
    assert types(standin)[-5:] == [
        "refund.created",
        "charge.refunded",
        "refund.updated",
        "charge.refund.updated",
        "refund.failed",
    ]


def test_only_a_refund_that_waits_for_the_customer_is_cancelled(standin, sdk, paid):
    waiting = standin.api.refund(payment_intent=paid.id, amount=100, status="requires_action")
    done = sdk.v1.refunds.create({"payment_intent": paid.id, "amount": 100})

    gone = sdk.v1.refunds.cancel(waiting["id"])

    assert gone.status == "canceled"
    assert sdk.v1.charges.retrieve(paid.latest_charge).amount_refunded == 100
    with pytest.raises(stripe.InvalidRequestError, match="cannot be canceled"):
        sdk.v1.refunds.cancel(done.id)


def test_refunds_are_listed_by_payment_and_by_charge(sdk, paid):
    other = sdk.v1.payment_intents.create(PAID)
    mine = [sdk.v1.refunds.create({"payment_intent": paid.id, "amount": n}).id for n in (1, 2)]
    sdk.v1.refunds.create({"payment_intent": other.id})

    by_payment = sdk.v1.refunds.list({"payment_intent": paid.id})
    by_charge = sdk.v1.refunds.list({"charge": paid.latest_charge})

    assert [row.id for row in by_payment.data] == mine[::-1] == [row.id for row in by_charge.data]
