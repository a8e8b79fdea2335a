"""Give money back: a request that is written down first, asked of Stripe once, and counted until it is answered."""

from __future__ import annotations

import hashlib
import logging
from datetime import timedelta
from functools import partial
from typing import Any, Final

from django.db.models import Sum

from revenue_intel.audit.services import record_action
from revenue_intel.exceptions import (
    OrderNotFoundError,
    PaymentRefusedError,
    RefundNotPossibleError,
    RevenueIntelError,
)
from revenue_intel.facts import locks
from revenue_intel.facts import selectors as facts_read
from revenue_intel.facts.models import OrderFact, PaymentFact, RefundFact
from revenue_intel.facts.services import REFUND_RANK, REFUND_UNDONE, RefundNews
from revenue_intel.gateway import client
from revenue_intel.issues.services import open_issue, resolve_issue
from revenue_intel.kit import clock, transactions
from revenue_intel.kit.money import money_text
from revenue_intel.orders import states
from revenue_intel.orders.lifecycle import lock_fact, lock_order
from revenue_intel.orders.models import RefundRequest
from revenue_intel.orders.refunds import record_refund
from revenue_intel.shop import find_shop

logger = logging.getLogger(__name__)

#: The reasons that Stripe knows; none is a reason too.
REASONS: Final = ("", "duplicate", "fraudulent", "requested_by_customer")
#: How long Stripe remembers an idempotency key at least, less an hour: after that, asking again could refund twice.
ASK_AGAIN_WITHIN: Final = timedelta(hours=23)
ISSUE_KIND: Final = "refund_unanswered"


def refund(
    *, reference: str, amount_minor: int | None = None, reason: str = "", actor: str, key: str
) -> RefundFact:
    """Give back an amount of what was paid for an order, all that is left of it where none is given.

    Posts nothing by itself: what Stripe answers is recorded as news of it is. Stripe is asked while no lock is
    held; do not call it within a transaction. Idempotent by ``key``: called again it asks for the same refund.

    Args:
        reference: the order's.
        amount_minor: minor units of the order's currency, at most what is paid and not refunded. Pending
            refunds, and those that Stripe has not answered, count as refunded.
        reason: one of ``REASONS``.
        actor: who does it, as the audit log names them (``audit.services.actor_of``).
        key: names this refund; up to 200 characters.

    Raises:
        OrderNotFoundError: there is no such order.
        IllegalTransitionError: it is not paid, or refunded in full.
        RefundNotPossibleError: the amount, the reason or the key does not fit.
        PaymentRefusedError: Stripe refused; nothing was refunded.
        PaymentGatewayError: nobody knows whether Stripe has refunded. Call again with the same key.
        ConfigurationError: there is no secret key.
    """
    if reason not in REASONS or not 0 < len(key) <= 200 or "\x00" in key:
        raise RefundNotPossibleError("The reason is none of Stripe's, or the key is empty or too long.")
    request = transactions.run(partial(_ask, reference, amount_minor, reason, actor, key))
    return send(request)


def send(request: RefundRequest) -> RefundFact:
    """Ask Stripe for a refund that is written down, and record what it answers. See :func:`refund`."""
    if request.refund_id:
        return RefundFact.objects.get(refund_id=request.refund_id)
    if clock.now() - request.asked_at > ASK_AGAIN_WITHIN:
        raise RefundNotPossibleError(
            f"Refund {request.key} was asked for too long ago to ask again: look for it in Stripe's dashboard."
        )
    try:
        answer = client.create_refund(
            params={
                _named(request.payment_intent): request.payment_intent,
                "amount": request.amount_minor,
                "metadata": {"order_reference": request.order_reference},
                **({"reason": request.reason} if request.reason else {}),
            },
            idempotency_key=f"revenue-intel:refund:{hashlib.sha256(request.key.encode()).hexdigest()}",
        )
    except PaymentRefusedError as error:
        transactions.run(partial(_note_refusal, request, error))
        raise
    except RevenueIntelError as error:
        transactions.run(partial(_note_silence, request, error))
        raise
    return transactions.run(partial(_record_answer, request, answer))


def _named(payment: str) -> str:
    """Return the parameter by which Stripe is told which payment: one is a Charge alone, and has no PaymentIntent."""
    return "payment_intent" if payment.startswith(client.INTENT_PREFIX) else "charge"


def send_unanswered() -> list[tuple[RefundRequest, str]]:
    """Ask Stripe again for every refund that it has not answered; return each with its error's code, or none.

    For a worker: what cannot be asked again any more keeps its open issue.
    """
    return [(request, try_send(request)) for request in find_unanswered()]


def try_send(request: RefundRequest) -> str:
    """Ask Stripe and return the error's code, or nothing: for what nobody waits for. An issue is open if it failed."""
    try:
        send(request)
    except RevenueIntelError as error:
        logger.warning("Refund %s is not made (%s).", request.key, error.code)
        return error.code
    return ""


