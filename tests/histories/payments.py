"""What can happen to one order's payment: its course, charges, session, refunds, dispute and payout."""

from __future__ import annotations

import random
from typing import Any

from revenue_intel.testing import events
from tests.deliveries import PAID_AT, refund_event
from tests.handlers.samples import charge, dispute, intent, payout, session
from tests.histories.parts import DAY, PRICE_MINOR, Payload, Told, at, often

OPEN = (
    "created",
    "requires_action",
    "processing",
    "partially_funded",
    "amount_capturable_updated",
    "payment_failed",
)
AUTHORISED: Payload = {"captured": False, "amount_captured": 0}
#: How a Charge gets there.
CHARGED: tuple[list[tuple[str, Payload]], ...] = (
    [],
    [("succeeded", {})],
    [("pending", {}), ("succeeded", {}), ("updated", {})],
    [("succeeded", AUTHORISED), ("captured", {})],
    [("failed", {}), ("succeeded", {})],
)
#: How a dispute goes: event, status, and which of its bookings are there by then.
DISPUTED: tuple[list[tuple[str, str, int]], ...] = (
    [("created", "warning_needs_response", 0), ("closed", "warning_closed", 0)],
    [("created", "needs_response", 0), ("funds_withdrawn", "needs_response", 1)],
    [("created", "needs_response", 1), ("closed", "lost", 1)],
    [("created", "needs_response", 0), ("closed", "won", 2), ("funds_reinstated", "won", 2)],
    [
        ("created", "warning_needs_response", 0),
        ("updated", "under_review", 0),
        ("funds_withdrawn", "under_review", 1),
        ("closed", "lost", 1),
        ("funds_reinstated", "won", 2),
    ],
)
SESSIONS: tuple[list[tuple[str, Payload]], ...] = (
    [("completed", {})],
    [("completed", {"payment_status": "unpaid"}), ("async_payment_succeeded", {})],
)
FAILED_SESSION: list[tuple[str, Payload]] = [
    ("completed", {"payment_status": "unpaid"}),
    ("async_payment_failed", {"payment_status": "unpaid"}),
]


def tell_payment(chance: random.Random, told: Told, *, reference: str, is_given_back: bool) -> None:
    """Tell of one payment for the order: by a PaymentIntent or by a Charge alone, or one that came to nothing.

    Of one that is given back, because its order cannot be filled, there is that one refund and no other.
    """
    number = told.number
    charge_id = f"ch_{number}"
    way = chance.choice(["intent", "intent", "intent", "intent", "alone", "canceled"])
    intent_id = "" if way == "alone" else f"pi_{number}"
    captured = PRICE_MINOR - (400 if often(chance, 0.1) else 0)
    if way == "alone":
        _tell_charge_alone(chance, told, charge_id, reference=reference, captured_minor=captured)
    else:
        _tell_course(
            chance, told, reference=reference, is_canceled=way == "canceled", captured_minor=captured
        )
    if way == "canceled":
        return
    booked = told.book("sale", "charge", captured, fee=48, source=charge_id)
    if often(chance, 0.5):
        row = chance.choice([booked["id"], booked])
        own: Payload = {"payment_intent": intent_id or None, "balance_transaction": row}
        own |= {} if intent_id else {"metadata": {"order_reference": reference}, "customer": told.customer}
        _tell_charge(told, "updated", charge_id, captured_minor=captured, at=at(chance), **own)
    if is_given_back:
        _tell_given_back(chance, told, charge_id, intent_id, amount_minor=captured)
    elif captured == PRICE_MINOR:
        _tell_refunds(chance, told, charge_id, intent_id, reference=reference)
    if often(chance, 0.4):
        _tell_dispute(chance, told, charge_id, intent_id)
    if often(chance, 0.3):
        _tell_payout(chance, told)


