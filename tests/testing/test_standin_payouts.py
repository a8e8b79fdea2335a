"""Payouts: a day's available money, what it consists of, and what the bank makes of it."""

from __future__ import annotations

import pytest
import stripe

from revenue_intel.testing.standin import ApiFault, Standin, Terms
from tests.testing.conftest import SECRET
from tests.testing.test_standin_payments import PAID, types

DAY = 24 * 60 * 60


def test_a_payout_gathers_what_is_available(standin, sdk, http_api):
    for amount in (1000, 2000):
        sdk.v1.payment_intents.create({**PAID, "amount": amount})
    standin.advance(2 * DAY)
    sdk.v1.payment_intents.create({**PAID, "amount": 4000})

    http_api("POST", "/_standin/payouts", form={})

    (payout,) = sdk.v1.payouts.list({"status": "in_transit", "expand": ["data.balance_transaction"]}).data
    content = sdk.v1.balance_transactions.list({"payout": payout.id}).data
    assert (payout.amount, payout.currency, payout.automatic) == (1000 - 35 + 2000 - 50, "gbp", True)
    assert payout.balance_transaction.amount == -payout.amount
    assert [(row.type, row.amount) for row in content] == [
        ("payout", -payout.amount),
        ("charge", 2000),
        ("charge", 1000),
    ]
    assert sum(row.net for row in content) == 0
    assert types(standin)[-1] == "payout.created"


def test_it_arrives_two_days_later_and_may_fail_even_then(standin, sdk):
    sdk.v1.payment_intents.create(PAID)
    standin.advance(2 * DAY)
    payout = standin.api.pay_out()
    with pytest.raises(ApiFault, match="insufficient funds"):
        standin.api.pay_out()

    standin.advance(2 * DAY)
    arrived = sdk.v1.payouts.retrieve(payout["id"])
    standin.api.fail_payout(payout["id"])

    failed = sdk.v1.payouts.retrieve(payout["id"], {"expand": ["failure_balance_transaction"]})
    assert (arrived.status, failed.status, failed.failure_code) == ("paid", "failed", "account_closed")
    assert failed.failure_balance_transaction.amount == payout["amount"]
    assert types(standin)[-3:] == ["payout.created", "payout.paid", "payout.failed"]
    assert standin.api.pay_out()["amount"] == payout["amount"]
    with pytest.raises(ApiFault, match="cannot fail"):
        standin.api.fail_payout(payout["id"])


def test_a_payout_is_made_every_midnight_when_it_is_wanted():
    standin = Standin(secret=SECRET, clock=lambda: 10 * DAY + 5, terms=Terms(daily_payouts=True))
    standin.api.create_payment_intent(**PAID)

    standin.advance(5 * DAY)

    (payout,) = standin.api.list_payouts()["data"]
    assert (payout["amount"], payout["created"], payout["status"]) == (2442, 13 * DAY, "paid")
    assert standin.api.list_payouts(arrival_date={"gt": 15 * DAY})["data"] == []
    assert len(standin.api.list_payouts(arrival_date={"gte": 15 * DAY})["data"]) == 1


def test_an_unknown_payout_is_missing(sdk):
    with pytest.raises(stripe.InvalidRequestError, match="No such payout"):
        sdk.v1.payouts.retrieve("po_none")
