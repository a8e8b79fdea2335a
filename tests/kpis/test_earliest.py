"""Days are worked out of every scope of which there are facts, from its first fact on, whatever kind of fact it is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from revenue_intel.facts.models import BalanceTransactionFact, DisputeFact, OrderFact, PaymentFact
from revenue_intel.kpis.earliest import find_earliest
from revenue_intel.kpis.questions import Scope
from tests.factories_facts import enter, paid

pytestmark = pytest.mark.django_db

FIRST = datetime(2026, 3, 1, tzinfo=UTC)
DAY = timedelta(days=1)
OURS = {"currency": "gbp", "livemode": True, "account": ""}


def payment(number, **instants):
    PaymentFact.objects.create(
        payment_intent=f"pi_{number}", status="succeeded", status_at=FIRST, amount_minor=1, **OURS, **instants
    )


def test_each_currency_mode_and_account_begins_with_its_first_order():
    for currency in ("eur", "gbp", "jpy"):
        for livemode in (False, True):
            for account in ("", "acct_1", "acct_2"):
                for late in (2, 1, 3):
                    paid(100, on=FIRST + late * DAY, currency=currency, livemode=livemode, account=account)
    OrderFact.objects.filter(currency="jpy").update(paid_at=None)

    found = find_earliest(using="default")

    assert {scope for scope in found if scope.currency == "eur"} == {
        Scope(currency="eur", livemode=livemode, account=account)
        for livemode in (False, True)
        for account in ("", "acct_1", "acct_2")
    }
    assert len(found) == 18  # the sales of the orders that are no longer paid stand in the ledger
    assert set(found.values()) == {FIRST + DAY}


@pytest.mark.parametrize("kind", ["entry", "succeeded", "failed", "dispute", "booking"])
def test_a_fact_of_any_kind_begins_a_scope(kind):
    if kind == "entry":
        enter(paid(100, on=FIRST + 9 * DAY, livemode=True), "refund", "re_1", -100, FIRST)
    elif kind == "dispute":
        DisputeFact.objects.create(
            dispute_id="dp_1", status="won", status_at=FIRST, amount_minor=1, created_at=FIRST, **OURS
        )
    elif kind == "booking":
        BalanceTransactionFact.objects.create(
            transaction_id="txn_1", type="charge", reporting_category="charge", amount_minor=1, fee_minor=0,
            net_minor=1, created_at=FIRST, available_on=FIRST, **OURS,
        )  # fmt: skip
    else:
        payment(1, **{f"{kind}_at": FIRST})

    assert find_earliest(using="default") == {Scope(**OURS): FIRST}


def test_a_failure_counts_until_the_payment_succeeds():
    payment(1, failed_at=FIRST, succeeded_at=FIRST + DAY)

    assert find_earliest(using="default") == {Scope(**OURS): FIRST + DAY}


def test_how_many_facts_there_are_asks_for_no_more_statements(django_assert_num_queries):
    for number in range(5):
        paid(100, on=FIRST + number * DAY)

    with django_assert_num_queries(8):  # one a table, and one more a scope of it
        find_earliest(using="default")
