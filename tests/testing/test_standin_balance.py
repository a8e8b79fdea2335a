"""Balance transactions: fees, settlement currency, and when they come."""

from __future__ import annotations

from decimal import Decimal

import pytest
import stripe

from revenue_intel.testing.standin import Standin, Terms
from revenue_intel.testing.standin.balance import exchange_rate, payment_fee
from tests.testing.conftest import SECRET
from tests.testing.test_standin_payments import PAID, types

DAY = 24 * 60 * 60


def test_a_payment_costs_its_fee(sdk):
    paid = sdk.v1.payment_intents.create({**PAID, "expand": ["latest_charge"]})

    intent = sdk.v1.payment_intents.retrieve(paid.id, {"expand": ["latest_charge.balance_transaction"]})
    booked = intent.latest_charge.balance_transaction

    assert (booked.amount, booked.fee, booked.net) == (2500, 58, 2442)  # 1.5 % is 37.5, and 20
    assert (booked.type, booked.reporting_category, booked.status) == ("charge", "charge", "pending")
    assert (booked.currency, booked.exchange_rate, booked.source) == ("gbp", None, intent.latest_charge.id)
    assert [(row.amount, row.type, row.currency) for row in booked.fee_details] == [(58, "stripe_fee", "gbp")]
    assert sdk.v1.balance_transactions.retrieve(booked.id).net == 2442


def test_the_balance_transaction_comes_after_the_payment(standin, sdk):
    sdk.v1.payment_intents.create(PAID)

    _, succeeded, _, updated = standin.records()["events"]
    assert succeeded["data"]["object"]["balance_transaction"] is None
    assert updated["type"] == "charge.updated"
    assert updated["data"]["previous_attributes"] == {"balance_transaction": None}
    assert updated["data"]["object"]["balance_transaction"].startswith("txn_")
    assert updated["request"] == {"id": None, "idempotency_key": None}


def test_it_comes_at_once_when_captured_in_step(standin, sdk):
    sdk.v1.payment_intents.create({**PAID, "capture_method": "automatic"})

    assert types(standin) == ["payment_intent.created", "charge.succeeded", "payment_intent.succeeded"]
    assert standin.records()["events"][1]["data"]["object"]["balance_transaction"] is not None


def test_it_can_be_made_to_wait():
    standin = Standin(secret=SECRET, clock=lambda: 1_000, terms=Terms(balance_delay_seconds=60))
    paid = standin.api.create_payment_intent(
        amount=1, currency="gbp", confirm=True, payment_method="pm_card_visa"
    )
    standin.advance(59)
    assert standin.api.get_charge(paid["latest_charge"])["balance_transaction"] is None

    standin.advance(1)

    charge = standin.api.get_charge(paid["latest_charge"])
    assert standin.api.get_balance_transaction(charge["balance_transaction"])["created"] == 1_060


@pytest.mark.parametrize(
    ("amount", "currency", "settled", "rate"),
    [(1160, "eur", 1000, 0.862069), (1900, "jpy", 1000, 0.526316), (4000, "kwd", 1000, 0.25)],
)
def test_other_currencies_are_exchanged(sdk, amount, currency, settled, rate):
    paid = sdk.v1.payment_intents.create(
        {**PAID, "amount": amount, "currency": currency, "capture_method": "automatic"}
    )

    (booked,) = sdk.v1.balance_transactions.list({"source": paid.latest_charge}).data
    assert (booked.amount, booked.currency, booked.exchange_rate) == (settled, "gbp", rate)
    assert booked.net == settled - payment_fee(settled)


def test_the_settlement_currency_can_be_chosen():
    standin = Standin(secret=SECRET, terms=Terms(settlement_currency="usd"))
    standin.api.create_payment_intent(amount=100, currency="gbp", confirm=True, payment_method="pm_card_visa")

    (booked,) = standin.api.list_balance_transactions()["data"]
    assert (booked["amount"], booked["currency"], booked["exchange_rate"]) == (125, "usd", 1.25)


def test_a_refund_takes_the_money_and_brings_no_fee_back(sdk):
    paid = sdk.v1.payment_intents.create(PAID)
    refund = sdk.v1.refunds.create(
        {"payment_intent": paid.id, "amount": 500, "expand": ["balance_transaction"]}
    )

    booked = refund.balance_transaction
    assert (booked.amount, booked.fee, booked.net) == (-500, 0, -500)
    assert (booked.type, booked.reporting_category, booked.source) == ("refund", "refund", refund.id)


def test_a_refund_that_fails_brings_the_money_back(standin, sdk):
    paid = sdk.v1.payment_intents.create(PAID)
    refund = sdk.v1.refunds.create({"payment_intent": paid.id})
    standin.api.fail_refund(refund.id)

    failed = sdk.v1.refunds.retrieve(refund.id, {"expand": ["failure_balance_transaction"]})

    back = failed.failure_balance_transaction
    assert (back.amount, back.reporting_category) == (2500, "refund_failure")
    listed = sdk.v1.balance_transactions.list({"currency": "gbp", "limit": 100}).data
    assert sum(row.amount for row in listed) == 2500


def test_a_refund_that_never_left_brings_nothing_back(standin, sdk):
    paid = sdk.v1.payment_intents.create({**PAID, "payment_method": "pm_card_pendingRefund"})
    refund = sdk.v1.refunds.create({"payment_intent": paid.id})

    failed = standin.api.fail_refund(refund.id)

    assert (refund.balance_transaction, failed["failure_balance_transaction"]) == (None, None)
    assert len(sdk.v1.balance_transactions.list().data) == 1


def test_lists_are_filtered_and_paged(standin, sdk):
    paid = [sdk.v1.payment_intents.create({**PAID, "amount": 100 + number}) for number in range(5)]
    sdk.v1.refunds.create({"payment_intent": paid[0].id})

    charges = sdk.v1.balance_transactions.list(
        {"type": "charge", "limit": 2, "expand": ["data.source"]}
    ).auto_paging_iter()

    assert [row.source.payment_intent for row in charges] == [intent.id for intent in reversed(paid)]
    assert [row.amount for row in sdk.v1.balance_transactions.list({"type": "refund"}).data] == [-100]
    assert sdk.v1.balance_transactions.list({"created": {"lt": 5}}).data == []
    with pytest.raises(stripe.InvalidRequestError, match="No such balance_transaction"):
        sdk.v1.balance_transactions.retrieve("txn_none")


def test_money_is_available_two_days_later():
    standin = Standin(secret=SECRET, clock=lambda: 1_000)
    standin.api.create_payment_intent(amount=1, currency="gbp", confirm=True, payment_method="pm_card_visa")
    (before,) = standin.api.list_balance_transactions()["data"]

    standin.advance(2 * DAY)

    (after,) = standin.api.list_balance_transactions()["data"]
    assert (before["status"], after["status"]) == ("pending", "available")
    assert after["available_on"] == 1_000 + 2 * DAY


def test_an_exchange_there_and_back_is_about_even():
    for currency in ("eur", "usd", "jpy", "kwd", "sek"):
        there_and_back = exchange_rate(currency, "gbp") * exchange_rate("gbp", currency)
        assert abs(there_and_back - 1) < Decimal("0.0001")