def _tell_course(
    chance: random.Random, told: Told, *, reference: str, is_canceled: bool, captured_minor: int
) -> None:
    intent_id = f"pi_{told.number}"
    names_order = often(chance, 0.6)
    known: Payload = {
        "id": intent_id,
        "latest_charge": f"ch_{told.number}",
        "metadata": {"order_reference": reference} if names_order else {},
        "currency": told.currency,
        "customer": told.customer,
    }
    course = [intent(kind, at=at(chance), **known) for kind in chance.sample(OPEN, chance.randint(0, 3))]
    ending = "canceled" if is_canceled else "succeeded"
    paid = {} if is_canceled else {"amount_received": captured_minor}
    # Stripe may make two events of one change.
    course += [intent(ending, at=at(chance), **known, **paid) for _ in range(chance.choice([1, 1, 2]))]
    told.tell(*([events.as_of_2020(event) for event in course] if often(chance, 0.3) else course))
    if not names_order or often(chance, 0.4):
        ways = [FAILED_SESSION] if is_canceled else SESSIONS
        _tell_session(told, chance.choice(ways), reference=reference, at=at(chance))
    if is_canceled:
        return
    for kind, changes in chance.choice(CHARGED):
        _tell_charge(
            told,
            kind,
            f"ch_{told.number}",
            captured_minor=captured_minor,
            at=at(chance),
            payment_intent=intent_id,
            **changes,
        )


def _tell_charge_alone(
    chance: random.Random, told: Told, charge_id: str, *, reference: str, captured_minor: int
) -> None:
    own: Payload = {"metadata": {"order_reference": reference}, "customer": told.customer}
    for kind, changes in chance.choice(CHARGED[1:]):
        _tell_charge(
            told,
            kind,
            charge_id,
            captured_minor=captured_minor,
            at=at(chance),
            payment_intent=None,
            **own,
            **changes,
        )


def _tell_charge(told: Told, kind: str, charge_id: str, *, captured_minor: int, **fields: Any) -> None:
    """Tell of a charge; where only a part was captured, an old version tells the rest as a refund of it."""
    own: Payload = {"id": charge_id, "currency": told.currency, **fields}
    if kind not in {"pending", "failed"}:
        own = {"amount_captured": captured_minor} | own
    event = charge(kind, **own)
    if kind == "captured" and captured_minor < PRICE_MINOR:
        rest = {
            "id": f"re_{told.number}_rest",
            "amount": PRICE_MINOR - captured_minor,
            "currency": told.currency,
        }
        back = events.refund(charge=charge_id, created=PAID_AT, **rest)
        # Half of them are told only by an event of their own, and known for what they are by their booking.
        event = events.as_of_2020(event, embedded=[back] if told.number % 2 else [])
        told.tell(events.event("charge.refund.updated", back, created=PAID_AT))
        told.book(
            "rest",
            "partial_capture_reversal",
            captured_minor - PRICE_MINOR,
            source=rest["id"],
            created=PAID_AT,
        )
    told.tell(event)


def _tell_session(told: Told, course: list[tuple[str, Payload]], *, reference: str, at: int) -> None:
    """Tell of the session that made the payment, and of one that was left before it."""
    own: Payload = {"currency": told.currency, "client_reference_id": reference, "at": at}
    if at % 2:
        told.tell(session("expired", **own, id=f"cs_{told.number}_old", payment_intent=None))
    for kind, changes in course:
        told.tell(session(kind, **own, id=f"cs_{told.number}", payment_intent=f"pi_{told.number}", **changes))


def _tell_refunds(
    chance: random.Random, told: Told, charge_id: str, intent_id: str, *, reference: str
) -> None:
    """Tell of refunds by their own events, or embedded in an old ``charge.refunded``, or both; some fail."""
    so_far: list[Payload] = []
    for position in range(chance.choice([0, 0, 1, 2, 3])):
        created = at(chance)
        own: Payload = {
            "id": f"re_{told.number}_{position}",
            "amount": PRICE_MINOR if position == 0 and often(chance, 0.3) else 0,
            "created": created,
            "currency": told.currency,
            "charge": charge_id,
            "payment_intent": chance.choice([intent_id, ""]) or None,
        }
        own["amount"] = own["amount"] or chance.choice([1, 400])
        if sum(each["amount"] for each in so_far) + own["amount"] > PRICE_MINOR:
            return
        so_far.append(events.refund(**own))
        fee = chance.choice([0, 7])
        told.book(f"refund{position}", "refund", -own["amount"], fee=fee, source=own["id"], created=created)
        known: Payload = {
            "id": charge_id,
            "payment_intent": intent_id or None,
            "amount_refunded": sum(each["amount"] for each in so_far),
            "currency": told.currency,
            "customer": told.customer,
        }
        if not intent_id:
            known["metadata"] = {"order_reference": reference}
        checksum = charge("refunded", at=created, **known)
        way = chance.choice(["own", "embedded", "both"])
        if way != "own":
            told.tell(events.as_of_2020(checksum, embedded=list(so_far)))
        if way != "embedded":
            status = chance.choice(["pending", "succeeded"])
            told.tell(events.event("refund.created", events.refund(**own, status=status), created=created))
            told.tell(*([checksum] if often(chance, 0.5) else []))
        _tell_refund_ending(chance, told, own)


