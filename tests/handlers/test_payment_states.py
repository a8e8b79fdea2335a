"""A payment's state is the newest open one; canceled beats those, succeeded beats all; ties are broken by state."""

from __future__ import annotations

from itertools import pairwise, permutations
from typing import Any

import pytest

from revenue_intel.facts.models import LedgerEntry, PaymentFact
from revenue_intel.webhooks.models import StripeEvent
from tests.deliveries import PAID_AT, deliver
from tests.factories import make_order, make_product
from tests.handlers.samples import INTENTS, intent, refund
from tests.history import outcome, rolled_back
from tests.host.models import Order, Product

pytestmark = pytest.mark.django_db

STATUS = {
    "amount_capturable_updated": "requires_capture",
    "payment_failed": "failed",
    **{kind: kind for kind in INTENTS if kind not in {"amount_capturable_updated", "payment_failed"}},
}
#: From the weakest to the strongest of one second.
ORDER = [
    "created", "requires_action", "processing", "partially_funded",
    "amount_capturable_updated", "payment_failed", "canceled", "succeeded",
]  # fmt: skip


@pytest.fixture(autouse=True)
def order():
    return make_order("R1", [(make_product("Mug", "9.50", stock=3), 2)])


def status_after(*told: dict[str, Any]) -> str:
    for event in told:
        assert deliver(event).json() == {"outcome": "applied"}
    return PaymentFact.objects.get().status


@pytest.mark.parametrize("kind", [kind for kind in INTENTS if kind != "succeeded"])
def test_only_success_moves_money_stock_or_the_order(kind):
    assert status_after(intent(kind)) == STATUS[kind]

    assert not LedgerEntry.objects.exists()
    assert Order.objects.get().status == "pending"
    assert Product.objects.get().stock == 3


@pytest.mark.parametrize(("weak", "strong"), list(pairwise(ORDER)), ids=str)
def test_within_one_second_the_further_state_wins_whoever_comes_first(weak, strong):
    ends = []
    for told in permutations([weak, strong]):
        with rolled_back():
            ends.append(status_after(*(intent(kind) for kind in told)))

    assert ends == [STATUS[strong]] * 2


@pytest.mark.parametrize(("early", "late"), [("payment_failed", "processing"), ("processing", "created")])
def test_of_the_open_states_the_newest_wins_whoever_comes_first(early, late):
    ends = []
    for told in permutations([intent(early), intent(late, at=PAID_AT + 1)]):
        with rolled_back():
            ends.append(status_after(*told))

    assert ends == [STATUS[late]] * 2


def test_a_cancel_stands_against_older_and_newer_news_of_open_states():
    assert status_after(intent("canceled"), intent("processing", at=PAID_AT + 9)) == "canceled"
    assert PaymentFact.objects.get().canceled_at.timestamp() == PAID_AT


def test_a_success_stands_against_a_cancel_told_later():
    assert status_after(intent("succeeded"), intent("canceled", at=PAID_AT + 9)) == "succeeded"
    assert Order.objects.get().status == "paid"


def test_all_states_of_one_second_end_the_same_in_many_orders():
    told = [intent(kind) | {"id": f"evt_{kind}"} for kind in ORDER]
    ends = []
    for arrival in (told, told[::-1], told[3:] + told[:3], told[5:] + told[:5]):
        with rolled_back():
            status_after(*arrival)
            ends.append(outcome())

    assert ends[1:] == ends[:-1]


def test_the_last_failure_says_why_and_of_two_in_one_second_always_the_same():
    codes = [{"code": "expired_card"}, {"code": "incorrect_cvc"}]
    ends = []
    for told in permutations(codes):
        with rolled_back():
            status_after(*(intent("payment_failed", last_payment_error=error) for error in told))
            ends.append(PaymentFact.objects.get().failure_code)

    assert ends == ["incorrect_cvc"] * 2


@pytest.mark.parametrize("first", ["refund", "cancel"])
def test_a_refund_of_a_payment_that_never_took_money_is_ignored(first):
    told = [refund("refund.created"), intent("canceled")]
    for event in told if first == "refund" else reversed(told):
        deliver(event)

    event = StripeEvent.objects.get(type="refund.created")
    assert (event.outcome, event.reason) == ("ignored", "payment_canceled")
    assert not LedgerEntry.objects.exists()
