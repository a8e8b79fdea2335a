"""The checks of the ledger: red when it and the orders disagree by as little as a penny."""

from __future__ import annotations

from datetime import timedelta

import pytest

from revenue_intel.issues.services import open_issue, resolve_issue
from revenue_intel.quality.checks.ledger import CORRECTIONS, ORDERS, TOTALS, UNCLAIMED_KINDS
from tests.quality.conftest import AT

pytestmark = pytest.mark.django_db


@pytest.fixture
def sale(order_fact, payment):
    """``sale("R1", 1000)``: an order, paid in full, in the ledger."""

    def make(reference: str, amount_minor: int, **fields):
        order = order_fact(reference, amount_minor, **fields)
        payment(f"pi_{reference}", amount_minor, reference, **fields)
        return order

    return make


def test_orders_paid_and_refunded_as_the_ledger_says_are_sound(sale, entry):
    order = sale("R1", 1000)
    sale("R2", 500)
    entry("refund", "re_1", -300, order_reference="R1")
    entry("refund", "re_2", -200, order_reference="R1")
    entry("refund_reversal", "re_2", 200, order_reference="R1")
    order.refunded_minor = 300
    order.save()

    assert list(ORDERS.run()) == []
    assert list(TOTALS.run()) == []


def test_an_order_that_is_not_paid_needs_no_entry(order_fact):
    order_fact("R1", 1000, paid_at=None)

    assert list(ORDERS.run()) == []
    assert list(TOTALS.run()) == []


def test_a_penny_between_order_and_sale_is_a_finding(order_fact, payment):
    order_fact("R1", 1000)
    payment("pi_1", 999, "R1")

    (finding,) = ORDERS.run()

    assert finding.subject == "R1"
    assert finding.detail == {
        "currency": "gbp",
        "total_minor": 1000,
        "ledger_sales_minor": 999,
        "refunded_minor": 0,
        "ledger_refunds_minor": 0,
    }


def test_a_paid_order_without_a_sale_is_a_finding(order_fact):
    order_fact("R1", 1000)

    assert [finding.subject for finding in ORDERS.run()] == ["R1"]


def test_a_refund_that_the_order_does_not_know_is_a_finding(sale, entry):
    sale("R1", 1000)
    entry("refund", "re_1", -300, order_reference="R1")

    assert [finding.subject for finding in ORDERS.run()] == ["R1"]


def test_a_refund_that_the_ledger_does_not_know_is_a_finding(sale):
    order = sale("R1", 1000)
    order.refunded_minor = 300
    order.save()

    assert [finding.subject for finding in ORDERS.run()] == ["R1"]


def test_a_sale_in_another_currency_does_not_count(order_fact, payment):
    order_fact("R1", 1000)
    payment("pi_1", 1000, "R1", currency="jpy")

    assert [finding.subject for finding in ORDERS.run()] == ["R1"]
    assert {finding.subject for finding in TOTALS.run()} == {"gbp:test", "jpy:test"}


def test_a_sale_that_no_order_and_no_issue_explains_is_a_finding(sale, entry):
    sale("R1", 1000)
    entry("sale", "pi_stray", 250)

    (finding,) = TOTALS.run()

    assert finding.subject == "gbp:test"
    assert finding.detail == {"ledger_sales_minor": 1250, "explained_minor": 1000}


@pytest.mark.parametrize("kind", UNCLAIMED_KINDS)
def test_a_payment_about_which_an_issue_is_open_is_explained_until_it_is_resolved(sale, payment, kind):
    sale("R1", 1000)
    payment("pi_2", 250)
    open_issue(kind=kind, subject="pi_2", title="Somebody knows")
    assert list(TOTALS.run()) == []

    resolve_issue(kind=kind, subject="pi_2")

    assert [finding.subject for finding in TOTALS.run()] == ["gbp:test"]


def test_each_scope_is_added_up_on_its_own(sale, entry):
    sale("R1", 1000)
    sale("R2", 1000, livemode=True)
    sale("R3", 1000, currency="jpy", account="acct_1")
    entry("sale", "pi_stray", 5, livemode=True)
    entry("sale", "pi_other", 5, currency="jpy", account="acct_1")

    assert [finding.subject for finding in TOTALS.run()] == ["gbp:live", "jpy:test:acct_1"]


def test_a_correction_that_takes_back_exactly_its_entry_is_sound(sale, entry):
    sale("R1", 1000)
    wrong = entry("sale", "pi_2", 500)
    entry("sale", "pi_2", -500, version=2, reverses=wrong)

    assert list(CORRECTIONS.run()) == []
    assert list(TOTALS.run()) == []


@pytest.mark.parametrize(
    "difference",
    [
        {"amount_minor": -499},
        {"object_id": "pi_3"},
        {"kind": "refund"},
        {"currency": "jpy"},
        {"livemode": True},
        {"account": "acct_1"},
        {"order_reference": "R2"},
        {"occurred_at": AT + timedelta(days=1)},
    ],
    ids=lambda difference: next(iter(difference)),
)
def test_a_correction_that_differs_from_what_it_takes_back_is_a_finding(entry, difference):
    wrong = entry("sale", "pi_2", 500, order_reference="R1")
    values = {
        "kind": "sale",
        "object_id": "pi_2",
        "amount_minor": -500,
        "order_reference": "R1",
        **difference,
    }
    entry(**values, version=2, reverses=wrong)

    (finding,) = CORRECTIONS.run()

    assert finding.detail == {"reverses": "sale:pi_2:1"}
