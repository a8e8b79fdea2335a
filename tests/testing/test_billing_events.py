"""The billing factories: Stripe's keys, in both shapes, in states that can exist."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
import stripe

from revenue_intel.testing import credit_notes, events, invoices, subscriptions

PRICE = subscriptions.price()
HALF = subscriptions.coupon(percent_off=50, products=["prod_1"])

MADE: dict[str, tuple[Callable[[], dict[str, Any]], Any]] = {
    "price": (subscriptions.price, stripe.Price),
    "plan": (lambda: subscriptions.plan(PRICE), stripe.Plan),
    "item": (lambda: subscriptions.subscription_item(price=PRICE), stripe.SubscriptionItem),
    "subscription": (subscriptions.subscription, stripe.Subscription),
    "coupon": (lambda: HALF, stripe.Coupon),
    "discount": (lambda: subscriptions.discount(coupon=HALF), stripe.Discount),
    "invoice": (lambda: invoices.invoice(subscription="sub_1", payment="pi_1"), stripe.Invoice),
    "line": (lambda: invoices.invoice_line(subscription="sub_1"), stripe.InvoiceLineItem),
    "invoice payment": (
        lambda: invoices.invoice_payment(invoice="in_1", payment="pi_1"),
        stripe.InvoicePayment,
    ),
    "credit note": (lambda: credit_notes.credit_note(invoice="in_1"), stripe.CreditNote),
}


@pytest.mark.skipif(
    stripe.api_version < events.API_VERSION, reason="an older SDK does not know the newest keys"
)
@pytest.mark.parametrize("name", MADE)
def test_every_key_of_the_newest_shape_is_one_the_sdk_knows(name):
    make, known_as = MADE[name]

    assert set(make()) <= {"id", "object", *known_as.__annotations__}
    assert json.loads(json.dumps(make())) is not None


#: What endpoints of versions before 2025-03-31 send, and those since do not; the rest is in both.
MOVED: dict[str, tuple[Callable[..., dict[str, Any]], set[str], set[str]]] = {
    "subscription": (
        subscriptions.subscription,
        {"current_period_start", "current_period_end", "discount", "plan", "quantity"},
        {"discounts", "billing_mode"},
    ),
    "item": (
        lambda **shape: subscriptions.subscription_item(price=PRICE, **shape),
        set(),
        {"current_period_start", "current_period_end"},
    ),
    "discount": (lambda **shape: subscriptions.discount(coupon=HALF, **shape), {"coupon"}, {"source"}),
    "invoice": (
        invoices.invoice,
        {"charge", "discount", "paid", "paid_out_of_band", "payment_intent", "subscription", "tax"}
        | {"quote", "subscription_details", "total_tax_amounts", "transfer_data"},
        {"amount_overpaid", "parent", "total_taxes"},
    ),
    "line": (
        invoices.invoice_line,
        {"plan", "price", "proration", "subscription_item", "tax_amounts", "type"},
        {"parent", "pricing", "taxes"},
    ),
    "credit note": (
        lambda **shape: credit_notes.credit_note(invoice="in_1", **shape),
        {"refund", "tax_amounts"},
        {"refunds", "total_taxes", "pre_payment_amount", "post_payment_amount"},
    ),
}


@pytest.mark.parametrize("name", MOVED)
def test_what_moved_is_in_one_shape_only(name):
    make, old_only, new_only = MOVED[name]
    old, new = make(is_old=True), make()

    assert old_only <= set(old) - set(new)
    assert new_only <= set(new) - set(old)


def test_a_metered_item_has_no_quantity_and_a_tiered_price_no_amount():
    metered = subscriptions.price(usage_type="metered")

    assert "quantity" not in subscriptions.subscription_item(price=metered)
    assert subscriptions.price(billing_scheme="tiered")["unit_amount"] is None


def test_an_invoice_says_when_it_came_how_far():
    draft, void = invoices.invoice(status="draft"), invoices.invoice(status="void", status_at=5)

    assert set(draft["status_transitions"].values()) == {None}
    assert void["status_transitions"]["voided_at"] == 5


def test_an_unpaid_invoice_payment_has_paid_nothing():
    open_payment = invoices.invoice_payment(invoice="in_1", payment="pi_1", status="open")

    assert (open_payment["amount_paid"], open_payment["status_transitions"]["paid_at"]) == (None, None)


def test_a_credit_note_is_named_for_when_it_came():
    def kind(before: int) -> str:
        return str(credit_notes.credit_note(invoice="in_1", amount=500, pre_payment=before)["type"])

    assert [kind(0), kind(500), kind(1)] == ["post_payment", "pre_payment", "mixed"]
