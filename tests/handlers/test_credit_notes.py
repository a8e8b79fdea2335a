"""A credit note is never counted beside what it credits: only what left outside Stripe is posted."""

from __future__ import annotations

from datetime import UTC, date, datetime
from itertools import permutations
from typing import Any

import pytest

from revenue_intel.facts.models import CreditNoteFact, CreditNoteRefund, LedgerEntry
from tests.billing import DAY, MARCH, credited, invoice_paid_by, invoiced
from tests.deliveries import deliver, payment_succeeded, refund_event
from tests.factories import make_order

pytestmark = pytest.mark.django_db

both_shapes = pytest.mark.parametrize("is_old", [False, True], ids=["new shape", "old shape"])


def applied(*told: dict[str, Any]) -> None:
    for event in told:
        assert deliver(event).json() == {"outcome": "applied"}


def ledger() -> dict[tuple[str, date], int]:
    """Return what the ledger comes to by kind and day."""
    sums: dict[tuple[str, date], int] = {}
    for entry in LedgerEntry.objects.all():
        key = entry.kind, entry.occurred_at.date()
        sums[key] = sums.get(key, 0) + entry.amount_minor
    return {key: amount for key, amount in sums.items() if amount}


def paid_invoice(is_old: bool = False) -> list[dict[str, Any]]:
    """Tell of an invoice of 1000 that a payment paid, without the payment itself."""
    return [invoiced(payment="pi_1", is_old=True)] if is_old else [invoiced(), invoice_paid_by("pi_1")]


@both_shapes
@pytest.mark.parametrize("change", ["created", "updated", "voided"])
def test_each_event_records_the_credit_note_in_both_shapes(change, is_old):
    applied(credited(change, amount=500, tax=80, refunds=[("re_1", 500)], is_old=is_old))

    note = CreditNoteFact.objects.get()
    assert (note.invoice_id, note.amount_minor, note.tax_minor) == ("in_1", 500, 80)
    assert (note.pre_payment_minor, note.post_payment_minor, note.out_of_band_minor) == (0, 500, 0)
    assert note.status == ("void" if change == "voided" else "issued")
    assert note.voided_at == (datetime.fromtimestamp(MARCH + DAY, tz=UTC) if change == "voided" else None)
    assert CreditNoteRefund.objects.get().refund_id == "re_1"


@both_shapes
@pytest.mark.parametrize("backwards", [False, True])
def test_a_credit_note_is_not_counted_beside_its_refund(is_old, backwards):
    make_order("R1", total="10.00")
    applied(*paid_invoice(is_old), payment_succeeded("R1", 1000, at=MARCH))
    told = [
        credited(amount=500, refunds=[("re_1", 500)], is_old=is_old),
        refund_event("created", 500, created=MARCH + DAY),
    ]

    applied(*(reversed(told) if backwards else told))

    assert ledger() == {("sale", date(2026, 3, 1)): 1000, ("refund", date(2026, 3, 2)): -500}


@both_shapes
def test_what_was_credited_before_payment_was_never_sold(is_old):
    applied(*paid_invoice(is_old), credited(amount=500, pre_payment=500, is_old=is_old))

    assert CreditNoteFact.objects.get().pre_payment_minor == 500
    assert not LedgerEntry.objects.exists()


@both_shapes
def test_the_credit_of_a_customer_lowers_a_later_payment_and_is_counted_there(is_old):
    for reference, total in (("R1", "10.00"), ("R2", "7.00")):
        make_order(reference, total=total)

    applied(
        *paid_invoice(is_old),
        payment_succeeded("R1", 1000, at=MARCH),
        credited(amount=300, customer_balance_transaction="cbtxn_1", is_old=is_old),
        payment_succeeded("R2", 700, intent="pi_2", at=MARCH + 31 * DAY),
    )

    assert sum(ledger().values()) == 1700


@both_shapes
@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_what_was_given_back_outside_stripe_is_posted_on_its_own_day_in_any_order(order, is_old):
    told = [
        *paid_invoice(is_old),
        credited(amount=500, out_of_band=200, refunds=[("re_1", 300)], is_old=is_old),
    ]
    told += [credited("updated", amount=500, out_of_band=200, is_old=is_old, at=MARCH + 9 * DAY)][
        : 3 - len(told)
    ]

    applied(*(told[n] for n in order))

    assert ledger() == {("credit_note", date(2026, 3, 2)): -200}


@both_shapes
@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_a_void_takes_it_back_at_its_own_instant(order, is_old):
    told = [
        invoiced(payment="pi_1", is_old=is_old),
        credited(amount=500, out_of_band=200, is_old=is_old),
        credited("voided", amount=500, out_of_band=200, at=MARCH + 3 * DAY, is_old=is_old),
    ]

    applied(*(told[n] for n in order))

    assert CreditNoteFact.objects.get().status == "void"
    assert ledger() == {
        ("credit_note", date(2026, 3, 2)): -200,
        ("credit_note_reversal", date(2026, 3, 4)): 200,
    }


@both_shapes
def test_what_was_paid_outside_stripe_has_no_sale_to_take_back(is_old):
    outside: dict[str, Any] = {"paid_out_of_band": True} if is_old else {}

    applied(invoiced(is_old=is_old, **outside), credited(amount=500, out_of_band=500, is_old=is_old))

    assert not LedgerEntry.objects.exists()


def test_a_mixed_credit_note_is_taken_apart():
    applied(*paid_invoice(), credited(amount=500, pre_payment=100, out_of_band=150, refunds=[("re_1", 250)]))

    note = CreditNoteFact.objects.get()
    assert (note.pre_payment_minor, note.post_payment_minor, note.out_of_band_minor) == (100, 400, 150)
    assert list(ledger().values()) == [-150]


def test_a_refund_of_a_payment_outside_stripe_is_no_refund_of_ours():
    outside = {"amount_refunded": 5, "payment_record_refund": {"payment_record": "pr_1"}, "refund": None}

    event = credited(amount=500)
    event["data"]["object"]["refunds"] = [outside]

    applied(event)

    assert CreditNoteFact.objects.exists()
    assert not CreditNoteRefund.objects.exists()
