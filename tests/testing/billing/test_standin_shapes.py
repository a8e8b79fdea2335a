"""Every event has the keys that Stripe documents, and the shape of its endpoint's API version."""

from __future__ import annotations

import time
from typing import Any

import pytest
import stripe

from revenue_intel.gateway.signatures import verify
from revenue_intel.testing import events
from tests.testing.billing.conftest import DAY
from tests.testing.conftest import SECRET
from tests.testing.keys import DOCUMENTED
from tests.testing.test_standin_payments import PAID

CLASSES = {
    "payment_intent": stripe.PaymentIntent,
    "charge": stripe.Charge,
    "refund": stripe.Refund,
    "dispute": stripe.Dispute,
    "checkout.session": stripe.checkout.Session,
    "customer": stripe.Customer,
    "invoice": stripe.Invoice,
    "invoice_payment": stripe.InvoicePayment,
    "invoiceitem": stripe.InvoiceItem,
    "subscription": stripe.Subscription,
    "subscription_item": stripe.SubscriptionItem,
    "line_item": stripe.InvoiceLineItem,
    "price": stripe.Price,
    "product": stripe.Product,
    "coupon": stripe.Coupon,
    "discount": stripe.Discount,
    "credit_note": stripe.CreditNote,
    "payout": stripe.Payout,
    "balance_transaction": stripe.BalanceTransaction,
}


@pytest.fixture
def everything(standin, sdk, subscribe, ada, price):
    """Let everything happen that has an event; the clock ends 40 days later."""

    def play():
        item = {
            "quantity": 1,
            "price_data": {"currency": "gbp", "unit_amount": 500, "product_data": {"name": "Mug"}},
        }
        session = sdk.v1.checkout.sessions.create(
            {"mode": "payment", "line_items": [item], "success_url": "http://shop.test/"}
        )
        standin.api.pay_checkout_session(session.id, payment_method="pm_usBankAccount_success")
        paid = sdk.v1.payment_intents.create({**PAID, "customer": ada.id, "currency": "eur"})
        refund = sdk.v1.refunds.create({"payment_intent": paid.id, "amount": 100})
        standin.api.fail_refund(refund.id)
        standin.api.refund(payment_intent=paid.id, amount=100, status="pending")
        dispute = standin.api.open_dispute(paid.latest_charge)
        standin.api.win_dispute(dispute["id"])
        coupon = sdk.v1.coupons.create({"percent_off": 10, "duration": "forever"})
        made = subscribe(discounts=[{"coupon": coupon.id}])
        standin.advance(10 * DAY)
        sdk.v1.subscriptions.update(made.id, {"items": [{"id": made.items.data[0].id, "quantity": 2}]})
        sdk.v1.credit_notes.create({"invoice": made.latest_invoice, "amount": 100, "refund_amount": 100})
        standin.api.fail_payout(standin.api.pay_out()["id"])
        standin.advance(30 * DAY)
        sdk.v1.subscriptions.cancel(made.id)

    return play


def parts(payload: Any) -> Any:
    """Yield every object inside a payload that says what it is, lists aside."""
    if isinstance(payload, dict):
        if payload.get("object") in CLASSES:
            yield payload
        for value in payload.values():
            yield from parts(value)
    elif isinstance(payload, list):
        for value in payload:
            yield from parts(value)


def test_every_event_has_the_keys_that_stripe_documents(standin, everything):
    everything()

    seen = set()
    for event in standin.records()["events"]:
        for part in parts(event["data"]["object"]):
            seen.add(part["object"])
            missing = set(DOCUMENTED[part["object"]].split()) - set(part)
            assert not missing, (event["type"], part["object"])
            assert part["id"]
    assert seen == set(DOCUMENTED)


@pytest.mark.skipif(
    stripe.api_version < events.API_VERSION, reason="an older SDK does not know the newest keys"
)
def test_no_event_has_a_key_that_the_sdk_does_not_know(standin, everything):
    everything()

    for event in standin.records()["events"]:
        for part in parts(event["data"]["object"]):
            known = set(CLASSES[part["object"]].__annotations__)
            assert set(part) <= {"id", "object", *known}, (event["type"], part["object"])


def test_every_delivery_is_verified_by_the_sdk_and_by_us(standin, receiver, everything):
    standin.api.create_webhook_endpoint(url=receiver.url, secret=SECRET)
    everything()
    assert standin.drain(30)

    verified = receiver.events(SECRET)
    assert len(verified) > 50
    for post in receiver.posts:
        verify(
            body=post.body,
            header=post.headers["Stripe-Signature"],
            secrets=[SECRET],
            tolerance_seconds=300,
            now=int(time.time()),
        )


@pytest.fixture
def heard(standin, receiver, everything):
    """Return the objects of events as an endpoint of an API version was told of them."""

    def play(version):
        standin.api.create_webhook_endpoint(url=receiver.url, secret=SECRET, api_version=version)
        everything()
        assert standin.drain(30)
        told = receiver.events(SECRET)
        assert {event.api_version for event in told} == {version}
        return {event.type: event.to_dict(for_json=True)["data"]["object"] for event in told}

    return play


def test_before_basil_periods_and_payments_are_elsewhere(heard):
    told = heard("2024-10-28.acacia")

    invoice, subscription = told["invoice.paid"], told["customer.subscription.created"]
    assert invoice["subscription"] == subscription["id"]
    assert invoice["paid"] is True
    assert invoice["payment_intent"].startswith("pi_")
    assert invoice["charge"].startswith("ch_")
    assert {"parent", "total_taxes", "status_details"}.isdisjoint(invoice)
    for line in invoice["lines"]["data"]:
        assert line["price"]["object"] == "price"
        assert line["type"] in ("subscription", "invoiceitem")
        assert {"parent", "pricing", "taxes"}.isdisjoint(line)
    assert {line["proration"] for line in invoice["lines"]["data"]} == {True, False}
    assert subscription["current_period_end"] > subscription["current_period_start"]
    assert subscription["plan"]["id"] == subscription["items"]["data"][0]["price"]["id"]
    assert "current_period_end" not in subscription["items"]["data"][0]
    assert told["charge.succeeded"]["invoice"] == invoice["id"]
    assert told["customer.discount.created"]["coupon"]["percent_off"] == 10
    assert told["credit_note.created"]["refund"].startswith("re_")
    assert "pending_reason" not in told["refund.created"]
    assert "refunds" not in told["charge.refunded"]


def test_long_ago_lists_were_embedded(heard):
    told = heard("2020-08-27")

    assert [row["object"] for row in told["charge.refunded"]["refunds"]["data"]]
    assert told["payment_intent.succeeded"]["charges"]["data"][0]["object"] == "charge"


def test_between_majors_only_the_later_changes_are_undone(heard):
    told = heard("2026-03-25.dahlia")

    assert "parent" in told["invoice.paid"]
    assert "status_details" not in told["invoice.paid"]
    assert {"customer", "payment_method"}.isdisjoint(told["refund.created"])
    assert "intended_submission_method" not in told["charge.dispute.created"]
    assert "source" in told["customer.discount.created"]


def test_the_events_of_the_api_stay_the_newest(sdk, heard):
    heard("2024-10-28.acacia")

    (event,) = sdk.v1.events.list({"type": "customer.subscription.deleted"}).data
    assert event.api_version == events.API_VERSION
    assert "current_period_end" in event.data.object["items"].data[0]
    assert "parent" in sdk.v1.invoices.list().data[0]
