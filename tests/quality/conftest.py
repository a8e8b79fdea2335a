"""Facts and rows to plant faults in."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from revenue_intel.facts.models import LedgerEntry, OrderFact, PaymentFact

AT = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
SCOPE = {"currency": "gbp", "livemode": False, "account": ""}


@pytest.fixture
def order_fact() -> Any:
    """``order_fact("R1", 1000)``: a paid order without any money in the ledger."""

    def make(reference: str, total_minor: int, **fields: Any) -> OrderFact:
        values = {**SCOPE, "created_at": AT, "paid_at": AT, **fields}
        return OrderFact.objects.create(reference=reference, total_minor=total_minor, **values)

    return make


@pytest.fixture
def payment() -> Any:
    """``payment("pi_1", 1000, "R1")``: a succeeded payment, and its sale unless ``posted=False``."""

    def make(
        payment_intent: str,
        amount_minor: int,
        order_reference: str = "",
        *,
        posted: bool = True,
        **fields: Any,
    ) -> PaymentFact:
        values = {**SCOPE, "status": "succeeded", "succeeded_at": AT, **fields}
        fact = PaymentFact.objects.create(
            payment_intent=payment_intent,
            amount_minor=amount_minor,
            order_reference=order_reference,
            **values,
        )
        if posted:
            scope = {name: values[name] for name in SCOPE}
            make_entry("sale", payment_intent, amount_minor, order_reference=order_reference, **scope)
        return fact

    return make


@pytest.fixture
def entry() -> Any:
    """``entry("refund", "re_1", -200, order_reference="R1")``: one ledger entry."""
    return make_entry


def make_entry(
    kind: str, object_id: str, amount_minor: int, *, version: int = 1, **fields: Any
) -> LedgerEntry:
    values = {**SCOPE, "occurred_at": AT, "recorded_at": AT, **fields}
    return LedgerEntry.objects.create(
        key=f"{kind}:{object_id}:{version}",
        kind=kind,
        object_id=object_id,
        amount_minor=amount_minor,
        **values,
    )
