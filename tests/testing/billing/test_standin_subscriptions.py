"""Subscriptions through the official SDK, on a clock that the test moves."""

from __future__ import annotations

import pytest
import stripe

from revenue_intel.testing.standin import Terms
from tests.testing.billing.conftest import DAY, HOUR, START, day
from tests.testing.test_standin_payments import types


def since(standin, number):
    return types(standin)[number:]


def test_a_subscription_begins_with_a_paid_invoice(standin, sdk, subscribe, ada, price):
    before = len(types(standin))

    made = subscribe(items=[{"price": price.id, "quantity": 3}])

    assert (made.status, made.currency, made.customer) == ("active", "gbp", ada.id)
    (item,) = made.items.data
    assert (item.quantity, item.price.id, item.plan.id) == (3, price.id, price.id)
    assert (day(item.current_period_start), day(item.current_period_end)) == ("2026-01-31", "2026-02-28")
    invoice = sdk.v1.invoices.retrieve(made.latest_invoice, {"expand": ["payments"]})
    assert (invoice.status, invoice.total, invoice.amount_paid, invoice.billing_reason) == (
        "paid",
        3000,
        3000,
        "subscription_create",
    )
    assert invoice.parent.subscription_details.subscription == made.id
    (line,) = invoice.lines.data
    assert line.pricing.price_details.price == price.id
    assert line.parent.subscription_item_details.subscription_item == item.id
    assert (day(line.period.start), day(line.period.end)) == ("2026-01-31", "2026-02-28")
    (payment,) = invoice.payments.data
    assert (payment.status, payment.amount_paid) == ("paid", 3000)
    assert sdk.v1.payment_intents.retrieve(payment.payment.payment_intent).status == "succeeded"
    assert since(standin, before) == [
        "customer.subscription.created",
        "invoice.created",
        "invoice.finalized",
        "payment_intent.created",
        "charge.succeeded",
        "payment_intent.succeeded",
        "invoice_payment.paid",
        "invoice.paid",
        "invoice.payment_succeeded",
        "customer.subscription.updated",
        "charge.updated",
    ]


def test_it_renews_at_the_end_of_each_month(standin, sdk, subscribe):
    made = subscribe()
    before = len(types(standin))

    standin.advance(28 * DAY)

    drafted = sdk.v1.subscriptions.retrieve(made.id, {"expand": ["latest_invoice"]})
    assert (drafted.latest_invoice.status, drafted.latest_invoice.billing_reason) == (
        "draft",
        "subscription_cycle",
    )
    assert since(standin, before) == ["invoice.created", "customer.subscription.updated"]
    previous = standin.records()["events"][-1]["data"]["previous_attributes"]
    assert day(previous["items"]["data"][0]["current_period_end"]) == "2026-02-28"

    standin.advance(62 * DAY)

    now = sdk.v1.subscriptions.retrieve(made.id)
    assert day(now.items.data[0].current_period_end) == "2026-05-31"
    invoices = sdk.v1.invoices.list({"subscription": made.id}).data
    assert [(row.status, day(row.created)) for row in invoices] == [
        ("paid", "2026-04-30"),
        ("paid", "2026-03-31"),
        ("paid", "2026-02-28"),
        ("paid", "2026-01-31"),
    ]


def test_a_trial_begins_with_an_invoice_over_nothing(standin, sdk, subscribe):
    made = subscribe(trial_period_days=14)
    invoice = sdk.v1.invoices.retrieve(made.latest_invoice)

    assert (made.status, day(made.trial_end), invoice.total, invoice.status) == (
        "trialing",
        "2026-02-14",
        0,
        "paid",
    )
    standin.advance(11 * DAY)
    assert types(standin)[-1] == "customer.subscription.trial_will_end"
    standin.advance(3 * DAY + HOUR)

    active = sdk.v1.subscriptions.retrieve(made.id, {"expand": ["latest_invoice"]})
    assert (active.status, active.latest_invoice.total, active.latest_invoice.status) == (
        "active",
        1000,
        "paid",
    )
    assert day(active.items.data[0].current_period_end) == "2026-03-14"


