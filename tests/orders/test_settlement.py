"""A signed payment settles its order exactly once, and money is never lost."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from revenue_intel.facts.models import LedgerEntry, OrderFact, PaymentFact
from revenue_intel.issues.models import Issue
from revenue_intel.stock.models import StockMovement
from revenue_intel.webhooks.models import StripeEvent
from tests.deliveries import PAID_AT, deliver, payment_failed, payment_succeeded
from tests.factories import make_order, make_product, make_variant

pytestmark = pytest.mark.django_db


def ledger():
    return list(LedgerEntry.objects.order_by("id").values_list("kind", "amount_minor", "currency"))


def test_a_payment_marks_the_order_paid_takes_stock_and_posts_the_sale():
    mug = make_product("Mug", "9.50", stock=3)
    order = make_order("R1", [(mug, 2)])

    response = deliver(payment_succeeded("R1", 1900))

    order.refresh_from_db()
    mug.refresh_from_db()
    assert (response.status_code, response.json()) == (200, {"outcome": "applied"})
    assert (order.status, order.paid_at) == ("paid", datetime.fromtimestamp(PAID_AT, tz=UTC))
    assert mug.stock == 1
    assert ledger() == [("sale", 1900, "gbp")]
    fact = OrderFact.objects.get()
    assert (fact.reference, fact.total_minor, fact.paid_at) == ("R1", 1900, order.paid_at)
    assert fact.lines.get().product_name == "Mug"


def test_a_second_delivery_of_the_same_event_is_a_duplicate_and_changes_nothing():
    mug = make_product("Mug", "9.50", stock=3)
    make_order("R1", [(mug, 2)])
    event = payment_succeeded("R1", 1900)
    deliver(event)

    response = deliver(event)

    mug.refresh_from_db()
    assert (response.status_code, response.json()) == (200, {"outcome": "duplicate"})
    assert mug.stock == 1
    assert ledger() == [("sale", 1900, "gbp")]


def test_a_twin_event_with_another_id_settles_nothing_a_second_time():
    mug = make_product("Mug", "9.50", stock=3)
    make_order("R1", [(mug, 2)])
    deliver(payment_succeeded("R1", 1900))

    response = deliver(payment_succeeded("R1", 1900))

    mug.refresh_from_db()
    assert response.json() == {"outcome": "applied"}
    assert mug.stock == 1
    assert ledger() == [("sale", 1900, "gbp")]


def test_the_earliest_evidence_dates_the_sale_whatever_the_order_of_arrival():
    make_order("R1", [(make_product("Mug", "9.50"), 2)])
    deliver(payment_succeeded("R1", 1900, at=PAID_AT + 90_000))

    deliver(payment_succeeded("R1", 1900, at=PAID_AT))

    standing = LedgerEntry.objects.filter(reverses=None, reversed_by=None).get()
    assert standing.occurred_at == datetime.fromtimestamp(PAID_AT, tz=UTC)
    assert sum(amount for _, amount, _ in ledger()) == 1900
    assert OrderFact.objects.get().paid_at == standing.occurred_at


def test_a_variant_has_stock_of_its_own():
    shirt = make_product("Shirt", "20.00", stock=7)
    large = make_variant(shirt, "Large", stock=2)
    make_order("R1", [(large, 1)])

    deliver(payment_succeeded("R1", 2000))

    shirt.refresh_from_db()
    large.refresh_from_db()
    assert (shirt.stock, large.stock) == (7, 1)


def test_a_preorder_takes_no_stock_and_leaves_a_movement():
    book = make_product("Book", "15.00", stock=0, is_preorder=True)
    order = make_order("R1", [(book, 2)])

    deliver(payment_succeeded("R1", 3000))

    order.refresh_from_db()
    book.refresh_from_db()
    assert (order.status, book.stock) == ("paid", 0)
    assert list(StockMovement.objects.values_list("kind", "quantity")) == [("preorder", 0)]


def test_an_order_that_cannot_be_filled_keeps_its_payment_and_opens_an_issue():
    mug = make_product("Mug", "9.50", stock=1)
    order = make_order("R1", [(mug, 2)])

    response = deliver(payment_succeeded("R1", 1900))

    order.refresh_from_db()
    mug.refresh_from_db()
    assert (response.status_code, response.json()) == (200, {"outcome": "applied"})
    assert (order.status, order.paid_at) == ("paid_unfulfillable", None)
    assert mug.stock == 1
    assert ledger() == [("sale", 1900, "gbp")]
    issue = Issue.objects.get()
    assert (issue.kind, issue.subject, issue.detail["error"]) == (
        "paid_unfulfillable",
        "R1",
        "stock_oversell",
    )
    assert "Mug: wanted 2, available 1" in issue.title


def test_a_failed_attempt_leaves_the_order_pending_and_a_later_success_wins():
    mug = make_product("Mug", "9.50", stock=3)
    order = make_order("R1", [(mug, 2)])

    deliver(payment_failed("R1", 1900))
    order.refresh_from_db()
    assert order.status == "pending"
    assert PaymentFact.objects.get().failure_code == "generic_decline"

    deliver(payment_succeeded("R1", 1900))
    order.refresh_from_db()
    assert (order.status, PaymentFact.objects.get().status) == ("paid", "succeeded")


def test_a_failure_that_arrives_after_the_success_changes_nothing():
    order = make_order("R1", [(make_product("Mug", "9.50"), 2)])
    deliver(payment_succeeded("R1", 1900))

    deliver(payment_failed("R1", 1900))

    order.refresh_from_db()
    assert (order.status, PaymentFact.objects.get().status) == ("paid", "succeeded")


@pytest.mark.parametrize(
    "wrong",
    [
        pytest.param({"amount": 1899}, id="amount"),
        pytest.param({"currency": "jpy"}, id="currency"),
        pytest.param({"livemode": True}, id="mode"),
        pytest.param({"account": "acct_1"}, id="account"),
    ],
)
def test_a_payment_that_does_not_fit_leaves_the_order_alone_and_opens_an_issue(wrong):
    mug = make_product("Mug", "9.50", stock=3)
    order = make_order("R1", [(mug, 2)])

    response = deliver(payment_succeeded("R1", **({"amount": 1900} | wrong)))

    order.refresh_from_db()
    mug.refresh_from_db()
    assert response.status_code == 200
    assert (order.status, mug.stock) == ("pending", 3)
    assert Issue.objects.get().kind == "payment_mismatch"
    assert not OrderFact.objects.exists()
    assert LedgerEntry.objects.get().order_reference == ""


def test_a_second_payment_for_a_paid_order_is_kept_apart_and_opens_an_issue():
    mug = make_product("Mug", "9.50", stock=5)
    make_order("R1", [(mug, 2)])
    deliver(payment_succeeded("R1", 1900))

    deliver(payment_succeeded("R1", 1900, intent="pi_2"))

    mug.refresh_from_db()
    assert mug.stock == 3
    assert Issue.objects.get().kind == "order_paid_twice"
    assert list(LedgerEntry.objects.order_by("id").values_list("order_reference", flat=True)) == ["R1", ""]


def test_a_payment_before_its_order_is_kept_and_settles_the_order_when_it_comes():
    deliver(payment_succeeded("R1", 1900))
    assert StripeEvent.objects.get().outcome == "parked"
    assert ledger() == [("sale", 1900, "gbp")]
    assert Issue.objects.get().kind == "payment_without_order"
    mug = make_product("Mug", "9.50", stock=3)
    order = make_order("R1", [(mug, 2)])

    from django.core.management import call_command

    call_command("revenue_process_events", verbosity=0)

    order.refresh_from_db()
    assert order.status == "paid"
    assert Issue.objects.get().status == "resolved"
    assert LedgerEntry.objects.filter(reverses=None, reversed_by=None).get().order_reference == "R1"


def test_a_payment_that_names_no_order_is_kept_with_an_issue():
    response = deliver(payment_succeeded("", 1900))

    assert response.json() == {"outcome": "applied"}
    assert ledger() == [("sale", 1900, "gbp")]
    assert Issue.objects.get().kind == "payment_without_order"


def test_without_an_adapter_each_payment_is_an_order_of_its_own(settings):
    settings.REVENUE_INTEL_SHOP = ""

    deliver(payment_succeeded("", 1900, customer="cus_1"))

    fact = OrderFact.objects.get()
    assert (fact.reference, fact.total_minor, fact.paid_at) == (
        "pi_1",
        1900,
        datetime.fromtimestamp(PAID_AT, tz=UTC),
    )
    assert fact.customer is not None
