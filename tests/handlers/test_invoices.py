"""Invoices post no money; they say what a payment was for. Credit notes post only what no other object posts."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import permutations
from typing import Any

import pytest

from revenue_intel.facts.models import (
    InvoiceFact,
    InvoicePaymentFact,
    LedgerEntry,
    SubscriptionFact,
    SubscriptionState,
)
from revenue_intel.issues.models import Issue
from revenue_intel.quality.checks.ledger import TOTALS
from revenue_intel.testing import subscriptions
from revenue_intel.webhooks.models import StripeEvent
from tests.billing import DAY, HOUR, MARCH, invoice_paid_by, invoiced, subscribed
from tests.deliveries import deliver, payment_succeeded

pytestmark = pytest.mark.django_db

both_shapes = pytest.mark.parametrize("is_old", [False, True], ids=["new shape", "old shape"])


def moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, tz=UTC)


def applied(*told: dict[str, Any]) -> None:
    for event in told:
        assert deliver(event).json() == {"outcome": "applied"}


STATUS = {
    "created": "draft",
    "updated": "open",
    "finalized": "open",
    "payment_failed": "open",
    "paid": "paid",
    "payment_succeeded": "paid",
    "overpaid": "paid",
    "voided": "void",
    "marked_uncollectible": "uncollectible",
    "deleted": "draft",
}


@both_shapes
@pytest.mark.parametrize("change", STATUS)
def test_each_event_records_the_invoice_in_both_shapes_and_posts_nothing(change, is_old):
    applied(
        invoiced(
            change,
            status=STATUS[change],
            total=1080,
            tax=180,
            discount=100,
            subscription="sub_1",
            is_old=is_old,
        )
    )

    invoice = InvoiceFact.objects.get()
    assert (invoice.status, invoice.currency, invoice.subscription_id) == (STATUS[change], "gbp", "sub_1")
    assert (invoice.subtotal_minor, invoice.discount_minor) == (1000, 100)
    assert (invoice.tax_minor, invoice.total_minor, invoice.amount_due_minor) == (180, 1080, 1080)
    assert invoice.amount_paid_minor == (1080 if invoice.status == "paid" else 0)
    assert invoice.customer is not None
    assert invoice.paid_at == (moment(MARCH) if invoice.status == "paid" else None)
    assert invoice.voided_at == (moment(MARCH) if invoice.status == "void" else None)
    assert invoice.uncollectible_at == (moment(MARCH) if invoice.status == "uncollectible" else None)
    assert invoice.deleted_at == (moment(MARCH) if change == "deleted" else None)
    assert not LedgerEntry.objects.exists()


def test_the_payment_of_an_old_invoice_stands_on_it():
    applied(invoiced(payment="pi_1", is_old=True))

    link = InvoicePaymentFact.objects.get()
    assert (link.invoice_id, link.payment, link.amount_minor, link.paid_at) == (
        "in_1",
        "pi_1",
        None,
        moment(MARCH),
    )


def test_a_charge_without_a_payment_intent_is_the_payment():
    applied(invoiced(payment_intent=None, charge="ch_1", is_old=True))

    assert InvoicePaymentFact.objects.get().payment == "ch_1"


@pytest.mark.parametrize("backwards", [False, True])
def test_an_invoice_payment_links_the_payment_whichever_comes_first(backwards):
    told = [invoiced(subscription="sub_1"), invoice_paid_by("pi_1", amount=1000)]

    applied(*(reversed(told) if backwards else told))

    link = InvoicePaymentFact.objects.get()
    assert (link.invoice_id, link.payment, link.amount_minor) == ("in_1", "pi_1", 1000)
    assert not LedgerEntry.objects.exists()


def test_payments_that_are_expanded_on_the_invoice_are_read_there():
    applied(invoiced(payment="pi_1"), invoice_paid_by("pi_1"))

    assert InvoicePaymentFact.objects.get().payment == "pi_1"


@pytest.mark.parametrize(
    "changes",
    [
        {"status": "open", "payment": "pi_1"},
        {"payment": "pi_1", "paid_out_of_band": True},
        {"payment": None},
    ],
    ids=["not paid yet", "paid outside Stripe", "no payment"],
)
def test_an_old_invoice_that_no_payment_paid_is_linked_to_none(changes):
    applied(invoiced("updated", is_old=True, **changes))

    assert not InvoicePaymentFact.objects.exists()


def test_a_payment_record_is_no_payment_of_stripes():
    outside = {"type": "payment_record", "payment_record": "pr_1"}

    answer = deliver(invoice_paid_by("pi_1") | {"id": "evt_1"})
    assert answer.json() == {"outcome": "applied"}
    event = invoice_paid_by("pi_2", event_id="evt_2")
    event["data"]["object"]["payment"] = outside

    assert deliver(event).json() == {"outcome": "ignored"}
    assert StripeEvent.objects.get(event_id="evt_2").reason == "nothing_paid_through_stripe"
    assert InvoicePaymentFact.objects.get().payment == "pi_1"


@both_shapes
def test_the_zero_invoice_of_a_trial_is_no_revenue(is_old):
    applied(invoiced(total=0, subscription="sub_1", is_old=is_old, billing_reason="subscription_create"))

    assert InvoiceFact.objects.get().amount_paid_minor == 0
    assert not LedgerEntry.objects.exists()
    assert not InvoicePaymentFact.objects.exists()


def test_a_credit_may_make_an_invoice_negative():
    applied(invoiced(total=-500, amount_paid=0))

    invoice = InvoiceFact.objects.get()
    assert (invoice.total_minor, invoice.amount_due_minor) == (-500, 0)


@pytest.mark.parametrize("order", list(permutations(range(4))))
def test_an_invoice_stands_as_far_as_it_ever_came(order):
    told = [
        invoiced("created", status="draft", total=900, at=MARCH),
        invoiced("finalized", status="open", at=MARCH + 1),
        invoiced("marked_uncollectible", status="uncollectible", at=MARCH + 2),
        invoiced("paid", status="paid", at=MARCH + 3),
    ]

    applied(*(told[n] for n in order))

    invoice = InvoiceFact.objects.get()
    assert (invoice.status, invoice.total_minor, invoice.amount_paid_minor) == ("paid", 1000, 1000)
    assert (invoice.uncollectible_at, invoice.paid_at) == (moment(MARCH + 2), moment(MARCH + 3))


@pytest.mark.parametrize("last", ["paid", "void"])
def test_what_is_final_is_not_reopened_by_later_news(last):
    change = {"paid": "paid", "void": "voided"}[last]
    applied(invoiced(change, status=last), invoiced("updated", status="open", at=MARCH + DAY))

    assert InvoiceFact.objects.get().status == last


@pytest.mark.parametrize("backwards", [False, True])
def test_of_two_tellings_in_one_second_the_one_that_has_more_paid_stands(backwards):
    told = [
        invoiced("updated", status="open", amount_paid=0),
        invoiced("updated", status="open", amount_paid=400),
    ]

    applied(*(reversed(told) if backwards else told))

    assert InvoiceFact.objects.get().amount_paid_minor == 400


def test_a_late_paid_invoice_never_revives_a_canceled_subscription():
    applied(
        subscribed("created"),
        subscribed("deleted", at=MARCH + HOUR),
        invoiced("paid", subscription="sub_1", at=MARCH + DAY),
        invoiced("payment_succeeded", subscription="sub_1", at=MARCH + DAY, is_old=True),
    )

    fact = SubscriptionFact.objects.get()
    assert (fact.status, fact.ended_at) == ("canceled", moment(MARCH + HOUR))
    assert SubscriptionState.objects.count() == 2


def test_what_was_overpaid_is_an_open_issue():
    applied(invoiced("overpaid", amount_overpaid=5))

    issue = Issue.objects.get()
    assert (issue.kind, issue.subject, issue.severity) == ("invoice_overpaid", "in_1", "warning")


@pytest.mark.parametrize("backwards", [False, True])
def test_a_payment_that_paid_an_invoice_needs_no_order(backwards):
    told = [invoice_paid_by("pi_1"), payment_succeeded("", 1000)]

    applied(*(reversed(told) if backwards else told))

    assert not Issue.objects.filter(status="open").exists()
    assert LedgerEntry.objects.get().amount_minor == 1000
    assert list(TOTALS.run()) == []


@both_shapes
def test_truncated_lines_are_flagged(is_old):
    applied(invoiced(has_more=True, is_old=is_old))

    assert InvoiceFact.objects.get().are_lines_truncated


@pytest.mark.parametrize("backwards", [False, True])
def test_a_deletion_that_tells_no_more_than_the_name_waits_for_the_draft(backwards):
    stub = invoiced("deleted", at=MARCH + DAY)
    stub["data"]["object"] = {"id": "in_1", "object": "invoice", "deleted": True}
    draft = invoiced("created", status="draft")

    for event in [stub, draft] if backwards else [draft, stub]:
        deliver(event)

    invoice = InvoiceFact.objects.get()
    assert (invoice.status, invoice.deleted_at) == ("draft", moment(MARCH + DAY))
    assert set(StripeEvent.objects.values_list("outcome", flat=True)) == {"applied"}


def test_an_invoice_in_simulated_time_is_ignored_with_its_reason():
    assert deliver(invoiced(test_clock="clock_1")).json() == {"outcome": "ignored"}
    assert StripeEvent.objects.get().reason == "test_clock"


def test_tax_of_the_time_before_lists_is_read_from_its_sum():
    event = invoiced(is_old=True, tax=180)
    del event["data"]["object"]["total_tax_amounts"]

    applied(event)

    assert InvoiceFact.objects.get().tax_minor == 180


@pytest.mark.parametrize("change", ["created", "paid", "deleted"])
def test_an_invoice_without_instants_is_dated_by_the_event(change):
    event = invoiced(change, status=STATUS[change], is_old=True)
    del event["data"]["object"]["status_transitions"]

    applied(event)

    assert InvoiceFact.objects.get().paid_at == (moment(MARCH) if change == "paid" else None)


def test_a_subscription_may_be_expanded():
    applied(invoiced(subscription=subscriptions.subscription(id="sub_1")))

    assert InvoiceFact.objects.get().subscription_id == "sub_1"


def test_a_quote_is_not_taken_for_a_subscription():
    parent = {
        "type": "quote_details",
        "quote_details": {"quote": "qt_1"},
        "subscription_details": {"subscription": "sub_9"},
    }

    applied(invoiced(parent=parent))

    assert InvoiceFact.objects.get().subscription_id == ""