def test_a_short_trial_is_warned_of_at_once(standin, subscribe):
    subscribe(trial_period_days=1)

    assert types(standin)[-1] == "customer.subscription.trial_will_end"


@pytest.mark.parametrize(("behavior", "status"), [("pause", "paused"), ("cancel", "canceled")])
def test_a_trial_without_a_card_ends_as_agreed(standin, sdk, ada, price, behavior, status):
    made = sdk.v1.subscriptions.create(
        {
            "customer": ada.id,
            "items": [{"price": price.id}],
            "trial_period_days": 7,
            "trial_settings": {"end_behavior": {"missing_payment_method": behavior}},
        }
    )

    standin.advance(90 * DAY)

    assert sdk.v1.subscriptions.retrieve(made.id).status == status
    assert len(sdk.v1.invoices.list().data) == 1


def test_discounts_lower_invoices_as_long_as_they_last(standin, sdk, subscribe):
    once = sdk.v1.coupons.create({"amount_off": 100, "currency": "gbp", "duration": "once"})
    forever = sdk.v1.coupons.create({"percent_off": 10, "duration": "forever"})
    three = sdk.v1.coupons.create({"percent_off": 50, "duration": "repeating", "duration_in_months": 2})

    made = subscribe(discounts=[{"coupon": row.id} for row in (once, forever, three)])
    standin.advance(95 * DAY)

    invoices = sdk.v1.invoices.list({"subscription": made.id}).data
    # 1000 less 100 is 900, less 10 % is 810, less 50 % is 405
    assert [row.total for row in reversed(invoices)] == [405, 450, 900, 900]
    assert len(invoices[-1].total_discount_amounts) == 3
    left = sdk.v1.subscriptions.retrieve(made.id, {"expand": ["discounts.source.coupon"]})
    assert [row.source.coupon.id for row in left.discounts] == [forever.id]
    assert types(standin).count("customer.discount.created") == 3
    assert types(standin).count("customer.discount.deleted") == 2


def test_a_first_payment_that_fails_leaves_it_incomplete_for_23_hours(standin, sdk, subscribe):
    made = subscribe(default_payment_method="pm_card_chargeCustomerFail")
    assert made.status == "incomplete"

    standin.advance(23 * HOUR)

    gone = sdk.v1.subscriptions.retrieve(made.id, {"expand": ["latest_invoice"]})
    assert (gone.status, gone.latest_invoice.status) == ("incomplete_expired", "void")
    assert "payment_intent.canceled" in types(standin)


def test_a_first_invoice_can_still_be_paid(standin, sdk, subscribe):
    made = subscribe(default_payment_method="pm_card_chargeCustomerFail")

    sdk.v1.invoices.pay(made.latest_invoice, {"payment_method": "pm_card_visa"})
    standin.advance(24 * HOUR)

    assert sdk.v1.subscriptions.retrieve(made.id).status == "active"


@pytest.mark.parametrize(("terms", "status"), [(Terms(), "canceled"), (Terms(dunning="unpaid"), "unpaid")])
def test_renewals_that_fail_are_tried_again_and_given_up(standin, sdk, subscribe, status):
    made = subscribe()
    sdk.v1.subscriptions.update(made.id, {"default_payment_method": "pm_card_chargeCustomerFail"})
    standin.advance(28 * DAY + HOUR)
    assert sdk.v1.subscriptions.retrieve(made.id).status == "past_due"
    (invoice,) = sdk.v1.invoices.list({"status": "open"}).data
    assert (invoice.attempt_count, invoice.next_payment_attempt) == (1, START + 31 * DAY + HOUR)

    standin.advance(15 * DAY)

    ended = sdk.v1.subscriptions.retrieve(made.id)
    tried = sdk.v1.invoices.retrieve(invoice.id)
    assert ended.status == status
    assert (tried.status, tried.attempt_count, tried.next_payment_attempt) == ("open", 4, None)
    assert types(standin).count("invoice.payment_failed") == 4
    assert ended.cancellation_details.reason == ("payment_failed" if status == "canceled" else None)


