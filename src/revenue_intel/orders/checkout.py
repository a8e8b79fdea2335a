"""Start a payment, whose amount and currency come from the order, never from the client."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final

from django.db import transaction

from revenue_intel import signals
from revenue_intel.audit.services import record_action
from revenue_intel.conf import settings as conf
from revenue_intel.exceptions import IllegalTransitionError, InvalidOrderError, RevenueIntelError
from revenue_intel.facts import selectors as facts_read
from revenue_intel.facts.models import OrderFact, PaymentFact
from revenue_intel.facts.services import PaymentNews
from revenue_intel.gateway import client
from revenue_intel.kit import clock, transactions
from revenue_intel.orders import states
from revenue_intel.orders.free import settle_free
from revenue_intel.orders.lifecycle import get_shop, lock_fact, lock_order
from revenue_intel.orders.payable import check_payable
from revenue_intel.orders.ways import WAYS, Mode, Way
from revenue_intel.shop import ShopAdapter
from revenue_intel.stock import services as stock

#: How much longer than its page stock is held: a payment made in the last moment takes a while to be heard of.
GRACE: Final = timedelta(minutes=10)


def start_payment(
    *,
    reference: str,
    success_url: str = "",
    cancel_url: str = "",
    mode: Mode = "checkout",
    actor: str = "revenue_intel",
) -> str:
    """Open a payment of an order and hold its stock for as long as that is open; return the customer's way to it.

    Called again it returns the same while that is open. One that no longer fits is closed first. None is made
    beside a payment that is on its way (bank debits take days): that could be paid twice. An order that costs
    nothing is settled at once. Stripe is asked while no lock is held.

    Args:
        reference: the order's.
        success_url: where Stripe's page leads after the payment.
        cancel_url: where it leads without one; empty: nowhere.
        mode: ``checkout`` for a page of Stripe's, ``payment_intent`` for a form of your own.
        actor: who does it, as the audit log names them (``audit.services.actor_of``).

    Returns:
        The page's address, or the PaymentIntent's client secret; ``success_url`` where it costs nothing.

    Raises:
        OrderNotFoundError, IllegalTransitionError, StockOversellError: it cannot be paid now.
        InvalidOrderError, InexactAmountError, UnknownCurrencyError: nobody should pay it as the host describes it.
        ConfigurationError: there is no secret key.
        PaymentGatewayError: Stripe could not be reached or refused.
    """
    way, ends_at = WAYS[mode], _page_ends_at()
    again = partial(
        start_payment,
        reference=reference,
        success_url=success_url,
        cancel_url=cancel_url,
        mode=mode,
        actor=actor,
    )
    fact = transactions.run(partial(_hold, reference, until=ends_at + GRACE))
    known = _find_reusable(fact, way)
    if known is not None:
        return str(known[way.answer])
    if fact.total_minor == 0:  # Stripe takes no payment over nothing
        return success_url if transactions.run(partial(_settle_free, reference)) else again()
    params = way.params(fact, success_url, cancel_url, ends_at)
    create = partial(way.create, params=params, idempotency_key=_key(fact, mode, params))
    opened = _open(fact, create, until=ends_at + GRACE, actor=actor)
    return str(opened[way.answer]) if opened else again()


def _key(fact: OrderFact, mode: Mode, params: dict[str, Any]) -> str:
    """Return the idempotency key: two clicks at once ask for the same payment; one after the last has ended for another."""
    digest = hashlib.sha256(json.dumps([params, fact.checkout_session], sort_keys=True).encode()).hexdigest()
    return f"revenue-intel:{mode}:{digest}"


def _open(
    fact: OrderFact, create: Callable[[], dict[str, Any]], *, until: datetime, actor: str
) -> dict[str, Any] | None:
    """Return the payment that ``create`` makes once it is the order's; None where another is meanwhile, and it is closed."""
    opened = create()
    try:
        is_kept = transactions.run(partial(_keep, fact, opened["id"], until=until, actor=actor))
    except RevenueIntelError:  # paid, canceled or sold out while it was being made
        client.close_payment(payment_id=opened["id"])
        raise
    if not is_kept:
        client.close_payment(payment_id=opened["id"])
    return opened if is_kept else None


