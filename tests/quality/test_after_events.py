"""What signed events leave behind satisfies every check, whatever their order; money without an order does not."""

from __future__ import annotations

from itertools import permutations

import pytest
from django.core.management import CommandError, call_command

from revenue_intel.issues.models import Issue
from revenue_intel.issues.services import open_issue
from revenue_intel.quality import runner
from revenue_intel.quality.base import Check, Result
from revenue_intel.quality.checks.payments import PAYMENTS
from revenue_intel.quality.registry import CHECKS
from revenue_intel.quality.runner import run_all
from tests.deliveries import PAID_AT, deliver, payment_failed, payment_succeeded, refund_event
from tests.factories import make_order, make_product

pytestmark = pytest.mark.django_db

HISTORY = [
    payment_failed("R1", 2000),
    payment_succeeded("R1", 2000, event_id="evt_paid"),
    refund_event("created", 500, refund="re_1"),
    refund_event("failed", 300, refund="re_2", status="failed", at=PAID_AT + 9000),
]


def red() -> set[str]:
    return {result.check.slug for result in run_all(CHECKS) if not result.passed}


@pytest.mark.parametrize("order", list(permutations(range(len(HISTORY)))), ids=str)
def test_a_sale_with_its_refunds_is_sound_in_any_order(order):
    make_order("R1", [(make_product(price="10.00", stock=5), 2)])

    for position in order:
        assert deliver(HISTORY[position]).status_code == 200

    assert red() == set()


def test_a_sale_that_is_dated_back_by_earlier_evidence_is_sound():
    make_order("R1", [(make_product(price="10.00"), 2)])
    deliver(payment_succeeded("R1", 2000, at=PAID_AT + 60))
    deliver(payment_succeeded("R1", 2000, at=PAID_AT))

    assert red() == set()


def test_an_order_that_is_paid_and_cannot_be_filled_adds_up():
    make_order("R1", [(make_product(price="10.00", stock=1), 2)])
    deliver(payment_succeeded("R1", 2000))

    assert red() == set()
    assert Issue.objects.get().kind == "paid_unfulfillable"
    with pytest.raises(CommandError):
        call_command("run_checks", "--fail-on-issues")


@pytest.mark.parametrize("reference", ["", "UNKNOWN"])
def test_a_payment_for_no_order_is_red_and_its_money_is_explained_by_its_issue(reference):
    deliver(payment_succeeded(reference, 2000))

    assert red() == {"payment-without-order"}


def test_a_payment_of_the_wrong_amount_is_red():
    make_order("R1", [(make_product(price="10.00"), 2)])
    deliver(payment_succeeded("R1", 1999))

    assert red() == {"payment-without-order"}


def test_a_second_payment_for_the_same_order_is_red():
    make_order("R1", [(make_product(price="10.00"), 2)])
    deliver(payment_succeeded("R1", 2000))
    deliver(payment_succeeded("R1", 2000, intent="pi_2"))

    assert red() == {"payment-without-order"}


@pytest.mark.parametrize(
    ("reference", "amount", "kind"),
    [("", 2000, "payment_without_order"), ("R1", 1999, "payment_mismatch"), ("R0", 2000, "order_paid_twice")],
)
def test_a_payment_without_its_order_is_one_issue_whoever_notices(reference, amount, kind):
    make_order("R0", [(make_product(price="10.00"), 2)])
    deliver(payment_succeeded("R0", 2000))
    make_order("R1", [(make_product(price="10.00"), 2)])

    deliver(payment_succeeded(reference, amount, intent="pi_2"))
    red()
    red()

    assert list(Issue.objects.values_list("kind", "subject", "status")) == [(kind, "pi_2", "open")]


def test_a_payment_whose_order_came_later_is_no_issue_any_more():
    deliver(payment_succeeded("R1", 2000))
    red()
    make_order("R1", [(make_product(price="10.00"), 2)])

    deliver(payment_succeeded("R1", 2000))

    assert red() == set()
    assert list(Issue.objects.values_list("kind", "status")) == [("payment_without_order", "resolved")]


def test_the_check_does_not_resolve_what_settlement_says_of_money_of_the_other_mode():
    deliver(payment_succeeded("", 2000, livemode=True))

    assert red() == {"payment-without-order"}
    assert Issue.objects.get().status == "open"


def test_an_issue_opened_while_the_check_is_reading_stays_open(monkeypatch):
    def run_one(check: Check) -> Result:
        open_issue(kind="payment_without_order", subject="pi_9", title="A payment came in")
        return Result(check=check, findings=(), seconds=0)

    monkeypatch.setattr(runner, "run_one", run_one)
    run_all([PAYMENTS])

    assert Issue.objects.get().status == "open"


def test_without_an_adapter_every_payment_is_an_order_of_its_own(settings):
    settings.REVENUE_INTEL_SHOP = ""
    deliver(payment_succeeded("", 2000))

    assert red() == set()