def test_a_retry_that_succeeds_makes_it_active_again(standin, sdk, subscribe):
    made = subscribe()
    sdk.v1.subscriptions.update(made.id, {"default_payment_method": "pm_card_chargeCustomerFail"})
    standin.advance(28 * DAY + HOUR)
    sdk.v1.subscriptions.update(made.id, {"default_payment_method": "pm_card_visa"})

    standin.advance(3 * DAY)

    assert sdk.v1.subscriptions.retrieve(made.id).status == "active"


def test_it_can_be_cancelled_now(standin, sdk, subscribe):
    made = subscribe()

    gone = sdk.v1.subscriptions.cancel(made.id, {"cancellation_details": {"comment": "Bye"}})
    standin.advance(60 * DAY)

    assert (gone.status, gone.ended_at, gone.cancellation_details.comment) == ("canceled", START, "Bye")
    assert len(sdk.v1.invoices.list().data) == 1
    assert sdk.v1.subscriptions.list().data == []
    assert [row.id for row in sdk.v1.subscriptions.list({"status": "all"}).data] == [made.id]
    with pytest.raises(stripe.InvalidRequestError, match="cannot be changed"):
        sdk.v1.subscriptions.cancel(made.id)


def test_it_can_be_cancelled_at_the_end_of_the_period(standin, sdk, subscribe):
    made = subscribe()
    asked = sdk.v1.subscriptions.update(made.id, {"cancel_at_period_end": True})
    assert (asked.status, asked.canceled_at) == ("active", START)
    assert types(standin)[-1] == "customer.subscription.updated"

    standin.advance(28 * DAY)

    gone = sdk.v1.subscriptions.retrieve(made.id)
    assert (gone.status, day(gone.ended_at), gone.canceled_at) == ("canceled", "2026-02-28", START)
    assert types(standin)[-1] == "customer.subscription.deleted"


@pytest.mark.parametrize(
    ("behavior", "status"),
    [("keep_as_draft", "draft"), ("void", "void"), ("mark_uncollectible", "uncollectible")],
)
def test_collection_can_be_paused(standin, sdk, subscribe, behavior, status):
    made = subscribe()
    sdk.v1.subscriptions.update(made.id, {"pause_collection": {"behavior": behavior}})

    standin.advance(28 * DAY + HOUR)

    paused = sdk.v1.subscriptions.retrieve(made.id, {"expand": ["latest_invoice"]})
    assert (paused.status, paused.latest_invoice.status) == ("active", status)
    assert sdk.v1.subscriptions.update(made.id, {"pause_collection": ""}).pause_collection is None


def test_a_paused_subscription_is_not_billed_until_it_is_resumed(standin, sdk, subscribe, http_api):
    made = subscribe()
    http_api("POST", f"/v1/subscriptions/{made.id}/pause", form={"type": "subscription"})
    standin.advance(100 * DAY)
    paused = sdk.v1.subscriptions.retrieve(made.id)

    resumed = sdk.v1.subscriptions.resume(made.id)

    assert (paused.status, resumed.status) == ("paused", "active")
    assert paused.status_details.paused.transitioned_at == START
    assert resumed.items.data[0].current_period_start == START + 100 * DAY
    assert len(sdk.v1.invoices.list().data) == 2
    assert types(standin).count("customer.subscription.paused") == 1
    assert types(standin).count("customer.subscription.resumed") == 1


def test_a_customers_own_card_pays_when_the_subscription_has_none(sdk, ada, price):
    params = {"customer": ada.id, "items": [{"price": price.id}]}
    with pytest.raises(stripe.InvalidRequestError, match="no attached payment source"):
        sdk.v1.subscriptions.create(params)

    sdk.v1.customers.update(ada.id, {"invoice_settings": {"default_payment_method": "pm_card_visa"}})

    assert sdk.v1.subscriptions.create(params).status == "active"
    known = sdk.v1.customers.retrieve(ada.id).invoice_settings
    assert (known.default_payment_method, known.footer) == ("pm_card_visa", None)
