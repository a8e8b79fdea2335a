"""Facts, made with few words, as if Stripe had told them.

``paid(10_00, on="2026-03-29")`` is an order paid at noon (UTC) of that day, with its sale in the
ledger. ``refunded(order, 4_00, on="2026-04-02")`` sends some of it back.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import UTC, datetime, time
from itertools import count
from typing import Any

from revenue_intel.facts.models import (
    Customer,
    FunnelStep,
    LedgerEntry,
    OrderFact,
    OrderLineFact,
    RefundFact,
)

_numbers = count(1)

When = str | datetime


def at(when: When) -> datetime:
    """Return an instant: noon UTC of a day, or the instant written in full."""
    if isinstance(when, datetime):
        return when
    if len(when) == 10:
        return datetime.combine(datetime.fromisoformat(when).date(), time(12), tzinfo=UTC)
    return datetime.fromisoformat(when).astimezone(UTC)


def person(email: str = "", *, same_as: Customer | None = None) -> Customer:
    """Make a customer; ``same_as`` says that it turned out to be somebody known."""
    key = uuid.uuid4()
    return Customer.objects.create(key=key, canonical=same_as.canonical if same_as else key, email=email)


def paid(
    total_minor: int,
    *,
    on: When,
    by: Customer | None = None,
    currency: str = "gbp",
    livemode: bool = False,
    account: str = "",
    reference: str = "",
    lines: Iterable[tuple[str, str, int, int]] = (),
    **fields: Any,
) -> OrderFact:
    """Make a paid order; ``lines`` are (product key, name, pieces, amount in minor units)."""
    instant = at(on)
    order = OrderFact.objects.create(
        reference=reference or f"F{next(_numbers):06d}",
        customer=by,
        total_minor=total_minor,
        currency=currency,
        livemode=livemode,
        account=account,
        created_at=fields.pop("created_at", instant),
        paid_at=instant,
        **fields,
    )
    for n, (product, name, quantity, amount) in enumerate(lines):
        OrderLineFact.objects.create(
            order=order,
            line_key=str(n),
            product_key=product,
            product_name=name,
            quantity=quantity,
            unit_amount_minor=amount // quantity,
            amount_minor=amount,
        )
    enter(order, "sale", f"pi_{order.reference}", total_minor, instant)
    return order


def refunded(order: OrderFact, amount_minor: int, *, on: When, failed: When | None = None) -> RefundFact:
    """Refund some of an order; ``failed`` is when the refund came to nothing."""
    refund = RefundFact.objects.create(
        refund_id=f"re_{next(_numbers):06d}",
        order_reference=order.reference,
        status="failed" if failed else "succeeded",
        amount_minor=amount_minor,
        currency=order.currency,
        livemode=order.livemode,
        account=order.account,
        created_at=at(on),
        failed_at=at(failed) if failed else None,
    )
    enter(order, "refund", refund.refund_id, -amount_minor, at(on))
    if failed:
        enter(order, "refund_reversal", refund.refund_id, amount_minor, at(failed))
    else:
        order.refunded_minor += amount_minor
        order.save()
    return refund


def enter(
    order: OrderFact,
    kind: str,
    object_id: str,
    amount_minor: int,
    instant: datetime,
    *,
    reverses: LedgerEntry | None = None,
) -> LedgerEntry:
    """Write one line of the ledger in an order's scope."""
    return LedgerEntry.objects.create(
        key=f"{kind}:{object_id}:{next(_numbers)}",
        kind=kind,
        object_id=object_id,
        amount_minor=amount_minor,
        occurred_at=instant,
        recorded_at=instant,
        order_reference=order.reference,
        currency=order.currency,
        livemode=order.livemode,
        account=order.account,
        reverses=reverses,
    )


def wished(by: Customer, *, on: When, step: str = "wishlisted", subject: str = "mug") -> FunnelStep:
    """Let a customer take a step towards buying."""
    return FunnelStep.objects.create(customer=by, step=step, subject=subject, at=at(on))
