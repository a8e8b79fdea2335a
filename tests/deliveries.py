"""Deliver Stripe events to the endpoint as Stripe does: signed, over HTTP."""

from __future__ import annotations

from typing import Any

from django.test import Client
from django.urls import reverse

from revenue_intel.testing import events
from revenue_intel.testing.signing import signed_event

SECRET = "whsec_test"
#: 2026-03-01 12:05 UTC, five minutes after an order of ``tests.factories`` was made.
PAID_AT = 1_772_366_700


def deliver(event: dict[str, Any], *, secret: str = SECRET, endpoint: str = "") -> Any:
    """Post the event, signed now, to the default endpoint or the one of that name, and return the answer."""
    signed = signed_event(event, secret=secret)
    return Client().post(
        reverse("payments:webhook-endpoint", args=[endpoint]) if endpoint else reverse("payments:webhook"),
        data=signed.body,
        content_type="application/json",
        headers={"Stripe-Signature": signed.headers["Stripe-Signature"]},
    )


def payment_succeeded(
    reference: str,
    amount: int,
    *,
    intent: str = "pi_1",
    at: int = PAID_AT,
    event_id: str | None = None,
    **fields: Any,
) -> dict[str, Any]:
    """Make a ``payment_intent.succeeded`` for the order; its Charge is ``ch_`` of the same name."""
    livemode = fields.pop("livemode", False)
    account = fields.pop("account", None)
    metadata = {"order_reference": reference} if reference else {}
    payment = events.payment_intent(
        id=intent,
        amount=amount,
        created=at - 60,
        latest_charge=intent.replace("pi_", "ch_"),
        metadata=metadata,
        livemode=livemode,
        **fields,
    )
    return events.event(
        "payment_intent.succeeded", payment, created=at, livemode=livemode, id=event_id, account=account
    )


def payment_failed(
    reference: str, amount: int, *, intent: str = "pi_1", at: int = PAID_AT - 30
) -> dict[str, Any]:
    """Make a ``payment_intent.payment_failed`` for the order."""
    payment = events.payment_intent(
        id=intent,
        amount=amount,
        status="requires_payment_method",
        created=at - 60,
        metadata={"order_reference": reference},
        last_payment_error={"code": "card_declined", "decline_code": "generic_decline", "type": "card_error"},
    )
    return events.event("payment_intent.payment_failed", payment, created=at)


def refund_event(
    kind: str,
    amount: int,
    *,
    refund: str = "re_1",
    intent: str | None = "pi_1",
    charge: str | None = "ch_1",
    status: str = "succeeded",
    created: int = PAID_AT + 3600,
    at: int | None = None,
    currency: str = "gbp",
) -> dict[str, Any]:
    """Make a ``refund.created``, ``refund.updated`` or ``refund.failed`` (``kind`` is the last word)."""
    payload = events.refund(
        id=refund,
        amount=amount,
        status=status,
        created=created,
        payment_intent=intent,
        charge=charge,
        currency=currency,
    )
    return events.event(f"refund.{kind}", payload, created=at or created)


def charge_refunded(
    amount_refunded: int, *, amount: int, charge: str = "ch_1", intent: str = "pi_1", at: int = PAID_AT + 3600
) -> dict[str, Any]:
    """Make a ``charge.refunded`` with its cumulative amount."""
    payload = events.charge(
        id=charge, amount=amount, amount_refunded=amount_refunded, payment_intent=intent, created=PAID_AT
    )
    return events.event("charge.refunded", payload, created=at)
