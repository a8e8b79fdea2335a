"""Hypothesis draws what can happen to one payment, of every family, as Stripe would tell it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from hypothesis import strategies as st

from revenue_intel.testing import events
from tests.deliveries import PAID_AT, refund_event
from tests.handlers.samples import charge, dispute, intent, payout, reinstatement, session, withdrawal

DAY = 24 * 3600
PRICE_MINOR = 1900

Payload = dict[str, Any]
moments = st.sampled_from([0, 0, 1, 3600, DAY])


@dataclass(frozen=True, kw_only=True)
class PaymentStory:
    """One order and its payment: what events tell, and what stands in the list of Stripe's bookings."""

    reference: str
    has_order: bool
    is_late: bool
    events: list[Payload] = field(default_factory=list)
    booked: list[Payload] = field(default_factory=list)


@st.composite
def payment_stories(draw: st.DrawFn, number: int) -> PaymentStory:
    """Draw one story; its objects carry its number."""
    names = {
        "intent": f"pi_{number}",
        "charge": f"ch_{number}",
        "reference": f"R{number}",
    }
    told: list[Payload] = []
    booked: list[Payload] = []
    how = draw(st.sampled_from(["intent", "intent", "intent", "alone", "canceled"]))
    if how == "alone":
        told += draw(_charge_alone(names))
    else:
        told += draw(_course(names, ending="canceled" if how == "canceled" else "succeeded"))
    if how != "canceled":
        told += draw(_refunds(number, names, is_alone=how == "alone"))
        told += draw(_disputes(number, names, booked, is_alone=how == "alone"))
        told += draw(_payouts(number))
        booked += [_booked(number, "charge", PRICE_MINOR, 48, names["charge"])]
    for position, event in enumerate(told):
        event["id"] = f"evt_{number}_{position}"
    return PaymentStory(
        reference=names["reference"],
        has_order=bool(draw(st.integers(0, 6))),
        is_late=draw(st.booleans()),
        events=told,
        booked=booked,
    )


@st.composite
def _course(draw: st.DrawFn, names: dict[str, str], *, ending: str) -> list[Payload]:
    """Draw how a PaymentIntent got there, with its charges and its session; some name the order, some do not."""
    names_order = draw(st.booleans())
    known: Payload = {
        "id": names["intent"],
        "latest_charge": names["charge"],
        "metadata": {"order_reference": names["reference"]} if names_order else {},
    }
    kinds = ["created", "requires_action", "processing", "partially_funded", "amount_capturable_updated"]
    steps = draw(st.lists(st.sampled_from([*kinds, "payment_failed"]), max_size=4))
    told = [intent(kind, at=PAID_AT + draw(moments), **known) for kind in steps]
    count = 1 if ending == "canceled" else draw(st.integers(1, 2))
    told += [intent(ending, at=PAID_AT + draw(moments), **known) for _ in range(count)]
    if draw(st.booleans()):
        told = [events.as_of_2020(event) for event in told]
    if ending == "succeeded":
        told += draw(_charges_of(names))
        told += draw(_sessions(names))
    return told


@st.composite
def _charges_of(draw: st.DrawFn, names: dict[str, str]) -> list[Payload]:
    own: Payload = {"id": names["charge"], "payment_intent": names["intent"]}
    booking = _booked(int(names["charge"][3:]), "charge", PRICE_MINOR, 48, names["charge"])
    course = draw(
        st.sampled_from(
            [
                [],
                [("succeeded", {})],
                [("pending", {}), ("succeeded", {}), ("updated", {"balance_transaction": booking})],
                [("succeeded", {"captured": False, "amount_captured": 0}), ("captured", {})],
            ]
        )
    )
    return [charge(kind, at=PAID_AT + draw(moments), **own | changes) for kind, changes in course]


@st.composite
def _charge_alone(draw: st.DrawFn, names: dict[str, str]) -> list[Payload]:
    own: Payload = {
        "id": names["charge"],
        "payment_intent": None,
        "metadata": {"order_reference": names["reference"]},
    }
    authorised: Payload = {"captured": False, "amount_captured": 0}
    course = draw(
        st.sampled_from(
            [
                [("succeeded", {})],
                [("pending", {}), ("succeeded", {}), ("updated", {})],
                [("succeeded", authorised), ("captured", {})],
            ]
        )
    )
    return [charge(kind, at=PAID_AT + draw(moments), **own | changes) for kind, changes in course]