def _find_reusable(fact: OrderFact, way: Way) -> dict[str, Any] | None:
    """Return the order's open payment as Stripe has it if it fits; one that does not is closed.

    Raises:
        IllegalTransitionError: a payment is on its way.
    """
    last = fact.checkout_session
    if not last or facts_read.is_page_closed(session_id=last):
        return None
    known = client.get_payment(payment_id=last)
    if known["status"] == "complete":
        raise _being_paid(fact.reference)
    if known["status"] != "open":
        return None
    asked = known["amount_total"], known["currency"]
    if way.answer in known and asked == (fact.total_minor, fact.currency):
        return known
    if client.close_payment(payment_id=last) == "complete":
        raise _being_paid(fact.reference)
    return None


def _being_paid(reference: str) -> IllegalTransitionError:
    return IllegalTransitionError(
        f"Order {reference} is being paid right now: wait until that payment has succeeded or failed."
    )


def _settle_free(reference: str) -> bool:
    """Settle an order that costs nothing; False where it does by now."""
    shop = get_shop()
    order, known = lock_order(shop, reference)
    if known is not None:
        states.check_allowed("start_payment", known)
    record = shop.describe(order)
    if record.total_minor:
        return False
    settle_free(
        PaymentNews(
            payment_intent=f"free:{record.reference}",
            status=PaymentFact.Status.SUCCEEDED,
            amount_minor=0,
            currency=record.currency,
            livemode=bool(conf.find_livemode()),
            at=clock.now(),
            event_id="",
            claimed_reference=record.reference,
        )
    )
    return True


def _page_ends_at() -> datetime:
    """Return when a page that is made now ends: on the full minute, so that two clicks at once mean the same page."""
    ends_at = clock.now() + timedelta(seconds=conf.PAYMENT_WINDOW_SECONDS)
    return ends_at.replace(second=0, microsecond=0) + timedelta(minutes=1)


def _hold(reference: str, *, until: datetime) -> OrderFact:
    """Hold the stock of an order that can be paid; what it holds already does not count against it."""
    shop = get_shop()
    order, known = lock_order(shop, reference)
    if known is not None:
        states.check_allowed("start_payment", known)
    _reserve(shop, order, until)
    return lock_fact(shop, order)


def _keep(before: OrderFact, opened: str, *, until: datetime, actor: str) -> bool:
    """Remember the order's payment, its stock held; False where somebody else has opened another one meanwhile."""
    shop = get_shop()
    order, known = lock_order(shop, before.reference)
    if known is not None:
        states.check_allowed("start_payment", known)
        if known.checkout_session not in ("", before.checkout_session, opened):
            return False
    # Again, because news that the one before has ended may have given it back meanwhile.
    _reserve(shop, order, until)
    fact = lock_fact(shop, order)
    if fact.checkout_session != opened:
        fact.checkout_session = opened
        fact.save(update_fields=["checkout_session"])
        _tell(fact, actor)
    return True


def _tell(fact: OrderFact, actor: str) -> None:
    """Tell the audit log and, after commit, whoever listens that a payment was started."""
    payment = fact.checkout_session
    detail = {"payment": payment, "amount_minor": fact.total_minor, "currency": fact.currency}
    record_action(actor=actor, action="order.payment_started", subject=fact.reference, detail=detail)
    tell = signals.payment_started.send_robust
    transaction.on_commit(partial(tell, sender=None, reference=fact.reference, payment=payment))


def _reserve(shop: ShopAdapter, order: Any, until: datetime) -> None:
    record = shop.describe(order)
    check_payable(record)
    try:
        stock.reserve(order_reference=record.reference, lines=shop.stock_lines(order), expires_at=until)
    except ValueError as error:  # a line of the host's wants what is no number of pieces
        raise InvalidOrderError(f"Order {record.reference:.80} makes no sense: {error}") from error
