"""The factories make exactly the keys that Stripe sends, today and in 2020."""

from __future__ import annotations

import pytest

from revenue_intel.testing import events

#: The keys of the newest shapes that are not in the SDK's types, or not always sent.
TODAY = {
    "balance_transaction": (
        "amount available_on balance_type created currency description exchange_rate fee fee_details id net "
        "object reporting_category source status type"
    ),
    "dispute": (
        "amount balance_transactions charge created currency enhanced_eligibility_types evidence "
        "evidence_details id is_charge_refundable livemode metadata object payment_intent "
        "payment_method_details reason status"
    ),
    "payout": (
        "amount application_fee application_fee_amount arrival_date automatic balance_transaction created "
        "currency description destination failure_balance_transaction failure_code failure_message id "
        "livemode metadata method object original_payout payout_method reconciliation_status reversed_by "
        "source_type statement_descriptor status trace_id type"
    ),
    "refund": (
        "amount balance_transaction charge created currency customer customer_account destination_details id "
        "metadata object payment_intent payment_method reason receipt_number source_transfer_reversal status "
        "transfer_reversal"
    ),
}
IN_2020 = {
    "charge": (
        "amount amount_captured amount_refunded application application_fee application_fee_amount "
        "balance_transaction billing_details calculated_statement_descriptor captured created currency "
        "customer description destination dispute disputed failure_balance_transaction failure_code "
        "failure_message fraud_details id invoice livemode metadata object on_behalf_of order outcome paid "
        "payment_intent payment_method payment_method_details receipt_email receipt_number receipt_url "
        "refunded refunds review shipping source source_transfer statement_descriptor "
        "statement_descriptor_suffix status transfer_data transfer_group"
    ),
    "dispute": (
        "amount balance_transactions charge created currency evidence evidence_details id "
        "is_charge_refundable livemode metadata object payment_intent reason status"
    ),
    "refund": (
        "amount balance_transaction charge created currency destination_details id metadata object "
        "payment_intent reason receipt_number source_transfer_reversal status transfer_reversal"
    ),
}


@pytest.mark.parametrize("name", TODAY)
def test_todays_keys_are_all_there_and_no_others(name):
    assert sorted(getattr(events, name)()) == TODAY[name].split()


@pytest.mark.parametrize("name", IN_2020)
def test_the_keys_of_2020_are_all_there_and_no_others(name):
    event = events.as_of_2020(events.event("some.type", getattr(events, name)()))

    assert sorted(event["data"]["object"]) == IN_2020[name].split()
    assert event["api_version"] == "2020-03-02"


def test_an_old_payment_intent_embeds_its_charges():
    event = events.event("payment_intent.succeeded", events.payment_intent(latest_charge="ch_1"))

    payload = events.as_of_2020(event)["data"]["object"]

    assert "latest_charge" not in payload
    assert [each["id"] for each in payload["charges"]["data"]] == ["ch_1"]
    assert payload["invoice"] is None


def test_an_old_charge_embeds_its_refunds():
    refunds = [events.refund(id="re_1")]
    event = events.event("charge.refunded", events.charge())

    payload = events.as_of_2020(event, embedded=refunds)["data"]["object"]

    assert payload["refunds"]["data"] == refunds
    assert payload["refunds"]["has_more"] is False


def test_a_booking_adds_up():
    booked = events.balance_transaction(amount=1900, fee=48)

    assert booked["net"] == 1852
    assert sum(each["amount"] for each in booked["fee_details"]) == 48
