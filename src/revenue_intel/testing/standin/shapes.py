"""Older shapes of events, for endpoints with an older API version.

Only which keys are there, and where; the values are those of the newest version. What changed when:

=================== ==================================================================================
version             before it
=================== ==================================================================================
2022-11-15          a charge holds its ``refunds``, a PaymentIntent its ``charges``
2025-03-31.basil    periods are on the subscription and not on its items, an invoice holds ``subscription``,
                    ``payment_intent``, ``charge``, ``paid``, ``discount`` and ``tax`` and neither
                    ``parent`` nor ``total_taxes``; a line holds ``price``, ``plan``, ``type`` and ``proration``
                    and neither ``pricing`` nor ``parent``; charge and PaymentIntent hold ``invoice``; a
                    credit note holds ``refund``
2025-04-30.basil    a refund has no ``pending_reason``
2025-09-30.clover   a discount holds a whole ``coupon``, not ``source``
2025-12-15.clover   no ``customer_account``
2026-07-29.dahlia   a refund has neither ``customer`` nor ``payment_method``
2026-09-30.endive   no ``status_details``
2026-10-28.endive   a dispute has no ``intended_submission_method``
=================== ==================================================================================
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from revenue_intel.testing.events import Payload

#: Kind → identifier → object: the objects as they are now, for what older shapes embed.
Objects = Mapping[str, Mapping[str, Payload]]


def _of_invoice(payload: Payload, objects: Objects) -> None:
    parent = payload.pop("parent") or {}
    details = parent.get("subscription_details") or {}
    payments = [row for row in objects["invoice_payment"].values() if row["invoice"] == payload["id"]]
    intent = payments[0]["payment"]["payment_intent"] if payments else None
    paid_by = objects["payment_intent"][intent] if intent else {"latest_charge": None}
    for name in ("total_taxes", "amount_overpaid"):
        payload.pop(name)
    payload.update(
        application_fee_amount=None,
        charge=paid_by["latest_charge"],
        discount=None,
        paid=payload["status"] == "paid",
        paid_out_of_band=payload["amount_paid_off_stripe"] > 0,
        payment_intent=intent,
        quote=None,
        subscription=details.get("subscription"),
        subscription_details={"metadata": details.get("metadata")},
        tax=None,
        total_tax_amounts=[],
        transfer_data=None,
    )
    for row in payload["lines"]["data"]:
        _of_line(row, objects)


def _of_line(row: Payload, objects: Objects) -> None:
    parent, pricing = row.pop("parent"), row.pop("pricing")
    details = parent[parent["type"]]
    row.pop("taxes")
    item = details.get("subscription_item")
    row.update(
        invoice_item=details.get("invoice_item"),
        plan=None,
        price=objects["price"].get(pricing["price_details"]["price"]) if pricing else None,
        proration=details["proration"],
        proration_details=details["proration_details"],
        tax_amounts=[],
        tax_rates=[],
        type="subscription" if item else "invoiceitem",
    )
    if item:
        row["subscription_item"] = item


def _of_subscription(payload: Payload, objects: Objects) -> None:
    rows = payload["items"]["data"]
    ends = [(row.pop("current_period_end"), row.pop("current_period_start")) for row in rows]
    end, start = min(ends, default=(None, None))
    payload.update(current_period_end=end, current_period_start=start, discount=None)
    if len(rows) == 1:
        payload.update(plan=rows[0]["plan"], quantity=rows[0]["quantity"])


def _with_invoice(payload: Payload, objects: Objects) -> None:
    intent = payload["id"] if payload["object"] == "payment_intent" else payload["payment_intent"]
    rows = objects["invoice_payment"].values()
    payload["invoice"] = next(
        (row["invoice"] for row in rows if row["payment"]["payment_intent"] == intent), None
    )


def _of_credit_note(payload: Payload, objects: Objects) -> None:
    refunds = payload.pop("refunds")
    payload.update(refund=refunds[0]["refund"] if refunds else None, tax_amounts=[])
    payload.pop("total_taxes")


def _of_discount(payload: Payload, objects: Objects) -> None:
    payload["coupon"] = objects["coupon"].get(payload.pop("source")["coupon"])


def _with_refunds(payload: Payload, objects: Objects) -> None:
    rows = [row for row in objects["refund"].values() if row["charge"] == payload["id"]]
    payload["refunds"] = _embedded(rows[::-1], f"/v1/charges/{payload['id']}/refunds")


def _with_charges(payload: Payload, objects: Objects) -> None:
    rows = [row for row in objects["charge"].values() if row["payment_intent"] == payload["id"]]
    payload["charges"] = _embedded(rows[::-1], f"/v1/charges?payment_intent={payload['id']}")


def _embedded(rows: list[Payload], url: str) -> Payload:
    return {"object": "list", "data": rows, "has_more": False, "total_count": len(rows), "url": url}


def _without(*names: str) -> Callable[[Payload, Objects], None]:
    def drop(payload: Payload, objects: Objects) -> None:
        for name in names:
            payload.pop(name, None)

    return drop


class _Change(NamedTuple):
    """What an object looked like before a version."""

    before: str
    kinds: tuple[str, ...]
    apply: Callable[[Payload, Objects], None]


_EVERY: tuple[str, ...] = ()
#: Newest first: each is applied to what the ones before it left.
_CHANGES = (
    _Change("2026-10-28", ("dispute",), _without("intended_submission_method")),
    _Change("2026-09-30", ("invoice", "subscription"), _without("status_details")),
    _Change("2026-07-29", ("refund",), _without("customer", "customer_account", "payment_method")),
    _Change("2025-12-15", _EVERY, _without("customer_account")),
    _Change("2025-09-30", ("discount",), _of_discount),
    _Change("2025-04-30", ("refund",), _without("pending_reason")),
    _Change("2025-03-31", ("invoice",), _of_invoice),
    _Change("2025-03-31", ("subscription",), _of_subscription),
    _Change("2025-03-31", ("charge", "payment_intent"), _with_invoice),
    _Change("2025-03-31", ("credit_note",), _of_credit_note),
    _Change("2022-11-15", ("charge",), _with_refunds),
    _Change("2022-11-15", ("payment_intent",), _with_charges),
)


def rendered(body: bytes, version: str | None, objects: Objects) -> bytes:
    """Return an event as an endpoint of an API version gets it; None means the newest."""
    if version is None:
        return body
    event: dict[str, Any] = json.loads(body)
    event["api_version"] = version
    payload = event["data"]["object"]
    for step in _CHANGES:
        if version[:10] < step.before and (not step.kinds or payload["object"] in step.kinds):
            step.apply(payload, objects)
    return json.dumps(event, separators=(",", ":"), ensure_ascii=False).encode()
