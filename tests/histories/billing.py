"""What can happen to a subscription and to an invoice: coupons, payments and credit notes included."""

from __future__ import annotations

import random

from revenue_intel.testing import subscriptions
from tests.billing import (
    MARCH,
    coupon_told,
    credited,
    discount_told,
    invoice_paid_by,
    invoiced,
    item,
    subscribed,
)
from tests.deliveries import payment_succeeded, refund_event
from tests.histories.parts import DAY, Payload, Told, at, often

STATUSES = ("incomplete", "trialing", "active", "past_due", "unpaid", "paused")
#: What an invoice is by which event.
INVOICE = {
    "created": "draft",
    "updated": "open",
    "finalized": "open",
    "payment_failed": "open",
    "paid": "paid",
    "payment_succeeded": "paid",
    "voided": "void",
    "marked_uncollectible": "uncollectible",
}


def tell_subscription(chance: random.Random, told: Told) -> None:
    """Tell of one subscription: changes, terms of its coupon and discount, and maybe its end, twice."""
    coupon_id, discount_id = f"HALF{told.number}", f"di_{told.number}"
    common: Payload = {
        "subscription": f"sub_{told.number}",
        "customer": told.customer,
        "currency": told.currency,
    }
    for change in ["created", *(chance.choice(["updated", "paused", "resumed"]) for _ in range(3))]:
        if often(chance, 0.3):
            continue
        is_old = often(chance, 0.5)
        coupon = subscriptions.coupon(id=coupon_id, percent_off=50)
        discount = subscriptions.discount(id=discount_id, coupon=coupon, is_old=is_old)
        items = [item(1000, chance.randint(1, 2), is_old=is_old, currency=told.currency)]
        items += [item(500, is_old=is_old, currency=told.currency)] if often(chance, 0.4) else []
        told.tell(
            subscribed(
                change,
                *items,
                at=at(chance, MARCH),
                is_old=is_old,
                status=chance.choice(STATUSES),
                discounts=chance.choice([[], [discount]] if is_old else [[], [discount], [discount_id]]),
                cancel_at_period_end=often(chance, 0.3),
                has_more=often(chance, 0.2),
                **common,
            )
        )
    for _ in range(chance.randint(0, 2)):
        percent = chance.choice([10, 50])
        made = at(chance, MARCH)
        told.tell(coupon_told(at=at(chance, MARCH), id=coupon_id, percent_off=percent, created=made))
        end = chance.choice([None, at(chance, MARCH)])
        told.tell(discount_told(at=at(chance, MARCH), id=discount_id, coupon=coupon_id, end=end))
    for _ in range(chance.choice([0, 0, 1, 2])):
        status = chance.choice(["canceled", "canceled", "incomplete_expired"])
        ended = chance.choice([None, at(chance, MARCH)])
        change = chance.choice(["deleted", "updated"])
        told.tell(subscribed(change, at=at(chance, MARCH), status=status, ended_at=ended, **common))


def tell_invoice(chance: random.Random, told: Told) -> None:
    """Tell of one invoice, of what paid it, and of what was credited on it."""
    invoice, payment = f"in_{told.number}", f"pi_{told.number}"
    subscription = chance.choice([None, f"sub_{told.number}"])
    for change in chance.sample(sorted(INVOICE), chance.randint(2, 5)):
        status = INVOICE[change]
        told.tell(
            invoiced(
                change,
                invoice=invoice,
                status=status,
                at=at(chance, MARCH),
                total=chance.choice([1000, 900]) if status == "draft" else 1000,
                amount_paid=chance.choice([0, 400, 1000]),
                amount_overpaid=chance.choice([0, 0, 0, 50]),
                subscription=chance.choice([None, subscription]),
                payment=chance.choice([None, payment]),
                customer=told.customer,
                currency=told.currency,
                is_old=often(chance, 0.5),
            )
        )
    if often(chance, 0.2):
        stub = invoiced("deleted", invoice=invoice, at=at(chance, MARCH))
        stub["data"]["object"] = {"id": invoice, "object": "invoice", "deleted": True}
        told.tell(stub)
    for _ in range(chance.randint(0, 2)):
        amount = chance.choice([400, 1000])
        told.tell(invoice_paid_by(payment, invoice=invoice, at=at(chance, MARCH), amount=amount))
    if often(chance, 0.7):
        paid = payment_succeeded(
            "", 1000, intent=payment, at=at(chance, MARCH), customer=told.customer, currency=told.currency
        )
        told.tell(paid)
    if often(chance, 0.5):
        _tell_credit_note(chance, told, invoice=invoice, payment=payment)


def _tell_credit_note(chance: random.Random, told: Told, *, invoice: str, payment: str) -> None:
    before, outside = chance.choice([(0, 0), (0, 200), (500, 0)])
    refund = f"re_{told.number}"
    refunds = [] if before or often(chance, 0.5) else [(refund, 300)]
    for change in chance.sample(["created", "updated", "voided"], chance.randint(1, 3)):
        told.tell(
            credited(
                change,
                note=f"cn_{told.number}",
                invoice=invoice,
                at=at(chance, MARCH + DAY),
                amount=500,
                pre_payment=before,
                out_of_band=outside or None,
                refunds=refunds,
                currency=told.currency,
                is_old=often(chance, 0.5),
            )
        )
    if refunds:
        names: Payload = {"intent": payment, "charge": payment.replace("pi_", "ch_")}
        told.tell(
            refund_event(
                "created",
                300,
                refund=refund,
                created=at(chance, MARCH),
                currency=told.currency,
                **names,
            )
        )
