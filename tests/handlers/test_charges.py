"""A charge is a payment only where no PaymentIntent is, and only for what was captured."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import pytest

from revenue_intel.facts.models import BalanceTransactionFact, ChargeFact, LedgerEntry, OrderFact, PaymentFact
from revenue_intel.testing import events
from revenue_intel.webhooks.models import StripeEvent
from tests.deliveries import PAID_AT, deliver, payment_succeeded, refund_event
from tests.factories import make_order, make_product
from tests.handlers.samples import charge
from tests.history import outcome, rolled_back
from tests.host.models import Order, Product

pytestmark = pytest.mark.django_db

#: A charge without a PaymentIntent.
ALONE: dict[str, Any] = {"payment_intent": None, "metadata": {"order_reference": "R1"}}


@pytest.fixture(autouse=True)
def order():
    return make_order("R1", [(make_product("Mug", "9.50", stock=3), 2)])


def ledger() -> list[tuple[str, str, int]]:
    standing = LedgerEntry.objects.filter(reverses=None, reversed_by=None).order_by("kind", "object_id")
    return list(standing.values_list("kind", "object_id", "amount_minor"))


def outcomes() -> list[str]:
    return list(StripeEvent.objects.order_by("id").values_list("outcome", flat=True))


def test_a_charge_of_a_payment_intent_posts_nothing():
    deliver(charge("succeeded", metadata={"order_reference": "R1"}))

    assert ledger() == []
    assert Order.objects.get().status == "pending"
    assert ChargeFact.objects.get().payment_intent == "pi_1"


def test_a_charge_alone_is_the_payment_of_its_order():
    deliver(charge("succeeded", **ALONE))

    assert ledger() == [("sale", "ch_1", 1900)]
    assert (Order.objects.get().status, Product.objects.get().stock) == ("paid", 1)


def test_two_events_of_one_charge_are_one_sale():
    deliver(charge("succeeded", **ALONE))
    deliver(charge("updated", at=PAID_AT + 60, **ALONE))
    deliver(charge("succeeded", **ALONE))

    assert ledger() == [("sale", "ch_1", 1900)]
    assert OrderFact.objects.get().paid_at.timestamp() == PAID_AT


@pytest.mark.parametrize("first", ["succeeded", "captured"])
def test_an_authorisation_is_no_revenue_and_its_capture_is(first):
    authorised = charge("succeeded", captured=False, amount_captured=0, **ALONE)
    captured = charge("captured", at=PAID_AT + 60, **ALONE)
    told = [authorised, captured] if first == "succeeded" else [captured, authorised]

    deliver(told[0])
    assert bool(ledger()) is (first == "captured")
    deliver(told[1])

    assert ledger() == [("sale", "ch_1", 1900)]
    assert ChargeFact.objects.get().status == "succeeded"


def test_only_what_was_captured_is_sold():
    deliver(charge("captured", amount_captured=1500, **ALONE))

    assert ledger() == [("sale", "ch_1", 1500)]
    assert Order.objects.get().status == "pending"  # £15.00 is not what it costs


@pytest.mark.parametrize("kind", ["pending", "failed", "expired"])
def test_a_charge_that_took_nothing_posts_nothing(kind):
    deliver(charge(kind, **ALONE))

    assert ledger() == []
    assert ChargeFact.objects.get().status == kind
    assert not PaymentFact.objects.exists()


def test_a_failed_charge_says_why():
    deliver(charge("failed"))

    failed = ChargeFact.objects.get()
    assert (failed.failure_code, failed.outcome_type, failed.outcome_reason) == (
        "card_declined",
        "issuer_declined",
        "generic_decline",
    )


def test_a_charge_that_fails_after_it_succeeded_has_failed_whoever_comes_first():
    ends = []
    for told in permutations([charge("succeeded"), charge("failed", at=PAID_AT + 99)]):
        with rolled_back():
            for event in told:
                deliver(event)
            ends.append(ChargeFact.objects.get().status)

    assert ends == ["failed"] * 2


def test_the_balance_transaction_comes_later_and_stays():
    deliver(charge("updated"))
    deliver(charge("succeeded"))

    assert ChargeFact.objects.get().balance_transaction == "txn_1"


@pytest.mark.parametrize("make", [charge, None], ids=["charge", "payment intent"])
def test_an_expanded_balance_transaction_posts_its_fee(make):
    booked = events.balance_transaction(id="txn_1", amount=1900, fee=48, source="ch_1")
    if make:
        deliver(charge("updated", balance_transaction=booked))
    else:
        latest = events.charge(id="ch_1", amount=1900, balance_transaction=booked)
        event = payment_succeeded("R1", 1900)
        event["data"]["object"]["latest_charge"] = latest
        deliver(event)

    assert ("fee", "txn_1", -48) in ledger()
    assert BalanceTransactionFact.objects.get().source == "ch_1"


def test_a_refund_that_names_only_the_charge_alone_finds_it():
    deliver(refund_event("created", 500, intent=None))
    assert outcomes() == ["parked"]

    deliver(charge("succeeded", **ALONE))

    assert outcomes() == ["applied", "applied"]
    assert ledger() == [("refund", "re_1", -500), ("sale", "ch_1", 1900)]
    assert Order.objects.get().status == "partially_refunded"


def test_the_checksum_of_a_charge_alone_waits_for_its_refunds():
    deliver(charge("refunded", amount_refunded=500, at=PAID_AT + 60, **ALONE))
    assert outcomes() == ["parked"]

    deliver(refund_event("created", 500, intent=None))

    assert outcomes() == ["applied", "applied"]
    assert ledger() == [("refund", "re_1", -500), ("sale", "ch_1", 1900)]


def embedded(*amounts: int, **fields: Any) -> dict[str, Any]:
    refunds = [
        events.refund(id=f"re_{n}", amount=amount, charge="ch_1", created=PAID_AT + 3600, **fields)
        for n, amount in enumerate(amounts)
    ]
    event = charge("refunded", amount_refunded=sum(amounts), at=PAID_AT + 3600)
    return events.as_of_2020(event, embedded=refunds)


def test_embedded_refunds_of_old_shapes_are_posted_as_refunds():
    deliver(payment_succeeded("R1", 1900))

    deliver(embedded(500, 400))

    assert outcomes() == ["applied", "applied"]
    assert ledger() == [("refund", "re_0", -500), ("refund", "re_1", -400), ("sale", "pi_1", 1900)]


def test_embedded_refunds_wait_for_their_payment():
    deliver(embedded(500))
    assert outcomes() == ["parked"]

    deliver(payment_succeeded("R1", 1900))

    assert outcomes() == ["applied", "applied"]
    assert OrderFact.objects.get().refunded_minor == 500


def test_an_embedded_refund_and_its_own_event_are_one_refund():
    deliver(payment_succeeded("R1", 1900))
    deliver(embedded(500))
    deliver(refund_event("created", 500, refund="re_0"))

    assert OrderFact.objects.get().refunded_minor == 500


def test_a_first_page_of_refunds_is_not_all_of_them():
    deliver(payment_succeeded("R1", 1900))
    event = embedded(500, 400)
    event["data"]["object"]["refunds"]["data"].pop()
    event["data"]["object"]["refunds"]["has_more"] = True

    deliver(event)

    waiting = StripeEvent.objects.get(type="charge.refunded")
    assert (waiting.outcome, waiting.waiting_for) == ("parked", "refunds:ch_1")


def partial_capture() -> list[dict[str, Any]]:
    """Make what an endpoint from before 2025-03-31 is sent when £15.00 of £19.00 are captured."""
    remainder = events.refund(id="re_rest", amount=400, charge="ch_1", created=PAID_AT)
    fields = {"amount_captured": 1500, "amount_refunded": 400}
    told = [charge(kind, **fields) for kind in ("captured", "refunded")]
    return [payment_succeeded("R1", 1500), *(events.as_of_2020(each, embedded=[remainder]) for each in told)]


def test_what_was_never_captured_is_no_refund_in_any_order():
    ends = []
    for told in permutations(partial_capture()):
        with rolled_back():
            for event in told:
                deliver({**event, "id": f"evt_{event['type']}"})
            ends.append(outcome())

    assert ends[1:] == ends[:-1]
    assert [row for row in ends[0]["ledger"] if row[0][0].startswith("refund")] == []
    assert {event[1] for event in ends[0]["events"]} == {"applied"}


def test_an_authorisation_that_lapsed_is_no_refund():
    answer = deliver(
        events.event(
            "refund.created",
            events.refund(id="re_1", amount=1900, charge="ch_1", reason="expired_uncaptured_charge"),
        )
    )

    assert answer.json() == {"outcome": "ignored"}
    assert StripeEvent.objects.get().reason == "uncaptured"


@pytest.mark.parametrize(
    "changes",
    [
        {"status": "melted"},
        {"captured": None},
        {"captured": "yes"},
        {"amount_captured": -1},
        {"amount_captured": None},
        {"balance_transaction": 7},
        {"balance_transaction": {"object": "balance_transaction"}},
        {"metadata": []},
        {"outcome": "authorized"},
        {"failure_code": 3},
        {"billing_details": "ada@example.com"},
    ],
    ids=str,
)
def test_a_charge_that_makes_no_sense_fails_and_writes_nothing(changes):
    event = charge("succeeded", **ALONE)
    event["data"]["object"].update(changes)

    answer = deliver(event)

    assert answer.json() == {"outcome": "failed"}
    assert not LedgerEntry.objects.exists()
    assert not ChargeFact.objects.exists()
    assert not PaymentFact.objects.exists()
