"""An invoice or a credit note that cannot be read fails with an issue and writes nothing; never a silent null."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from revenue_intel.facts.models import (
    CreditNoteFact,
    CreditNoteRefund,
    InvoiceFact,
    InvoicePaymentFact,
    LedgerEntry,
)
from revenue_intel.issues.models import Issue
from revenue_intel.webhooks.models import EventFailure
from tests.billing import MARCH, credited, invoice_paid_by, invoiced
from tests.deliveries import deliver

pytestmark = pytest.mark.django_db

HUGE = 10**30
AMOUNT: list[Any] = [..., None, "5", True, 1.5, HUGE, []]
OPTIONAL_AMOUNT: list[Any] = ["5", True, 1.5, HUGE, -1, []]
MOMENT: list[Any] = ["soon", True, 1.5, HUGE]

INVOICE: dict[str, list[Any]] = {
    "id": [..., None, "", 5, {}, "in\x00"],
    "status": [..., None, "", "exploded", 5],
    "currency": [..., None, "", "pounds", 5],
    "customer": [5, [], {"object": "customer"}],
    "created": [..., None, *MOMENT],
    "subtotal": AMOUNT,
    "total": AMOUNT,
    "amount_due": [*AMOUNT, -1],
    "amount_paid": [*AMOUNT, -1],
    "amount_overpaid": OPTIONAL_AMOUNT,
    "attempt_count": [..., None, -1, True, HUGE],
    "lines": [..., None, "il_1", [], {"data": []}, {"has_more": "no"}],
    "parent": [
        ...,
        "sub_1",
        {"type": "subscription_details"},
        {"type": "subscription_details", "subscription_details": {"subscription": None}},
    ],
    "total_taxes": [..., "x", {}, [5], [{"amount": "5"}], [{}]],
    "total_discount_amounts": ["x", [5], [{"amount": -1}], [{}]],
    "status_transitions": ["x", [], {"paid_at": "soon"}, {"finalized_at": HUGE}],
    "payments": ["x", {"data": [5]}, {"data": [{}]}],
}
INVOICE_PAYMENT: dict[str, list[Any]] = {
    "status": [..., None, 5],
    "invoice": [..., None, "", 5],
    "amount_paid": [*AMOUNT, -1],
    "payment": [
        ...,
        None,
        "pi_1",
        {},
        {"type": "payment_intent"},
        {"type": "charge", "payment_intent": "pi_1"},
    ],
    "status_transitions": ["x", {"paid_at": "soon"}],
}
CREDIT_NOTE: dict[str, list[Any]] = {
    "id": [..., None, "", 5],
    "status": [..., None, "exploded"],
    "invoice": [..., None, "", 5],
    "currency": [..., None, "pounds"],
    "created": [..., None, *MOMENT],
    "amount": [*AMOUNT, -1, 400],
    "pre_payment_amount": [*AMOUNT, -1, 1],
    "post_payment_amount": [*AMOUNT, -1, 1],
    "out_of_band_amount": [*OPTIONAL_AMOUNT, 501],
    "refunds": [..., "re_1", [5], [{"refund": 5}]],
    "total_taxes": [..., [5], [{"amount": -1}]],
    "lines": [..., None, {"data": []}],
    "voided_at": MOMENT,
}
OLD_INVOICE: dict[str, list[Any]] = {
    "subscription": [..., 5, {"object": "subscription"}],
    "payment_intent": [5, {}],
    "paid_out_of_band": ["yes"],
    "total_tax_amounts": ["x", [{}]],
}
OLD_CREDIT_NOTE: dict[str, list[Any]] = {
    "type": [..., None, "mixed", "exploded"],
    "refund": [..., 5],
    "tax_amounts": [..., [5]],
}


def old_invoice() -> dict[str, Any]:
    return invoiced(payment="pi_1", is_old=True)


def old_credit_note() -> dict[str, Any]:
    return credited(amount=500, is_old=True)


def new_credit_note() -> dict[str, Any]:
    return credited(amount=500)


def new_invoice_payment() -> dict[str, Any]:
    return invoice_paid_by("pi_1")


TABLES: list[tuple[Callable[[], dict[str, Any]], dict[str, list[Any]]]] = [
    (invoiced, INVOICE),
    (new_invoice_payment, INVOICE_PAYMENT),
    (new_credit_note, CREDIT_NOTE),
    (old_invoice, OLD_INVOICE),
    (old_credit_note, OLD_CREDIT_NOTE),
]


def broken_events() -> Iterator[Any]:
    for make, table in TABLES:
        for key, values in table.items():
            for value in values:
                name = "absent" if value is ... else repr(value)[:40]
                yield pytest.param(make, key, value, id=f"{make.__name__}-{key}-{name}")


@pytest.mark.parametrize(("make", "key", "value"), list(broken_events()))
def test_a_missing_or_strange_field_fails_with_an_issue_and_writes_no_fact(make, key, value):
    event = make()
    payload = event["data"]["object"]
    payload[key] = value
    if value is ...:
        del payload[key]

    answer = deliver(event)

    assert (answer.status_code, answer.json()) == (200, {"outcome": "failed"})
    assert Issue.objects.get().kind == "event_failed"
    assert EventFailure.objects.get().error_class in {"UnsupportedShapeError", "UnknownCurrencyError"}
    for model in (InvoiceFact, InvoicePaymentFact, CreditNoteFact, CreditNoteRefund, LedgerEntry):
        assert not model.objects.exists()


def test_an_old_discount_without_its_amount_is_refused():
    event = invoiced(is_old=True, discount=100)
    payload = event["data"]["object"]
    del payload["total_discount_amounts"]
    payload["discount"] = {"id": "di_1", "coupon": {"id": "HALF"}}

    assert deliver(event).json() == {"outcome": "failed"}


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (invoiced(), invoiced("updated", currency="eur")),
        (invoiced(subscription="sub_1"), invoiced("updated", subscription="sub_2")),
        (credited(amount=500), credited("updated", amount=400)),
        (credited(amount=500), credited("updated", amount=500, invoice="in_2")),
    ],
    ids=["currency", "subscription", "amount", "invoice"],
)
def test_what_was_reported_as_something_else_is_a_conflict(first, second):
    deliver(first)

    assert deliver(second).json() == {"outcome": "failed"}
    assert EventFailure.objects.get().error_class == "LedgerConflictError"


def test_an_unfinished_invoice_payment_is_ignored():
    event = invoice_paid_by("pi_1", status="open", at=MARCH)

    assert deliver(event).json() == {"outcome": "ignored"}