@st.composite
def _sessions(draw: st.DrawFn, names: dict[str, str]) -> list[Payload]:
    own: Payload = {
        "id": f"cs_{names['intent']}",
        "payment_intent": names["intent"],
        "client_reference_id": names["reference"],
    }
    course = draw(
        st.sampled_from(
            [
                [],
                [("completed", {})],
                [("completed", {"payment_status": "unpaid"}), ("async_payment_succeeded", {})],
            ]
        )
    )
    return [session(kind, at=PAID_AT + draw(moments), **own | changes) for kind, changes in course]


@st.composite
def _refunds(draw: st.DrawFn, number: int, names: dict[str, str], *, is_alone: bool) -> list[Payload]:
    """Draw refunds: told by their own events, or only embedded in an old ``charge.refunded``."""
    told: list[Payload] = []
    so_far: list[Payload] = []
    intent_id = None if is_alone else names["intent"]
    for position in range(draw(st.integers(0, 2))):
        created = PAID_AT + draw(moments)
        own: Payload = {
            "id": f"re_{number}_{position}",
            "amount": draw(st.sampled_from([1, 400])),
            "created": created,
        }
        own |= {"charge": names["charge"], "payment_intent": draw(st.sampled_from([intent_id, None]))}
        so_far.append(events.refund(**own))
        total = sum(each["amount"] for each in so_far)
        known: Payload = {"id": names["charge"], "payment_intent": intent_id, "amount_refunded": total}
        if is_alone:
            known["metadata"] = {"order_reference": names["reference"]}
        checksum = charge("refunded", at=created, **known)
        way = draw(st.sampled_from(["own", "embedded", "both"]))
        if way != "own":
            told.append(events.as_of_2020(checksum, embedded=list(so_far)))
        if way != "embedded":
            told.append(events.event("refund.created", events.refund(**own), created=created))
            told += [checksum] if draw(st.booleans()) else []
        if draw(st.integers(0, 3)) == 0:
            changed = {"refund": own["id"], "charge": own["charge"], "intent": own["payment_intent"]}
            failed = refund_event(
                "failed", own["amount"], status="failed", created=created, at=created + DAY, **changed
            )
            told.append(failed)
    return told


@st.composite
def _disputes(
    draw: st.DrawFn, number: int, names: dict[str, str], booked: list[Payload], *, is_alone: bool
) -> list[Payload]:
    """Draw a dispute: an inquiry alone, one that is open, lost, won, or won after it was lost."""
    own: Payload = {
        "id": f"dp_{number}",
        "charge": names["charge"],
        "payment_intent": None if is_alone else names["intent"],
    }
    currency = draw(st.sampled_from(["gbp", "gbp", "usd"]))
    booking: Payload = {"source": own["id"], "currency": currency}
    took = withdrawal(id=f"txn_w{number}", **booking)
    gave = reinstatement(draw(st.sampled_from([1900, 700])), id=f"txn_r{number}", **booking)
    course = draw(
        st.sampled_from(
            [
                [],
                [("created", "warning_needs_response", []), ("closed", "warning_closed", [])],
                [("created", "needs_response", []), ("funds_withdrawn", "needs_response", [took])],
                [("created", "needs_response", [took]), ("closed", "lost", [took])],
                [
                    ("created", "needs_response", []),
                    ("funds_withdrawn", "under_review", [took]),
                    ("closed", "lost", [took]),
                    ("funds_reinstated", "won", [took, gave]),
                ],
            ]
        )
    )
    booked += {row["id"]: row for _, _, rows in course for row in rows}.values()
    tells = draw(st.booleans())  # else the bookings are in the list alone
    return [
        dispute(
            kind,
            status=status,
            balance_transactions=rows if tells else [],
            at=PAID_AT + 7200 + draw(moments),
            **own,
        )
        for kind, status, rows in course
    ]


@st.composite
def _payouts(draw: st.DrawFn, number: int) -> list[Payload]:
    own: Payload = {"id": f"po_{number}", "balance_transaction": f"txn_po{number}"}
    course = draw(st.sampled_from([[], ["created", "paid"], ["created", "paid", "failed"]]))
    failure = {"failure_balance_transaction": "txn_back"}
    return [payout(kind, **own | (failure if kind == "failed" else {})) for kind in course]


def _booked(number: int, category: str, amount: int, fee: int, source: str) -> Payload:
    return events.balance_transaction(
        id=f"txn_{number}",
        amount=amount,
        fee=fee,
        reporting_category=category,
        source=source,
        created=PAID_AT + 5,
    )