def find_unanswered() -> list[RefundRequest]:
    """Return the refunds that Stripe has neither made nor refused, oldest first."""
    return list(RefundRequest.objects.filter(refund_id="", refused_at=None).order_by("asked_at", "pk"))


def write_down(
    fact: OrderFact, *, amount_minor: int | None, reason: str, actor: str, key: str
) -> RefundRequest:
    """Write down a refund of a locked order, within the caller's transaction. See :func:`refund`."""
    known = RefundRequest.objects.filter(key=key).first()
    if known is not None:
        if known.order_reference != fact.reference or amount_minor not in (None, known.amount_minor):
            raise RefundNotPossibleError(f"The key {key!r:.80} stands for another refund.")
        if known.refused_at is not None:
            raise RefundNotPossibleError("Stripe has refused this refund; use another key to ask anew.")
        return known
    states.check_allowed("refund", fact)
    payment = PaymentFact.objects.filter(
        order_reference=fact.reference, status=PaymentFact.Status.SUCCEEDED
    ).first()
    if payment is None:
        raise RefundNotPossibleError("No payment of this order is known.")
    left = payment.amount_minor - _sum_given_back(payment)
    wanted = left if amount_minor is None else amount_minor
    if not 0 < wanted <= left:
        can, asked = (money_text(amount, payment.currency) for amount in (left, wanted))
        raise RefundNotPossibleError(f"Of order {fact.reference} {can} can be refunded, not {asked}.")
    request = RefundRequest.objects.create(
        key=key,
        order_reference=fact.reference,
        payment_intent=payment.payment_intent,
        amount_minor=wanted,
        reason=reason,
        actor=actor[:150],
        asked_at=clock.now(),
    )
    _audit(request, "asked")
    return request


def _ask(reference: str, amount_minor: int | None, reason: str, actor: str, key: str) -> RefundRequest:
    shop = find_shop()
    fact = lock_fact(shop, lock_order(shop, reference)[0]) if shop else _lock_fact_alone(reference)
    return write_down(fact, amount_minor=amount_minor, reason=reason, actor=actor, key=key)


def _lock_fact_alone(reference: str) -> OrderFact:
    fact = None if "\x00" in reference else locks.lock_order(reference=reference)
    if fact is None:
        raise OrderNotFoundError(f"There is no order {reference!r:.80}.")
    return fact


def _sum_given_back(payment: PaymentFact) -> int:
    """Return what is refunded of a payment, pending and unanswered refunds too (minor units)."""
    standing = RefundFact.objects.filter(payment_intent=payment.payment_intent).exclude(
        status__in=REFUND_UNDONE
    )
    unanswered = RefundRequest.objects.filter(
        payment_intent=payment.payment_intent, refund_id="", refused_at=None
    )
    return sum(rows.aggregate(total=Sum("amount_minor"))["total"] or 0 for rows in (standing, unanswered))


def _record_answer(request: RefundRequest, answer: dict[str, Any]) -> RefundFact:
    payment = facts_read.find_payment(payment_intent=request.payment_intent)
    status = answer["status"] or "pending"
    created_at = clock.from_timestamp(answer["created"])
    news = RefundNews(
        refund_id=answer["id"],
        status=status
        if status in REFUND_RANK
        else "pending",  # a new word: its event says what to make of it
        amount_minor=answer["amount"],
        currency=answer["currency"],
        livemode=bool(payment and payment.livemode),
        account=payment.account if payment else "",
        created_at=created_at,
        at=created_at,
        event_id="",
        payment_intent=request.payment_intent,
        charge=answer["charge"] or "",
    )
    recorded = record_refund(news)
    if recorded is None:
        raise RefundNotPossibleError("The payment of this refund is not known any more.")
    RefundRequest.objects.filter(pk=request.pk).update(refund_id=recorded.refund_id)
    resolve_issue(kind=ISSUE_KIND, subject=request.key)
    return recorded


def _note_refusal(request: RefundRequest, error: PaymentRefusedError) -> None:
    RefundRequest.objects.filter(pk=request.pk, refund_id="").update(refused_at=clock.now())
    resolve_issue(kind=ISSUE_KIND, subject=request.key)
    _audit(request, "refused", error=error.code)


def _note_silence(request: RefundRequest, error: RevenueIntelError) -> None:
    open_issue(
        kind=ISSUE_KIND,
        subject=request.key,
        title=f"Stripe has not said whether it refunded order {request.order_reference}",
        detail={
            "reference": request.order_reference,
            "payment_intent": request.payment_intent,
            "amount_minor": request.amount_minor,
            "error": error.code,
        },
    )


def _audit(request: RefundRequest, what: str, **more: Any) -> None:
    record_action(
        actor=request.actor,
        action=f"order.refund_{what}",
        subject=request.order_reference,
        detail={"key": request.key, "amount_minor": request.amount_minor, "reason": request.reason, **more},
    )
