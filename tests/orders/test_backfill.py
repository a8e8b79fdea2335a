"""Orders that were paid before we were there are recorded once, on the host's word, until Stripe's own takes its place."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.forms.models import model_to_dict

from revenue_intel.audit.models import AuditEvent
from revenue_intel.facts.models import OrderFact, PaymentFact, RefundFact
from revenue_intel.issues.models import Issue
from revenue_intel.kpis.service import compute
from revenue_intel.orders import services as orders
from revenue_intel.quality.registry import CHECKS
from revenue_intel.quality.runner import run_all
from revenue_intel.stock.models import StockMovement
from tests.deliveries import deliver, payment_succeeded, refund_event
from tests.factories import make_order, make_product
from tests.host.models import Order
from tests.orders.old_orders import BEFORE, NAMED, STRIPES, everything, old_order, standing

pytestmark = pytest.mark.django_db


@pytest.fixture
def names(settings):
    settings.REVENUE_INTEL_SHOP = "tests.orders.old_orders.NamingShop"
    NAMED.clear()
    return NAMED


def failing_checks():
    return [result.check.slug for result in run_all(CHECKS) if not result.passed]


def test_a_paid_order_is_recorded_with_its_lines_and_its_sale_and_the_host_is_left_alone():
    order = old_order("R1")
    make_order("R2", [(make_product("Pen"), 1)])  # not paid
    before = model_to_dict(order)

    found = orders.backfill()

    order.refresh_from_db()
    fact = OrderFact.objects.get()
    assert (found.recorded, found.known, found.agrees) == (1, 0, True)
    assert (fact.reference, fact.total_minor, fact.paid_at) == ("R1", 1900, BEFORE)
    assert (fact.lines.get().product_name, fact.lines.get().quantity) == ("Mug", 2)
    assert standing() == [("order:R1", 1900, BEFORE, "R1")]
    assert model_to_dict(order) == before
    assert not StockMovement.objects.exists()
    assert failing_checks() == []


def test_a_second_run_changes_nothing():
    old_order("R1")
    old_order("R2", at=BEFORE + timedelta(days=1))
    orders.backfill()
    before = everything()
    audited = AuditEvent.objects.count()

    found = orders.backfill()

    assert (found.recorded, found.known, found.agrees) == (0, 2, True)
    assert everything() == before
    assert AuditEvent.objects.count() == audited


def test_a_run_that_was_stopped_goes_on_where_it_was(monkeypatch):
    for number in range(5):
        old_order(f"R{number}", at=BEFORE + timedelta(hours=number))

    def stop(found):
        if found.recorded == 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        orders.backfill(batch_size=2, progress=stop)
    assert OrderFact.objects.count() == 4

    found = orders.backfill(batch_size=2)

    assert (found.recorded, found.known, found.agrees) == (1, 4, True)
    assert compute(days=90, as_of=BEFORE.date(), livemode=False).value("revenue") == 5 * 1900


def test_an_order_that_is_settled_is_left_alone():
    old_order("R1", at=BEFORE)
    deliver(payment_succeeded("R1", 1900))
    Order.objects.update(paid_at=BEFORE, status="sent")
    before = everything()

    found = orders.backfill()

    assert (found.recorded, found.known, found.agrees) == (0, 1, True)
    assert everything() == before


@pytest.mark.parametrize("metadata", ["R1", ""], ids=["named by the payment", "named by the host alone"])
@pytest.mark.parametrize("deliveries", [1, 2])
def test_a_payment_that_comes_afterwards_takes_the_hosts_place_and_is_counted_once(
    names, metadata, deliveries
):
    names["R1"] = "pi_1"
    order = old_order("R1")
    orders.backfill()

    for _ in range(deliveries):
        assert deliver(payment_succeeded(metadata, 1900)).json()["outcome"] == "applied"

    order.refresh_from_db()
    assert standing() == [("pi_1", 1900, STRIPES, "R1")]
    fact, payment = OrderFact.objects.get(), PaymentFact.objects.get()
    assert (fact.paid_at, fact.total_minor) == (STRIPES, 1900)
    assert (payment.order_reference, payment.succeeded_at, payment.is_from_host) == ("R1", STRIPES, False)
    assert (order.status, order.paid_at) == ("sent", BEFORE)
    assert not Issue.objects.filter(status="open").exists()
    assert failing_checks() == []
    assert orders.backfill().agrees


def test_the_payment_of_an_order_whose_payment_the_host_does_not_know_takes_its_place_too():
    old_order("R1")
    orders.backfill()

    deliver(payment_succeeded("R1", 1900))

    assert standing() == [("pi_1", 1900, STRIPES, "R1")]
    assert OrderFact.objects.get().paid_at == STRIPES
    assert not Issue.objects.filter(status="open").exists()


def test_a_second_payment_of_such_an_order_is_a_second_payment(names):
    names["R1"] = "pi_1"
    old_order("R1")
    orders.backfill()

    deliver(payment_succeeded("R1", 1900, intent="pi_2"))
    deliver(payment_succeeded("R1", 1900, intent="pi_1"))

    assert [issue.kind for issue in Issue.objects.filter(status="open")] == ["order_paid_twice"]
    assert [(row[0], row[3]) for row in standing()] == [("pi_1", "R1"), ("pi_2", "")]
    assert compute(days=7, as_of=STRIPES.date(), livemode=False).value("revenue") == 1900


def test_a_payment_over_another_amount_leaves_the_hosts_word_and_opens_an_issue(names):
    names["R1"] = "pi_1"
    old_order("R1")
    orders.backfill()

    deliver(payment_succeeded("R1", 1800))

    assert [row[:2] for row in standing()] == [("order:R1", 1900)]
    assert Issue.objects.get(status="open").kind == "payment_mismatch"
    assert OrderFact.objects.get().paid_at == BEFORE


def test_backfill_after_the_payment_ends_as_backfill_before_it(names):
    """The payment did not say which order it is for; only the host knows."""
    names["R1"] = "pi_1"
    old_order("R1")
    deliver(payment_succeeded("", 1900))
    assert Issue.objects.get(status="open").kind == "payment_without_order"

    orders.backfill()

    assert standing() == [("pi_1", 1900, STRIPES, "R1")]
    assert OrderFact.objects.get().paid_at == STRIPES
    assert not Issue.objects.filter(status="open").exists()
    assert failing_checks() == []


@pytest.mark.parametrize("payment_first", [False, True])
def test_a_refund_that_comes_later_finds_its_order(names, payment_first):
    names["R1"] = "pi_1"
    order = old_order("R1")
    orders.backfill()

    steps = [payment_succeeded("", 1900), refund_event("created", 500)]
    for event in steps if payment_first else reversed(steps):
        assert deliver(event).json()["outcome"] == "applied"

    order.refresh_from_db()
    assert RefundFact.objects.get().order_reference == "R1"
    assert OrderFact.objects.get().refunded_minor == 500
    assert order.status == "partially_refunded"
    assert failing_checks() == []


def test_an_order_that_cost_nothing_is_recorded_and_posts_nothing():
    make_order("R1", [], total="0.00", paid_at=BEFORE)

    found = orders.backfill()

    assert (found.recorded, found.agrees, standing()) == (1, True, [])
    assert OrderFact.objects.get().paid_at == BEFORE


def test_one_payment_that_the_host_names_for_two_orders_pays_the_first(names):
    names.update(R1="pi_1", R2="pi_1")
    old_order("R1")
    old_order("R2", at=BEFORE + timedelta(hours=1))

    assert orders.backfill().agrees

    assert PaymentFact.objects.get().order_reference == "R1"
    assert [row[0] for row in standing()] == ["order:R1", "order:R2"]
