"""Disputes through the official SDK: asked, charged back, answered, won, lost, won after all."""

from __future__ import annotations

import json

import pytest
import stripe

from revenue_intel.testing.standin import ApiFault
from tests.testing.test_standin_payments import PAID, types

DAY = 24 * 60 * 60


@pytest.fixture
def charge(sdk):
    """A charge over 25.00 GBP."""
    return sdk.v1.payment_intents.create(PAID).latest_charge


def told(standin):
    """The events of disputes."""
    return [name.removeprefix("charge.dispute.") for name in types(standin) if "dispute" in name]


def test_a_formal_dispute_takes_money_and_fee(standin, sdk, http_api, charge):
    answer = http_api("POST", f"/_standin/charges/{charge}/dispute", form={"reason": "product_not_received"})

    dispute = sdk.v1.disputes.retrieve(json.loads(answer.text)["id"], {"expand": ["charge"]})
    (taken,) = dispute.balance_transactions
    assert (dispute.status, dispute.amount, dispute.reason) == (
        "needs_response",
        2500,
        "product_not_received",
    )
    assert (taken.amount, taken.fee, taken.net) == (-2500, 2000, -4500)
    assert (taken.type, taken.reporting_category, taken.source) == ("adjustment", "dispute", dispute.id)
    assert dispute.charge.disputed is True
    assert told(standin) == ["created", "funds_withdrawn"]
    with pytest.raises(stripe.InvalidRequestError) as caught:
        sdk.v1.refunds.create({"charge": charge})
    assert caught.value.code == "charge_disputed"


def test_an_inquiry_moves_no_money_until_it_escalates(standin, sdk, charge):
    asked = standin.api.open_dispute(charge, inquiry=True)
    assert (asked["status"], asked["balance_transactions"]) == ("warning_needs_response", [])
    assert asked["is_charge_refundable"] is True
    assert told(standin) == ["created"]

    formal = standin.api.escalate_dispute(asked["id"])

    assert (formal["status"], len(formal["balance_transactions"])) == ("needs_response", 1)
    assert told(standin)[1:] == ["updated", "funds_withdrawn"]


def test_an_inquiry_is_closed_after_120_days(standin, sdk, charge):
    asked = standin.api.open_dispute(charge, inquiry=True)

    standin.advance(120 * DAY)

    assert sdk.v1.disputes.retrieve(asked["id"]).status == "warning_closed"
    assert told(standin) == ["created", "closed"]


def test_evidence_is_handed_in(standin, sdk, charge):
    dispute = standin.api.open_dispute(charge)["id"]

    answered = sdk.v1.disputes.update(dispute, {"evidence": {"product_description": "A mug"}})

    assert (answered.status, answered.evidence.product_description) == ("under_review", "A mug")
    assert answered.evidence_details.submission_count == 1
    updated = standin.records()["events"][-1]
    assert updated["type"] == "charge.dispute.updated"
    assert updated["data"]["previous_attributes"]["status"] == "needs_response"


def test_a_win_brings_the_money_back_but_not_the_fee(standin, sdk, charge):
    dispute = standin.api.open_dispute(charge)["id"]

    standin.api.win_dispute(dispute)

    won = sdk.v1.disputes.retrieve(dispute)
    taken, back = won.balance_transactions
    assert won.status == "won"
    assert (back.amount, back.fee, back.reporting_category) == (2500, 0, "dispute_reversal")
    assert taken.amount + back.amount == 0
    assert told(standin)[2:] == ["closed", "funds_reinstated"]


def test_what_is_lost_may_be_won_after_all(standin, sdk, charge):
    dispute = standin.api.open_dispute(charge)["id"]
    assert sdk.v1.disputes.close(dispute).status == "lost"

    standin.api.win_dispute(dispute, amount=1000)

    won = sdk.v1.disputes.retrieve(dispute)
    assert (won.status, won.balance_transactions[1].amount) == ("won", 1000)
    assert told(standin)[2:] == ["closed", "closed", "funds_reinstated"]
    with pytest.raises(ApiFault, match="status won"):
        standin.api.lose_dispute(dispute)


def test_a_part_can_be_disputed_and_more_than_was_paid_too(standin, sdk, charge):
    part = standin.api.open_dispute(charge, amount=500)
    more = standin.api.open_dispute(charge, amount=9000)

    assert [row["amount"] for row in part["balance_transactions"]] == [-500]
    assert [row["amount"] for row in more["balance_transactions"]] == [-9000]
    assert [row.id for row in sdk.v1.disputes.list({"charge": charge}).data] == [more["id"], part["id"]]


def test_what_was_refunded_is_not_taken_again(standin, sdk, charge):
    sdk.v1.refunds.create({"charge": charge})

    dispute = standin.api.open_dispute(charge, amount=2500)
    won = standin.api.win_dispute(dispute["id"])

    assert (dispute["balance_transactions"], won["balance_transactions"]) == ([], [])
    assert told(standin) == ["created", "closed"]


def test_no_more_comes_back_than_went(standin, charge):
    dispute = standin.api.open_dispute(charge, amount=500)["id"]

    with pytest.raises(ApiFault) as caught:
        standin.api.win_dispute(dispute, amount=501)

    assert caught.value.param == "amount"
    assert standin.api.get_dispute(dispute)["status"] == "needs_response"


def test_only_money_that_was_taken_is_disputed(standin, sdk):
    reserved = sdk.v1.payment_intents.create({**PAID, "capture_method": "manual"})

    with pytest.raises(ApiFault, match="took no money"):
        standin.api.open_dispute(reserved.latest_charge)
    with pytest.raises(ApiFault, match="No such charge"):
        standin.api.open_dispute("ch_none")