def _tell_given_back(
    chance: random.Random, told: Told, charge_id: str, intent_id: str, *, amount_minor: int
) -> None:
    """Tell of the refund that we ask for: what Stripe answers, and its events, of which each may be the first news."""
    own: Payload = {
        "id": f"re_back_{told.number}",
        "amount": amount_minor,
        "created": at(chance),
        "currency": told.currency,
        "charge": charge_id,
        "payment_intent": intent_id or None,
    }
    told.given_back[intent_id or charge_id] = events.refund(**own, status="pending")
    told.book("back", "refund", -amount_minor, source=own["id"], created=own["created"])
    status = chance.choice(["pending", "succeeded"])
    told.tell(events.event("refund.created", events.refund(**own, status=status), created=own["created"]))
    _tell_refund_ending(chance, told, own)


def _tell_refund_ending(chance: random.Random, told: Told, own: Payload) -> None:
    ending = chance.choice(["none", "none", "succeeded", "failed", "failed twice", "canceled"])
    changed: Payload = {
        "refund": own["id"],
        "charge": own["charge"],
        "intent": own["payment_intent"],
        "created": own["created"],
        "currency": own["currency"],
    }
    status, *again = ending.split()
    if status == "none":
        return
    later = at(chance, own["created"])
    told.tell(refund_event("updated", own["amount"], status=status, at=later, **changed))
    if again:
        told.tell(refund_event("failed", own["amount"], status=status, at=at(chance, later), **changed))
    if status == "failed":
        told.book(f"back_{own['id']}", "refund_failure", own["amount"], source=own["id"], created=later + DAY)


def _tell_dispute(chance: random.Random, told: Told, charge_id: str, intent_id: str) -> None:
    own: Payload = {
        "id": f"dp_{told.number}",
        "charge": charge_id,
        "payment_intent": intent_id or None,
        "currency": told.currency,
    }
    course = chance.choice(DISPUTED)
    most = max(there for _, _, there in course)
    settled = {"source": own["id"], "currency": chance.choice([told.currency, "eur"])}
    rows: list[Payload] = []
    if most:
        rows.append(told.book("took", "dispute", -PRICE_MINOR, fee=1500, created=PAID_AT + 7200, **settled))
    if most > 1:
        back = chance.choice([PRICE_MINOR, 700])
        rows.append(told.book("gave", "dispute_reversal", back, created=PAID_AT + 30 * DAY, **settled))
    tells = often(chance, 0.5)  # else the bookings are in the list alone
    for kind, status, there in course:
        known = own | {"status": status, "balance_transactions": rows[:there] if tells else []}
        told.tell(dispute(kind, at=at(chance, PAID_AT + 7200), **known))


def _tell_payout(chance: random.Random, told: Told) -> None:
    own: Payload = {"id": f"po_{told.number}", "balance_transaction": f"txn_po{told.number}"}
    own |= {"currency": told.currency, "automatic": often(chance, 0.7)}
    failure = {"failure_balance_transaction": f"txn_back{told.number}"}
    course = chance.choice([["created", "paid"], ["created", "updated", "paid", "failed"], ["canceled"]])
    for kind in course:
        told.tell(payout(kind, at=at(chance, PAID_AT + DAY), **own | (failure if kind == "failed" else {})))
    if "paid" in course:
        told.book("payout", "payout", -1000, source=own["id"], created=PAID_AT + DAY)
