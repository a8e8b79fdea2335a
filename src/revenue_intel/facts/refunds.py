"""Record refunds and post them: each is a dated row of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Final

from django.db import router
from django.db.models import Q
from django.forms.models import model_to_dict

from revenue_intel.facts import dirty, ledger, locks
from revenue_intel.facts.models import BalanceTransactionFact, LedgerEntry, OrderFact, PaymentFact, RefundFact
from revenue_intel.kit.rows import ask_rows, ask_whether

#: How far a refund has come; news of a lower rank never overwrites a higher one.
REFUND_RANK: Final = {"pending": 0, "requires_action": 1, "succeeded": 2, "canceled": 3, "failed": 4}
#: Refunds that did not happen after all: their amount came back.
REFUND_UNDONE: Final = frozenset({"canceled", "failed"})
#: How Stripe's balance calls a refund of what was never captured.
UNCAPTURED: Final = "partial_capture_reversal"


@dataclass(frozen=True, kw_only=True)
class RefundNews:
    """What one event says of a Refund. ``at`` is the event's instant, ``created_at`` the refund's own."""

    refund_id: str
    status: str
    amount_minor: int
    currency: str
    livemode: bool
    created_at: datetime
    at: datetime
    event_id: str
    account: str = ""
    payment_intent: str = ""
    charge: str = ""
    is_uncaptured: bool = False


def record_refund(news: RefundNews, *, order_reference: str) -> RefundFact:
    """Record what is known of a refund and post it: at its creation, and back at its failure (K6).

    A refund of what was never captured is recorded and not posted.
    """
    fresh = RefundFact(
        refund_id=news.refund_id,
        status=news.status,
        amount_minor=news.amount_minor,
        currency=news.currency,
        livemode=news.livemode,
        account=news.account,
        created_at=news.created_at,
        payment_intent=news.payment_intent,
        charge=news.charge,
        order_reference=order_reference,
        failed_at=news.at if news.status in REFUND_UNDONE else None,
    )
    asked = locks.ask_refund(fresh)
    # Stripe may have booked it as money that had only been authorised (API versions before 2025-03-31).
    was_uncaptured = ask_whether(BalanceTransactionFact, source=news.refund_id, reporting_category=UNCAPTURED)
    refund = asked()
    before = model_to_dict(refund)
    refund.payment_intent = refund.payment_intent or news.payment_intent
    refund.charge = refund.charge or news.charge
    refund.order_reference = refund.order_reference or order_reference
    if REFUND_RANK[news.status] > REFUND_RANK[refund.status]:
        refund.status = news.status
    if news.status in REFUND_UNDONE:
        refund.failed_at = min(filter(None, (refund.failed_at, news.at)))
    refund.is_uncaptured = refund.is_uncaptured or news.is_uncaptured or was_uncaptured()
    if model_to_dict(refund) != before:
        refund.save()
    if refund.is_uncaptured:
        ledger.retract(kind=LedgerEntry.Kind.REFUND, object_id=refund.pk, event_id=news.event_id)
        ledger.retract(kind=LedgerEntry.Kind.REFUND_REVERSAL, object_id=refund.pk, event_id=news.event_id)
        return refund
    post = partial(_post_refund, refund, news, is_first=refund is fresh)
    post(LedgerEntry.Kind.REFUND, -news.amount_minor, refund.created_at)
    if refund.failed_at:
        post(LedgerEntry.Kind.REFUND_REVERSAL, news.amount_minor, refund.failed_at)
    return refund


def attach_refunds(payment: PaymentFact, *, event_id: str) -> bool:
    """Give the order of a payment, now that it has one, to the refunds that came before it; say if there were any."""
    earlier = list(RefundFact.objects.filter(of_payment(payment), order_reference=""))
    for refund in earlier:
        record_refund(news_of(refund, event_id=event_id), order_reference=payment.order_reference)
    return bool(earlier)


def of_payment(payment: PaymentFact) -> Q:
    """Return the condition under which a refund or a dispute is one of this payment."""
    its_own = Q(payment_intent=payment.payment_intent)
    if payment.charge:
        its_own |= Q(payment_intent="", charge=payment.charge)
    return its_own


def news_of(refund: RefundFact, *, event_id: str) -> RefundNews:
    """Return what is known of a refund as news, to be recorded again."""
    return RefundNews(
        refund_id=refund.refund_id,
        status=refund.status,
        amount_minor=refund.amount_minor,
        currency=refund.currency,
        livemode=refund.livemode,
        account=refund.account,
        created_at=refund.created_at,
        at=refund.failed_at or refund.created_at,
        event_id=event_id,
        payment_intent=refund.payment_intent,
        charge=refund.charge,
    )


def _post_refund(
    refund: RefundFact,
    news: RefundNews,
    kind: LedgerEntry.Kind,
    amount_minor: int,
    at: datetime,
    *,
    is_first: bool,
) -> None:
    ledger.post(
        ledger.Posting(
            kind=kind,
            object_id=refund.refund_id,
            amount_minor=amount_minor,
            currency=news.currency,
            livemode=refund.livemode,
            account=refund.account,
            occurred_at=at,
            order_reference=refund.order_reference,
            event_id=news.event_id,
        ),
        is_first=is_first,
    )


def ask_counting(*, reference: str) -> Callable[[], list[RefundFact]]:
    """Ask with the next statement for the refunds of an order that count; return what returns them, by date.

    They were not undone, and did not only give back what had been authorised.
    """
    undone = sorted(REFUND_UNDONE)
    places = ", ".join(["%s"] * len(undone))
    asked = ask_rows(
        RefundFact,
        f"WHERE order_reference = %s AND NOT is_uncaptured AND status NOT IN ({places}) "
        "ORDER BY created_at, refund_id",
        [reference, *undone],
        using=router.db_for_write(RefundFact),
    )
    return lambda: [refund for refund, _ in asked()]


def sum_refunds(fact: OrderFact, refunds: Iterable[RefundFact] | None = None) -> OrderFact:
    """Bring ``refunded_minor`` up to date: the refunds of the order that count. ``fact`` is locked.

    Args:
        fact: the order's.
        refunds: those that count, where the caller has read them.
    """
    if refunds is None:
        refunds = ask_counting(reference=fact.reference)()
    refunded = sum(refund.amount_minor for refund in refunds)
    if refunded != fact.refunded_minor:
        fact.refunded_minor = refunded
        fact.save(update_fields=["refunded_minor"])
        dirty.mark(fact, [fact.paid_at], cause="refund")
    return fact
