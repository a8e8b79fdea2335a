"""Checkout Sessions: they link an order to its payment, and post no money.

A PaymentIntent that a host's own session made may not name its order; the session does. Whichever of
the two comes first, the order is settled once, by the payment.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from revenue_intel.exceptions import UnsupportedShapeError
from revenue_intel.facts import locks
from revenue_intel.facts import selectors as facts
from revenue_intel.facts.models import CheckoutSessionFact, PaymentFact
from revenue_intel.facts.services import PaymentNews, record_session
from revenue_intel.handlers import fields, payment_intents
from revenue_intel.orders import services as orders
from revenue_intel.orders.settlement import Settlement
from revenue_intel.shop import find_shop
from revenue_intel.webhooks.registry import Event, Handler, Result, applied, ignored, parked

_PAID: Final = CheckoutSessionFact.PaymentStatus.PAID


def changed(event: Event) -> Result:
    """Say how one session stands; a paid one waits for its payment and its order, one that ended frees its stock."""
    if fields.text(event.object, "mode") == "setup":
        fields.required_id(event.object)
        return ignored("setup_session")
    news = _read(event)
    if news.payment_intent:
        locks.lock_order_of_payment(payment_intent=news.payment_intent)
    if _can_succeed_no_more(news):  # before the session is locked: orders come before facts
        orders.expire_checkout(reference=news.order_reference, session_id=news.session_id, event_id=event.id)
    if news.payment_status == CheckoutSessionFact.PaymentStatus.NO_PAYMENT_REQUIRED:
        return _settle_free(news, event)
    payment = facts.find_payment(payment_intent=news.payment_intent) if news.payment_intent else None
    result = _settle_by_session(payment, news, event) if payment else applied()
    record_session(news)
    if news.payment_status != _PAID:
        return applied(*result.brings)
    return result if payment or not news.payment_intent else parked(f"payment:{news.payment_intent}")


HANDLERS: Final[Mapping[str, Handler]] = dict.fromkeys(
    (
        "checkout.session.async_payment_failed",
        "checkout.session.async_payment_succeeded",
        "checkout.session.completed",
        "checkout.session.expired",
    ),
    changed,
)


def _can_succeed_no_more(news: CheckoutSessionFact) -> bool:
    """Say whether nobody can pay on the page any more: it expired, or the payment that was on its way failed."""
    is_failed = news.payment_status == CheckoutSessionFact.PaymentStatus.FAILED
    return is_failed or news.status == CheckoutSessionFact.Status.EXPIRED


def _settle_free(news: CheckoutSessionFact, event: Event) -> Result:
    """Settle an order that costs nothing.

    *No payment required* alone does not say so: Stripe uses it too where a payment comes later. And subscriptions
    that begin with a trial are no orders.
    """
    settlement = Settlement(state=None)
    is_order = fields.text(event.object, "mode") == "payment" and bool(news.order_reference)
    is_free = fields.minor(event.object, "amount_total") == 0
    if is_order and is_free and news.status == CheckoutSessionFact.Status.COMPLETE:
        settlement = orders.settle_free(
            PaymentNews(
                payment_intent=news.session_id,
                status=PaymentFact.Status.SUCCEEDED,
                amount_minor=0,
                currency=fields.currency(event.object),
                livemode=event.livemode,
                account=event.account,
                at=event.created,
                event_id=event.id,
                claimed_reference=news.order_reference,
                stripe_customer_id=fields.id_of(event.object, "customer"),
            )
        )
    record_session(news)
    return parked(f"order:{news.order_reference}") if settlement.is_order_missing else applied()


def _settle_by_session(payment: PaymentFact, news: CheckoutSessionFact, event: Event) -> Result:
    """Settle the order that the payment itself did not name, if it did not."""
    is_named = payment.claimed_reference not in {"", news.order_reference}
    is_settled = (
        payment.order_reference and find_shop()
    )  # without an adapter it is an order of its own, as ever
    if is_named or is_settled or not news.order_reference or payment.succeeded_at is None:
        return applied()
    return payment_intents.settle(
        PaymentNews(
            payment_intent=payment.payment_intent,
            status=PaymentFact.Status.SUCCEEDED,
            amount_minor=payment.amount_minor,
            currency=payment.currency,
            livemode=payment.livemode,
            account=payment.account,
            at=payment.succeeded_at,
            event_id=event.id,
            charge=payment.charge,
            claimed_reference=news.order_reference,
            stripe_customer_id=payment.stripe_customer_id,
        )
    )


def _read(event: Event) -> CheckoutSessionFact:
    session = event.object
    statuses = CheckoutSessionFact.PaymentStatus
    payment_status = fields.text(session, "payment_status")
    if payment_status not in {statuses.UNPAID, statuses.NO_PAYMENT_REQUIRED, statuses.PAID}:
        raise UnsupportedShapeError(f"A session has the unknown payment status {payment_status!r:.40}.")
    if event.type == "checkout.session.async_payment_failed":
        payment_status = statuses.FAILED
    return CheckoutSessionFact(
        session_id=fields.required_id(session),
        payment_intent=fields.id_of(session, "payment_intent"),
        order_reference=fields.text(session, "client_reference_id")
        or fields.text(fields.mapping(session, "metadata"), payment_intents.ORDER_REFERENCE),
        status=_status_of(event),
        payment_status=payment_status,
        livemode=event.livemode,
        account=event.account,
        created_at=fields.timestamp(session, "created"),
    )


def _status_of(event: Event) -> CheckoutSessionFact.Status:
    """Return whether the page is open; shapes before 2021-11 do not say it, but the event does."""
    states = CheckoutSessionFact.Status
    status = fields.text(event.object, "status")
    if not status:
        status = states.EXPIRED if event.type == "checkout.session.expired" else states.COMPLETE
    if status not in states.values:
        raise UnsupportedShapeError(f"A session has the unknown status {status!r:.40}.")
    return states(status)
