"""Subscriptions through the official SDK, on a clock that the test moves."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
import stripe

from revenue_intel.testing.standin import Terms
from tests.testing.billing.conftest import DAY, HOUR, START
from tests.testing.test_standin_payments import types


def day(moment):
    """A moment as a date."""
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%d")


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


def test_a_larger_quantity_is_prorated_on_the_next_invoice(standin, sdk, subscribe):
    made = subscribe()
    standin.advance(14 * DAY)  # half of the 28 days are left

    sdk.v1.subscriptions.update(made.id, {"items": [{"id": made.items.data[0].id, "quantity": 3}]})
    updated = standin.records()["events"][-1]
    standin.advance(14 * DAY + HOUR)

    (invoice, _) = sdk.v1.invoices.list({"subscription": made.id}).data
    assert sorted(line.amount for line in invoice.lines.data) == [-500, 1500, 3000]
    assert (invoice.total, invoice.amount_paid) == (4000, 4000)
    proration = next(line for line in invoice.lines.data if line.amount == -500)
    assert proration.parent.invoice_item_details.proration is True
    assert updated["type"] == "customer.subscription.updated"
    assert updated["data"]["previous_attributes"]["items"]["data"][0]["quantity"] == 1
    assert types(standin).count("invoiceitem.created") == 2


def test_prorations_can_be_invoiced_at_once_or_not_made(standin, sdk, subscribe):
    made = subscribe()
    item = made.items.data[0].id
    standin.advance(14 * DAY)

    sdk.v1.subscriptions.update(
        made.id, {"items": [{"id": item, "quantity": 3}], "proration_behavior": "always_invoice"}
    )
    sdk.v1.subscriptions.update(
        made.id, {"items": [{"id": item, "quantity": 1}], "proration_behavior": "none"}
    )

    invoices = sdk.v1.invoices.list({"subscription": made.id}).data
    assert [(row.total, row.billing_reason, row.status) for row in invoices] == [
        (1000, "subscription_update", "paid"),
        (1000, "subscription_create", "paid"),
    ]


def test_a_price_of_another_interval_begins_a_new_period(standin, sdk, subscribe, price):
    yearly = sdk.v1.prices.create(
        {
            "product": price.product,
            "currency": "gbp",
            "unit_amount": 9000,
            "recurring": {"interval": "year"},
        }
    )
    made = subscribe()
    standin.advance(14 * DAY)

    changed = sdk.v1.subscriptions.update(
        made.id, {"items": [{"id": made.items.data[0].id, "price": yearly.id}], "expand": ["latest_invoice"]}
    )

    assert day(changed.items.data[0].current_period_end) == "2027-02-14"
    standin.advance(40 * DAY)
    (latest, _) = sdk.v1.invoices.list({"subscription": made.id}).data
    assert (latest.total, latest.status) == (9000 - 500, "paid")


def test_items_of_different_intervals_renew_on_their_own(standin, sdk, subscribe, price):
    weekly = sdk.v1.prices.create(
        {
            "product": price.product,
            "currency": "gbp",
            "unit_amount": 100,
            "recurring": {"interval": "week"},
        }
    )
    made = subscribe(items=[{"price": price.id}, {"price": weekly.id, "quantity": 2}])

    standin.advance(14 * DAY + HOUR)

    assert [row.total for row in sdk.v1.invoices.list({"subscription": made.id}).data] == [200, 200, 1200]
    ends = [day(row.current_period_end) for row in sdk.v1.subscriptions.retrieve(made.id).items.data]
    assert ends == ["2026-02-28", "2026-02-21"]


def test_a_renewal_by_bank_debit_is_paid_days_later(standin, sdk, subscribe):
    made = subscribe(default_payment_method="pm_usBankAccount_success")
    assert made.status == "incomplete"

    standin.api.settle_payment(sdk.v1.payment_intents.list().data[0].id)

    paid = sdk.v1.subscriptions.retrieve(made.id, {"expand": ["latest_invoice"]})
    assert (paid.status, paid.latest_invoice.status) == ("active", "paid")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"items": []}, "items"),
        ({"items": [{"price": "price_none"}]}, "No such price"),
        ({"items": [{"quantity": 1}]}, "price"),
        ({"customer": "cus_none"}, "No such customer"),
        ({"default_payment_method": "pm_none"}, "No such PaymentMethod"),
        ({"discounts": [{"coupon": "none"}]}, "No such coupon"),
        ({"discounts": [{"coupon": "none", "promotion_code": "x"}]}, "unknown parameter"),
        ({"items": [{"price": "price_none", "quantity": 0}]}, "greater than or equal to 1"),
    ],
)
def test_a_wrong_subscription_is_refused_and_leaves_nothing(standin, sdk, subscribe, change, message):
    with pytest.raises(stripe.InvalidRequestError, match=message):
        subscribe(**change)

    assert standin.records()["subscriptions"] == []
    assert standin.records()["invoices"] == []


@pytest.mark.parametrize(
    ("items", "message"),
    [
        ([{"id": "si_none", "quantity": 2}], "No such subscription_item"),
        ([{"quantity": 2}], "Missing required param"),
        ([{"price": "price_none"}], "No such price"),
        ("all deleted", "at least one item"),
    ],
)
def test_a_wrong_change_is_refused_and_changes_nothing(standin, sdk, subscribe, items, message):
    made = subscribe()
    before = standin.records()
    if items == "all deleted":
        items = [{"id": made.items.data[0].id, "deleted": True}]

    with pytest.raises(stripe.InvalidRequestError, match=message):
        sdk.v1.subscriptions.update(made.id, {"items": items, "metadata": {"a": "b"}})

    assert standin.records() == before


def test_items_are_added_and_removed(standin, sdk, subscribe, price):
    made = subscribe()
    old = made.items.data[0].id

    changed = sdk.v1.subscriptions.update(
        made.id,
        {"items": [{"id": old, "deleted": True}, {"price": price.id, "quantity": 2}]},
    )

    (item,) = changed.items.data
    assert (item.quantity, day(item.current_period_end)) == (2, "2026-02-28")
    standin.advance(28 * DAY + HOUR)
    (latest, _) = sdk.v1.invoices.list({"subscription": made.id}).data
    assert sorted(line.amount for line in latest.lines.data) == [-1000, 2000, 2000]
