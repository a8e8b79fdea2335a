"""Changes of subscriptions: quantities, prices, items, and what is refused."""

from __future__ import annotations

import pytest
import stripe

from tests.testing.billing.conftest import DAY, HOUR, START, day
from tests.testing.test_standin_payments import types


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


def test_a_pause_ends_when_it_was_agreed(standin, sdk, subscribe):
    made = subscribe()
    pause = {"behavior": "void", "resumes_at": START + 5 * DAY}
    sdk.v1.subscriptions.update(made.id, {"pause_collection": pause})

    standin.advance(5 * DAY)

    assert sdk.v1.subscriptions.retrieve(made.id).pause_collection is None


@pytest.mark.parametrize(
    ("path", "form"),
    [
        ("/v1/coupons", {"duration": "once", "percent_off": "nan"}),
        ("/v1/coupons", {"duration": "once", "percent_off": "101"}),
        ("/v1/coupons", {"duration": "once", "amount_off": "-5", "currency": "gbp"}),
        ("/v1/coupons", {"duration": "once", "amount_off": "5"}),
        ("/v1/coupons", {"duration": "repeating", "percent_off": "5"}),
        ("/v1/prices", {"currency": "gbp", "unit_amount": "-1", "product_data[name]": "x"}),
        ("/v1/prices", {"currency": "gbp", "unit_amount": "100000000", "product_data[name]": "x"}),
        ("/v1/prices", {"currency": "gbp", "unit_amount": "5"}),
        (
            "/v1/prices",
            {
                "currency": "gbp",
                "unit_amount": "5",
                "product_data[name]": "x",
                "recurring[interval]": "day",
                "recurring[interval_count]": "0",
            },
        ),
    ],
)
def test_a_senseless_coupon_or_price_is_refused(http_api, path, form):
    assert http_api("POST", path, form=form).status == 400


@pytest.mark.parametrize(
    "change",
    [
        {"trial_end": 5},
        {"trial_end": START + 731 * DAY},
        {"trial_period_days": 0},
        {"trial_period_days": 9999},
    ],
)
def test_a_senseless_trial_is_refused(standin, subscribe, change):
    with pytest.raises(stripe.InvalidRequestError):
        subscribe(**change)

    assert standin.records()["subscriptions"] == []
