"""Invoices by hand, and credit notes: owed less, or given back."""

from __future__ import annotations

import json

import pytest
import stripe

from tests.testing.billing.conftest import DAY, HOUR
from tests.testing.test_standin_payments import types


@pytest.fixture
def paid(sdk, subscribe):
    """A paid invoice over 10.00 GBP."""
    return sdk.v1.invoices.retrieve(subscribe().latest_invoice)


@pytest.fixture
def unpaid(sdk, subscribe):
    """An open invoice over 10.00 GBP."""
    return sdk.v1.invoices.retrieve(
        subscribe(default_payment_method="pm_card_chargeCustomerFail").latest_invoice
    )


def test_a_paid_invoice_is_given_back_through_the_card(standin, sdk, paid):
    note = sdk.v1.credit_notes.create({"invoice": paid.id, "amount": 400, "refund_amount": 400})

    (given,) = note.refunds
    assert (note.type, note.status, note.post_payment_amount) == ("post_payment", "issued", 400)
    assert sdk.v1.refunds.retrieve(given.refund).amount == given.amount_refunded == 400
    assert sdk.v1.invoices.retrieve(paid.id).post_payment_credit_notes_amount == 400
    assert types(standin)[-3:] == ["refund.created", "charge.refunded", "credit_note.created"]


def test_credit_pays_the_next_invoice(standin, sdk, paid):
    sdk.v1.credit_notes.create({"invoice": paid.id, "amount": 300, "credit_amount": 300})
    assert sdk.v1.customers.retrieve(paid.customer).balance == -300

    standin.advance(28 * DAY + HOUR)

    latest = sdk.v1.invoices.list().data[0]
    assert (latest.total, latest.starting_balance, latest.amount_due, latest.amount_paid) == (
        1000,
        -300,
        700,
        700,
    )
    assert sdk.v1.customers.retrieve(paid.customer).balance == 0


def test_an_open_invoice_is_owed_less(standin, sdk, unpaid):
    note = sdk.v1.credit_notes.create({"invoice": unpaid.id, "amount": 400, "reason": "order_change"})
    lowered = sdk.v1.invoices.retrieve(unpaid.id)
    sdk.v1.invoices.pay(unpaid.id, {"payment_method": "pm_card_visa"})

    assert (note.type, note.pre_payment_amount) == ("pre_payment", 400)
    assert (lowered.amount_due, lowered.amount_remaining, lowered.status) == (600, 600, "open")
    assert sdk.v1.invoices.retrieve(unpaid.id).amount_paid == 600
    assert sdk.v1.balance_transactions.list().data[0].amount == 600


def test_an_open_invoice_that_is_owed_nothing_is_paid(standin, sdk, unpaid):
    sdk.v1.credit_notes.create({"invoice": unpaid.id, "amount": 1000})

    done = sdk.v1.invoices.retrieve(unpaid.id)
    assert (done.status, done.amount_paid) == ("paid", 0)
    assert "invoice.paid" in types(standin)[-4:]


def test_a_credit_note_can_be_taken_back(sdk, unpaid):
    note = sdk.v1.credit_notes.create({"invoice": unpaid.id, "amount": 400})

    assert sdk.v1.credit_notes.void_credit_note(note.id).status == "void"

    assert sdk.v1.invoices.retrieve(unpaid.id).amount_remaining == 1000
    assert [row.id for row in sdk.v1.credit_notes.list({"invoice": unpaid.id}).data] == [note.id]
    with pytest.raises(stripe.InvalidRequestError, match="Only a credit note"):
        sdk.v1.credit_notes.void_credit_note(note.id)


@pytest.mark.parametrize(
    "amounts",
    [
        {"amount": 1001, "refund_amount": 1001},
        {"amount": 10},
        {"amount": 0},
        {"amount": 5, "credit_amount": 6},
    ],
)
def test_amounts_that_make_no_sense_are_refused(sdk, paid, amounts):
    with pytest.raises(stripe.InvalidRequestError):
        sdk.v1.credit_notes.create({"invoice": paid.id, **amounts})

    assert sdk.v1.credit_notes.list().data == []


def test_an_invoice_can_be_paid_outside_of_stripe(standin, sdk, unpaid):
    sdk.v1.invoices.pay(unpaid.id, {"paid_out_of_band": True})

    done = sdk.v1.invoices.retrieve(unpaid.id, {"expand": ["payments"]})
    assert (done.status, done.amount_paid, done.amount_paid_off_stripe) == ("paid", 1000, 1000)
    assert [row.status for row in done.payments.data] == ["open"]
    assert sdk.v1.balance_transactions.list().data == []


def test_an_invoice_can_be_written_off_and_voided(standin, sdk, unpaid):
    sdk.v1.invoices.mark_uncollectible(unpaid.id)
    gone = sdk.v1.invoices.void_invoice(unpaid.id)

    assert gone.status == "void"
    assert None not in (gone.status_transitions.marked_uncollectible_at, gone.status_transitions.voided_at)
    assert {"invoice.marked_uncollectible", "invoice.voided"} <= set(types(standin))
    with pytest.raises(stripe.InvalidRequestError, match="cannot be paid"):
        sdk.v1.invoices.pay(unpaid.id)


def test_payments_lead_from_a_payment_to_its_invoice(sdk, paid):
    intent = sdk.v1.payment_intents.list().data[0].id

    (found,) = sdk.v1.invoice_payments.list(
        {"payment": {"type": "payment_intent", "payment_intent": intent}, "expand": ["data.invoice"]}
    ).data

    assert (found.invoice.id, found.amount_paid, found.is_default) == (paid.id, 1000, True)
    assert sdk.v1.invoice_payments.retrieve(found.id).status == "paid"
    assert [row.id for row in sdk.v1.invoices.line_items.list(paid.id).data] == [paid.lines.data[0].id]


def test_the_shapes_are_the_newest(standin, sdk, paid):
    raw = json.loads(json.dumps(standin.records()["invoices"][0]))

    assert {"subscription", "payment_intent", "charge", "paid", "discount", "tax"}.isdisjoint(raw)
    assert {"plan", "price", "type", "proration"}.isdisjoint(raw["lines"]["data"][0])
    subscription = standin.records()["subscriptions"][0]
    assert {"current_period_start", "current_period_end", "plan", "discount"}.isdisjoint(subscription)
