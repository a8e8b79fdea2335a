"""What the host says was paid before Stripe told us anything (backfill). It counts until Stripe's own word takes its place."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Final

from revenue_intel.exceptions import InvalidInstantError, UnsupportedShapeError
from revenue_intel.facts import dirty, ledger, locks
from revenue_intel.facts.models import LedgerEntry, OrderFact, PaymentFact
from revenue_intel.facts.models.payments import BEFORE_ALL_NEWS
from revenue_intel.shop.records import OrderRecord

#: The ledger's label of a sale on the host's word.
FROM_HOST: Final = "host"
#: What Stripe calls payments: PaymentIntents, and Charges that have none.
PAYMENT_ID: Final = re.compile(r"(pi|ch|py)_[A-Za-z0-9_]{1,250}")


def check_told(paid_at: datetime, payment_intent: str) -> None:
    """Refuse what the host cannot mean.

    Raises:
        InvalidInstantError: the instant has no time zone.
        UnsupportedShapeError: it is no id of a PaymentIntent or a Charge, and not empty.
    """
    if paid_at.tzinfo is None or paid_at.utcoffset() is None:
        raise InvalidInstantError(f"The instant {paid_at.isoformat()} has no time zone.")
    if payment_intent and not PAYMENT_ID.fullmatch(payment_intent):
        raise UnsupportedShapeError(f"{payment_intent!r:.60} is no id of a PaymentIntent or a Charge.")


def record_named_payment(
    payment_intent: str, *, record: OrderRecord, paid_at: datetime, livemode: bool
) -> PaymentFact | None:
    """Record the payment that the host names for an order; what Stripe said of it stands. Idempotent.

    Returns:
        The payment; None where what Stripe said of it does not fit the order, or it settled another one.

    """
    fresh = PaymentFact(
        payment_intent=payment_intent,
        status=PaymentFact.Status.SUCCEEDED,
        status_at=BEFORE_ALL_NEWS,
        amount_minor=record.total_minor,
        currency=record.currency,
        livemode=livemode,
        order_reference=record.reference,
        succeeded_at=paid_at,
        is_from_host=True,
    )
    payment = locks.ask_payment(fresh)()
    if payment is fresh:
        dirty.mark(payment, [paid_at], cause="payment")
        return payment
    is_free = payment.order_reference in {"", record.reference}
    if payment.status != PaymentFact.Status.SUCCEEDED or not is_free or _money(payment) != _money(fresh):
        return None
    payment.order_reference = record.reference
    payment.save(update_fields=["order_reference"])
    return payment


def post_sale_of_host(fact: OrderFact) -> None:
    """Post what an order was paid, on the host's word; nothing where it cost nothing. ``fact`` is locked."""
    if fact.paid_at is None:
        raise ValueError(f"order {fact.reference} is not paid: there is nothing to post.")
    if fact.total_minor:
        ledger.post(
            ledger.Posting(
                kind=LedgerEntry.Kind.SALE,
                object_id=_object_id(fact.reference),
                amount_minor=fact.total_minor,
                currency=fact.currency,
                livemode=fact.livemode,
                account=fact.account,
                occurred_at=fact.paid_at,
                order_reference=fact.reference,
                label=FROM_HOST,
            )
        )


def retract_sale_of_host(*, reference: str, event_id: str) -> None:
    """Take the host's word back: the payment itself is posted. The caller holds the order's lock."""
    ledger.retract(kind=LedgerEntry.Kind.SALE, object_id=_object_id(reference), event_id=event_id)


def is_on_hosts_word(*, reference: str) -> bool:
    """Say whether an order's sale stands on the host's word."""
    return ledger.find_standing(kind=LedgerEntry.Kind.SALE, object_id=_object_id(reference)) is not None


def may_be_replaced(*, reference: str, payment_intent: str) -> bool:
    """Say whether an order's sale stands on the host's word, and this payment may be it: it named that one, or none."""
    named = PaymentFact.objects.filter(order_reference=reference).exclude(pk=payment_intent)
    return is_on_hosts_word(reference=reference) and not named.exists()


def find_named_order(*, payment_intent: str) -> str:
    """Return the order that a payment is known to pay, by the host's word maybe; empty where none is."""
    known = PaymentFact.objects.filter(pk=payment_intent)
    return known.values_list("order_reference", flat=True).first() or ""


def _object_id(reference: str) -> str:
    return f"order:{reference}"


def _money(payment: PaymentFact) -> tuple[int, str, bool, str]:
    return payment.amount_minor, payment.currency, payment.livemode, payment.account
