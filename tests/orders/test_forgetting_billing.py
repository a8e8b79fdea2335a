"""A subscriber can be forgotten: what was billed, MRR and who is counted stay; names and bodies go and stay gone."""

from __future__ import annotations

from datetime import UTC, datetime
from io import StringIO
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command

from revenue_intel.facts.models import Customer, InvoiceFact, PaymentFact, SubscriptionFact
from revenue_intel.kpis.questions import Scope
from revenue_intel.kpis.subscription_history import mrr_by_customer, read_changes
from revenue_intel.webhooks.models import StripeEvent
from tests.billing import (
    DAY,
    HOUR,
    MARCH,
    coupon_told,
    credited,
    discount_told,
    invoice_paid_by,
    invoiced,
    item,
    subscribed,
)
from tests.deliveries import charge_refunded, deliver, payment_succeeded, refund_event
from tests.factories import make_order, make_product
from tests.history import billing, outcome
from tests.orders.test_forgetting import everything_stored

pytestmark = pytest.mark.django_db

APRIL = datetime(2026, 4, 1, tzinfo=UTC)
GBP = Scope(currency="gbp", livemode=False, account="")
ADA: Any = {"customer": "cus_ada"}
#: Somebody subscribes, is billed, pays, and gets some back; then it turns out to be Ada, who has bought before.
ADAS = [
    subscribed("created", item(1000), at=MARCH, discounts=["di_1"], event_id="evt_a1", **ADA),
    discount_told(**ADA),
    invoiced("paid", at=MARCH + HOUR, event_id="evt_a2", subscription="sub_1", **ADA),
    invoice_paid_by("pi_sub", at=MARCH + HOUR, event_id="evt_a3"),
    payment_succeeded("", 1000, intent="pi_sub", event_id="evt_a4", **ADA),
    credited(event_id="evt_a5", **ADA),
    refund_event("created", 300, refund="re_sub", intent="pi_sub", charge="ch_sub"),
    charge_refunded(300, amount=1000, charge="ch_sub", intent="pi_sub"),
    payment_succeeded("R1", 1900, intent="pi_1", event_id="evt_a6", receipt_email="ada@example.com", **ADA),
]
BOBS = [
    subscribed("created", item(700), at=MARCH, subscription="sub_2", customer="cus_bob", event_id="evt_b1"),
    invoiced("paid", invoice="in_2", subscription="sub_2", customer="cus_bob", event_id="evt_b2"),
]


@pytest.fixture(autouse=True)
def shop() -> None:
    mug, ada = make_product("Mug", "9.50", stock=50), User.objects.create_user("ada")
    make_order("R0", [(mug, 2)], email="ada@example.com", user=ada)
    make_order("R1", [(mug, 2)], email="ada@example.com", user=ada)
    for event in [payment_succeeded("R0", 1900, intent="pi_0"), coupon_told(), *ADAS, *BOBS]:
        assert deliver(event).json() == {"outcome": "applied"}


def forget() -> str:
    said = StringIO()
    call_command("revenue_forget_customer", "--stripe-customer", "cus_ada", stdout=said, stderr=StringIO())
    return said.getvalue()


def numbers() -> dict[str, Any]:
    """Return MRR by who is counted, all billing and all money."""
    changes = read_changes(GBP, before=APRIL)
    people = dict(SubscriptionFact.objects.values_list("pk", "customer__canonical"))
    return {
        "mrr": mrr_by_customer(changes, at=APRIL),
        "people": people,
        "billing": billing(),
        "ledger": outcome()["ledger"],
        "refunds": outcome()["refunds"],
        "invoices": sorted(InvoiceFact.objects.values_list("pk", "customer__canonical")),
    }


def bodies() -> str:
    return "\n".join(StripeEvent.objects.values_list("body", flat=True))


def test_mrr_per_customer_and_all_that_was_billed_stay_and_the_names_go():
    before = numbers()
    assert sorted(before["mrr"].values()) == [500, 700]

    said = forget()

    assert numbers() == before
    assert "erased-1" in said
    stored = everything_stored()
    assert "cus_ada" not in stored
    assert "ada@example.com" not in stored
    assert "cus_bob" in stored
    assert set(PaymentFact.objects.values_list("stripe_customer_id", flat=True)) == {""}


def test_bodies_that_name_only_what_is_theirs_go_too():
    forget()

    kept = bodies()
    for name in ("sub_1", "in_1", "pi_sub", "ch_sub", "re_sub", "cn_1"):
        assert f'"{name}"' not in kept
    assert '"sub_2"' in kept


def test_what_comes_again_is_applied_and_brings_nobody_back():
    forget()
    before = numbers()
    people = Customer.objects.count()
    StripeEvent.objects.filter(body="").delete()  # as a backfill would find them

    for event in ADAS:
        assert deliver(event).json() == {"outcome": "applied"}

    assert Customer.objects.count() == people
    forget()  # the bodies came again, by our own doing
    assert "cus_ada" not in everything_stored()
    assert numbers() == before


def test_news_of_a_subscription_counts_under_the_same_person_after_they_are_forgotten():
    """Its customer was first known by the subscription, then joined: the tombstone leads to the other key."""
    customer = SubscriptionFact.objects.get(pk="sub_1").customer
    assert customer.canonical != customer.key
    forget()

    told = deliver(subscribed("updated", item(3000), at=MARCH + 9 * DAY, event_id="evt_new", **ADA))

    assert told.json() == {"outcome": "applied"}
    assert mrr_by_customer(read_changes(GBP, before=APRIL), at=APRIL)[customer.canonical] == 3000
