"""Billing events at the same time add up to what they say one after the other."""

from __future__ import annotations

from collections import Counter

import pytest

from revenue_intel.facts.models import (
    Customer,
    InvoiceFact,
    InvoicePaymentFact,
    LedgerEntry,
    SubscriptionFact,
    SubscriptionState,
)
from revenue_intel.issues.models import Issue
from tests.billing import DAY, MARCH, credited, invoice_paid_by, invoiced, item, subscribed
from tests.concurrency.test_one_order_at_once import assert_all_applied, deliver_together
from tests.deliveries import payment_succeeded
from tests.threads import postgres_only

pytestmark = [pytest.mark.django_db(transaction=True), postgres_only]

ROUNDS = 20


def test_a_credit_note_beside_the_payment_of_its_invoice_is_always_posted_once():
    for number in range(ROUNDS):
        note = credited(note=f"cn_{number}", invoice=f"in_{number}", amount=500, out_of_band=200)
        paid = invoice_paid_by(f"pi_{number}", invoice=f"in_{number}")
        assert deliver_together(note, paid, note | {"id": f"evt_twin_{number}"}) == [200] * 3

    posted = Counter(LedgerEntry.objects.values_list("object_id", flat=True))
    assert posted == {f"cn_{number}": 1 for number in range(ROUNDS)}
    assert_all_applied(3 * ROUNDS)


def test_a_payment_beside_the_news_of_its_invoice_never_leaves_an_issue_open():
    for number in range(ROUNDS):
        payment = payment_succeeded("", 1000, intent=f"pi_{number}")
        linked = invoice_paid_by(f"pi_{number}", invoice=f"in_{number}")
        assert deliver_together(payment, linked) == [200] * 2

    assert not Issue.objects.filter(status="open").exists()
    assert_all_applied(2 * ROUNDS)


def test_many_states_of_one_new_subscription_at_once_are_one_history():
    told = [subscribed("updated", item(1000, 1 + n), at=MARCH + n) for n in range(6)]

    assert deliver_together(*told, subscribed("deleted", at=MARCH + DAY)) == [200] * 7

    assert SubscriptionState.objects.count() == 7
    assert SubscriptionFact.objects.get().status == "canceled"
    assert Customer.objects.count() == 1
    assert_all_applied(7)


def test_many_tellings_of_one_new_invoice_at_once_leave_the_furthest():
    told = [
        invoiced("created", status="draft", total=900),
        invoiced("finalized", status="open", at=MARCH + 1),
        invoiced("paid", at=MARCH + 2, subscription="sub_1", payment="pi_1", is_old=True),
        invoiced("payment_succeeded", at=MARCH + 2, subscription="sub_1"),
        invoice_paid_by("pi_1", at=MARCH + 2),
        subscribed("created"),
    ]

    assert deliver_together(*told) == [200] * 6

    invoice = InvoiceFact.objects.get()
    assert (invoice.status, invoice.total_minor, invoice.subscription_id) == ("paid", 1000, "sub_1")
    assert InvoicePaymentFact.objects.get().amount_minor == 1000
    assert Customer.objects.count() == 1
    assert_all_applied(6)
