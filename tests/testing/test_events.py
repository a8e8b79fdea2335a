"""The payload factories: Stripe's keys, in states that can exist."""

from __future__ import annotations

import json

import pytest
import stripe

from revenue_intel.testing import events

MAKERS = {
    events.payment_intent: stripe.PaymentIntent,
    events.charge: stripe.Charge,
    events.refund: stripe.Refund,
    events.dispute: stripe.Dispute,
    events.balance_transaction: stripe.BalanceTransaction,
    events.payout: stripe.Payout,
    events.checkout_session: stripe.checkout.Session,
    events.customer: stripe.Customer,
    events.line_item: stripe.LineItem,
}


@pytest.mark.skipif(
    stripe.api_version < events.API_VERSION, reason="an older SDK does not know the newest keys"
)
@pytest.mark.parametrize("make", MAKERS, ids=lambda make: make.__name__)
def test_every_key_is_one_the_sdk_knows(make):
    known = {"id", "object", *MAKERS[make].__annotations__}

    assert set(make()) <= known
    assert json.loads(json.dumps(make())) is not None


def test_an_unpaid_payment_intent_received_nothing():
    assert events.payment_intent(amount=500, status="requires_payment_method")["amount_received"] == 0
    assert events.payment_intent(amount=500)["amount_received"] == 500


def test_a_failed_charge_captured_nothing():
    charge = events.charge(amount=500, status="failed")

    assert (charge["amount_captured"], charge["paid"], charge["captured"]) == (0, False, False)
    assert charge["outcome"]["network_status"] == "declined_by_network"


def test_a_charge_is_refunded_only_when_all_of_it_is():
    assert events.charge(amount=500, amount_refunded=499)["refunded"] is False
    assert events.charge(amount=500, amount_refunded=500)["refunded"] is True


def test_a_refund_has_no_livemode_and_says_why_it_failed_only_when_it_did():
    assert "livemode" not in events.refund()
    assert "failure_reason" not in events.refund()
    assert events.refund(status="failed")["failure_reason"] == "unknown"
    assert events.refund(status="pending")["pending_reason"] == "processing"


def test_an_open_session_is_unpaid_and_has_no_payment():
    session = events.checkout_session(status="open")

    assert (session["payment_status"], session["payment_intent"]) == ("unpaid", None)


def test_any_other_key_can_be_set():
    assert events.charge(disputed=True)["disputed"] is True


def test_an_event_carries_account_and_old_values_only_when_given():
    plain = events.event("refund.updated", events.refund(), created=5)
    full = events.event(
        "refund.updated",
        events.refund(),
        created=5,
        id="evt_1",
        livemode=True,
        account="acct_1",
        previous_attributes={"status": "pending"},
        request={"id": "req_1", "idempotency_key": "k"},
    )

    assert "account" not in plain
    assert "previous_attributes" not in plain["data"]
    assert plain["request"] == {"id": None, "idempotency_key": None}
    assert plain["api_version"] == "2026-10-28.endive"
    assert (full["id"], full["livemode"], full["account"]) == ("evt_1", True, "acct_1")
    assert full["data"]["previous_attributes"] == {"status": "pending"}


def test_objects_get_identifiers_of_their_own():
    assert len({events.payment_intent()["id"] for _ in range(100)}) == 100
