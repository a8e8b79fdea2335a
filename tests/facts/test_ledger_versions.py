"""The ledger is never changed: a better date is a reversal and a new version, another amount is refused."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest
from django.db.models import Sum

from revenue_intel.exceptions import LedgerConflictError
from revenue_intel.facts import ledger
from revenue_intel.facts import services as facts
from revenue_intel.facts.models import LedgerEntry, PaymentFact
from revenue_intel.facts.services import PaymentNews, RefundNews
from revenue_intel.issues.models import Issue
from revenue_intel.webhooks.models import EventFailure, StripeEvent
from tests.deliveries import PAID_AT, deliver, payment_succeeded
from tests.factories import make_order, make_product

pytestmark = pytest.mark.django_db

DAY = 24 * 3600
AT = datetime.fromtimestamp(PAID_AT, tz=UTC)


@pytest.fixture
def order():
    return make_order("R1", [(make_product("Mug", "9.50", stock=3), 2)])


def sums_by_day() -> dict[tuple[str, datetime], int]:
    """Return what is on the ledger per kind and instant, reversals counted in, without what came to nothing."""
    rows = (
        LedgerEntry.objects.values_list("kind", "occurred_at").annotate(total=Sum("amount_minor")).order_by()
    )
    return {(kind, at): total for kind, at, total in rows if total}


def payment_news(**changed) -> PaymentNews:
    known = {
        "payment_intent": "pi_1",
        "status": PaymentFact.Status.SUCCEEDED,
        "amount_minor": 1900,
        "currency": "gbp",
        "livemode": False,
        "at": AT,
        "event_id": "evt_1",
    }
    return PaymentNews(**{**known, **changed})


def refund_news(**changed) -> RefundNews:
    known = {
        "refund_id": "re_1",
        "status": "succeeded",
        "amount_minor": 500,
        "currency": "gbp",
        "livemode": False,
        "created_at": AT,
        "at": AT,
        "event_id": "evt_2",
        "payment_intent": "pi_1",
    }
    return RefundNews(**{**known, **changed})


def test_an_earlier_date_reverses_the_entry_on_its_day_and_posts_it_anew(order):
    deliver(payment_succeeded("R1", 1900, at=PAID_AT + DAY))

    deliver(payment_succeeded("R1", 1900))

    entries = LedgerEntry.objects.order_by("id").values_list(
        "amount_minor", "occurred_at", "reverses__amount_minor"
    )
    assert list(entries) == [
        (1900, AT + timedelta(days=1), None),
        (-1900, AT + timedelta(days=1), 1900),
        (1900, AT, None),
    ]
    assert sums_by_day() == {("sale", AT): 1900}


def test_what_is_written_stays_as_it_was_when_the_date_moves(order):
    deliver(payment_succeeded("R1", 1900, at=PAID_AT + DAY))
    before = LedgerEntry.objects.values().get()

    deliver(payment_succeeded("R1", 1900))

    assert LedgerEntry.objects.values().get(pk=before["id"]) == before


def test_a_later_date_changes_nothing(order):
    deliver(payment_succeeded("R1", 1900))

    deliver(payment_succeeded("R1", 1900, at=PAID_AT + DAY))

    assert LedgerEntry.objects.count() == 1


def test_the_sums_by_day_are_the_same_in_every_order_of_arrival():
    ends = []
    for number, arrival in enumerate(permutations([0, DAY, 3 * DAY])):
        reference, intent = f"R{number}", f"pi_{number}"
        make_order(reference, [(make_product("Mug", "9.50", stock=2), 2)])
        for seconds in arrival:
            deliver(payment_succeeded(reference, 1900, intent=intent, at=PAID_AT + seconds))
        standing = LedgerEntry.objects.get(object_id=intent, reverses=None, reversed_by=None)
        ends.append((standing.occurred_at, standing.order_reference == reference))

    assert set(ends) == {(AT, True)}
    assert sums_by_day() == {("sale", AT): 6 * 1900}


def test_a_sale_that_finds_its_order_is_posted_anew_under_it_with_its_date():
    payment = facts.record_payment(payment_news())
    facts.post_sale(payment, event_id="evt_1")

    facts.post_sale(facts.record_payment(payment_news(), order_reference="R1"), event_id="evt_2")

    assert sums_by_day() == {("sale", AT): 1900}
    standing = LedgerEntry.objects.get(reverses=None, reversed_by=None)
    assert (standing.order_reference, standing.occurred_at) == ("R1", AT)


@pytest.mark.parametrize("changed", [{"amount_minor": 1901}, {"currency": "usd"}], ids=["amount", "currency"])
def test_one_payment_with_two_amounts_is_a_conflict(changed):
    facts.record_payment(payment_news())

    with pytest.raises(LedgerConflictError, match="pi_1"):
        facts.record_payment(payment_news(**changed))


@pytest.mark.parametrize("changed", [{"amount_minor": 501}, {"currency": "usd"}], ids=["amount", "currency"])
def test_one_refund_with_two_amounts_is_a_conflict(changed):
    facts.record_refund(refund_news(), order_reference="R1")

    with pytest.raises(LedgerConflictError, match="re_1"):
        facts.record_refund(refund_news(**changed), order_reference="R1")


def test_an_event_with_another_amount_fails_with_an_issue_and_leaves_the_money_alone(order):
    deliver(payment_succeeded("R1", 1900))

    response = deliver(payment_succeeded("R1", 1800, event_id="evt_other"))

    assert (response.status_code, response.json()) == (200, {"outcome": "failed"})
    assert StripeEvent.objects.get(event_id="evt_other").outcome == "failed"
    assert EventFailure.objects.get().error_class == "LedgerConflictError"
    issue = Issue.objects.get(status="open")
    assert (issue.kind, issue.subject, issue.detail["error"]) == (
        "event_failed",
        "evt_other",
        "LedgerConflictError",
    )
    assert sums_by_day() == {("sale", AT): 1900}


def test_the_first_try_of_a_payment_may_have_had_another_amount():
    facts.record_payment(payment_news(status=PaymentFact.Status.FAILED, amount_minor=2500))

    payment = facts.record_payment(payment_news())

    assert (payment.status, payment.amount_minor) == ("succeeded", 1900)


def test_a_ledger_entry_names_itself(order):
    deliver(payment_succeeded("R1", 1900))

    assert str(LedgerEntry.objects.get()) == "sale:pi_1:1 1900 gbp"


def test_an_entry_that_was_retracted_can_be_posted_again():
    posting = ledger.Posting(
        kind=LedgerEntry.Kind.ADJUSTMENT,
        object_id="x_1",
        amount_minor=500,
        currency="gbp",
        livemode=False,
        account="",
        occurred_at=AT,
    )
    ledger.post(posting)
    ledger.retract(kind=posting.kind, object_id="x_1", event_id="")
    ledger.post(posting)
    ledger.post(posting)

    assert list(LedgerEntry.objects.order_by("id").values_list("key", "amount_minor")) == [
        ("adjustment:x_1:1", 500),
        ("adjustment:x_1:2", -500),
        ("adjustment:x_1:3", 500),
    ]
