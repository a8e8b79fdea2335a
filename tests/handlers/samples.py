"""One sample of every event on the payment side, in the newest shape and in an old one.

The sale is £19.00 of order R1: PaymentIntent ``pi_1`` with Charge ``ch_1``. ``ch_alone`` has no PaymentIntent.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from revenue_intel.testing import events
from tests.deliveries import PAID_AT

Payload = dict[str, Any]

#: Event type → status of its object, for a PaymentIntent.
INTENTS = {
    "amount_capturable_updated": "requires_capture",
    "canceled": "canceled",
    "created": "requires_payment_method",
    "partially_funded": "requires_action",
    "payment_failed": "requires_payment_method",
    "processing": "processing",
    "requires_action": "requires_action",
    "succeeded": "succeeded",
}
CHARGES: dict[str, Payload] = {
    "captured": {},
    "expired": {"captured": False, "amount_captured": 0},
    "failed": {"status": "failed", "failure_code": "card_declined"},
    "pending": {"status": "pending", "captured": False, "amount_captured": 0},
    "refunded": {"amount_refunded": 500},
    "succeeded": {},
    "updated": {"balance_transaction": "txn_1"},
}
DISPUTES = {
    "closed": "won",
    "created": "needs_response",
    "funds_reinstated": "won",
    "funds_withdrawn": "needs_response",
    "updated": "under_review",
}
SESSIONS = {
    "async_payment_failed": ("complete", "unpaid"),
    "async_payment_succeeded": ("complete", "paid"),
    "completed": ("complete", "paid"),
    "expired": ("expired", "unpaid"),
}
PAYOUTS = {
    "canceled": "canceled",
    "created": "pending",
    "failed": "failed",
    "paid": "paid",
    "reconciliation_completed": "paid",
    "updated": "in_transit",
}


def intent(kind: str, *, id: str = "pi_1", at: int = PAID_AT, **fields: Any) -> Payload:  # noqa: A002
    """Make a ``payment_intent.<kind>`` of the sale."""
    changes: Payload = {"latest_charge": "ch_1", "metadata": {"order_reference": "R1"}, **fields}
    payment = events.payment_intent(id=id, amount=1900, status=INTENTS[kind], created=PAID_AT - 60, **changes)
    return events.event(f"payment_intent.{kind}", payment, created=at)


def charge(kind: str, *, id: str = "ch_1", at: int = PAID_AT, **fields: Any) -> Payload:  # noqa: A002
    """Make a ``charge.<kind>`` of the sale; with ``payment_intent=None`` it is a payment of its own."""
    changes: Payload = {"payment_intent": "pi_1", **CHARGES[kind], **fields}
    payload = events.charge(id=id, amount=1900, created=PAID_AT - 60, **changes)
    return events.event(f"charge.{kind}", payload, created=at)


def dispute(kind: str, *, at: int = PAID_AT + 7200, **fields: Any) -> Payload:
    """Make a ``charge.dispute.<kind>`` of the sale."""
    changes: Payload = {"charge": "ch_1", "payment_intent": "pi_1", "status": DISPUTES[kind], **fields}
    payload = events.dispute(**{"id": "dp_1", "amount": 1900, "created": PAID_AT + 7200, **changes})
    return events.event(f"charge.dispute.{kind}", payload, created=at)


def withdrawal(amount: int = -1900, *, fee: int = 1500, id: str = "txn_w", **fields: Any) -> Payload:  # noqa: A002
    """Make the booking by which a dispute takes its money."""
    known: Payload = {"reporting_category": "dispute", "source": "dp_1", "created": PAID_AT + 7200}
    return events.balance_transaction(id=id, amount=amount, fee=fee, **{**known, **fields})


def reinstatement(amount: int = 1900, *, fee: int = 0, id: str = "txn_r", **fields: Any) -> Payload:  # noqa: A002
    """Make the booking by which a dispute gives its money back."""
    known: Payload = {
        "reporting_category": "dispute_reversal",
        "source": "dp_1",
        "created": PAID_AT + 30 * 86400,
    }
    return events.balance_transaction(id=id, amount=amount, fee=fee, **{**known, **fields})


def session(kind: str, *, at: int = PAID_AT + 1, **fields: Any) -> Payload:
    """Make a ``checkout.session.<kind>`` of the sale."""
    status, payment_status = SESSIONS[kind]
    known: Payload = {
        "id": "cs_1",
        "amount_total": 1900,
        "status": status,
        "payment_status": payment_status,
        "payment_intent": None if kind == "expired" else "pi_1",
        "client_reference_id": "R1",
    }
    payload = events.checkout_session(created=PAID_AT - 600, **{**known, **fields})
    return events.event(f"checkout.session.{kind}", payload, created=at)


def payout(kind: str, *, at: int = PAID_AT + 86400, **fields: Any) -> Payload:
    """Make a ``payout.<kind>``."""
    known: Payload = {"id": "po_1", "status": PAYOUTS[kind], "balance_transaction": "txn_po", **fields}
    return events.event(f"payout.{kind}", events.payout(created=PAID_AT + 86400, **known), created=at)


def refund(event_type: str, *, at: int = PAID_AT + 3600, **fields: Any) -> Payload:
    """Make an event that carries a refund of the sale."""
    known: Payload = {"id": "re_1", "amount": 500, "charge": "ch_1", "payment_intent": "pi_1", **fields}
    if event_type == "refund.failed":
        known = {"status": "failed", **known}
    return events.event(event_type, events.refund(created=PAID_AT + 3600, **known), created=at)


def samples() -> Iterator[Payload]:
    """Make one of each type."""
    yield from (intent(kind) for kind in INTENTS)
    yield from (charge(kind) for kind in CHARGES)
    yield from (dispute(kind) for kind in DISPUTES)
    yield from (session(kind) for kind in SESSIONS)
    yield from (payout(kind) for kind in PAYOUTS)
    for kind in ("charge.refund.updated", "refund.created", "refund.failed", "refund.updated"):
        yield refund(kind)


def both_shapes(event: Payload) -> list[Payload]:
    """Return the event in the newest shape and in the old one, with what the old one embeds."""
    payload = event["data"]["object"]
    embedded = None
    if event["type"] == "charge.refunded":
        embedded = [events.refund(id="re_1", amount=500, charge="ch_1", created=PAID_AT + 3600)]
    return [{**event, "data": {"object": payload}}, events.as_of_2020(event, embedded=embedded)]
