"""Cancel and fulfil: what people do to an order."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import Any, Final

from django.db import transaction

from revenue_intel import signals
from revenue_intel.audit.services import record_action
from revenue_intel.conf import settings as conf
from revenue_intel.exceptions import (
    ConfigurationError,
    IllegalTransitionError,
    InvalidInstantError,
    OrderNotFoundError,
)
from revenue_intel.facts import locks
from revenue_intel.facts import selectors as facts_read
from revenue_intel.facts import services as facts
from revenue_intel.facts.models import OrderFact
from revenue_intel.gateway import client
from revenue_intel.kit import clock, transactions
from revenue_intel.orders import states
from revenue_intel.shop import OrderState, ShopAdapter, find_shop
from revenue_intel.stock import services as stock

#: What each command makes of an order.
DONE: Final = {"cancel": OrderState.CANCELED, "fulfil": OrderState.FULFILLED}
#: Who hears of it once it is committed.
TOLD: Final = {"cancel": signals.order_canceled, "fulfil": signals.order_fulfilled}


def cancel(*, reference: str, actor: str, at: datetime | None = None) -> OrderState:
    """Cancel an order that is not paid: close its open payment page, then give back the stock it holds. Idempotent.

    Args:
        reference: the order's.
        actor: who does it, as the audit log names them (``audit.services.actor_of``).
        at: when it was done, for a history that is told afterwards; now where not given.

    Raises:
        OrderNotFoundError: there is no such order.
        IllegalTransitionError: it is paid, or being paid right now.
        InvalidInstantError: ``at`` is naive, before the order or in the future.
        PaymentGatewayError: the payment page could not be closed.
    """
    known = facts_read.find_order(reference=reference)
    is_open = known is not None and known.paid_at is None and known.canceled_at is None
    page = known.checkout_session if known is not None and is_open else ""
    while True:
        is_over = not page or facts_read.is_page_closed(session_id=page)
        if not is_over and client.close_payment(payment_id=page) == "complete":
            raise IllegalTransitionError(
                f"Order {reference} is being paid right now: cancel is not possible."
            )
        page = transactions.run(partial(_cancel, reference, actor, at, closed=page))
        if not page:
            return OrderState.CANCELED


def fulfil(*, reference: str, actor: str, at: datetime | None = None) -> OrderState:
    """Mark a paid order as sent. Idempotent.

    Args:
        reference: the order's.
        actor: who does it, as the audit log names them (``audit.services.actor_of``).
        at: when it was done, for a history that is told afterwards; now where not given.

    Raises:
        OrderNotFoundError: there is no such order.
        IllegalTransitionError: it is not paid, cannot be filled, or is refunded in full.
        InvalidInstantError: ``at`` is naive, before the payment or in the future.
    """
    return transactions.run(partial(_fulfil, reference, actor, at))


def lock_order(shop: ShopAdapter, reference: str) -> tuple[Any, OrderFact | None]:
    """Return the host's order, locked, and its fact as it is. Whoever changes the order's state holds this lock.

    Raises:
        OrderNotFoundError: there is no such order.
    """
    order = shop.find_order(reference, lock=True)
    if order is None:
        raise OrderNotFoundError(f"There is no order {reference!r:.80}.")
    return order, facts_read.find_order(reference=shop.describe(order).reference)


def lock_fact(shop: ShopAdapter, order: Any) -> OrderFact:
    """Return the fact of a locked order, locked, and as the host describes it while it is not paid.

    Facts come after stock rows in the order of locks: move stock first.
    """
    record = shop.describe(order)
    fact = locks.lock_order(reference=record.reference)
    if fact is None or fact.paid_at is None:
        fact = facts.record_order(record, fact=fact, livemode=bool(conf.find_livemode()))
    return fact


def get_shop() -> ShopAdapter:
    """Return the host's adapter.

    Raises:
        ConfigurationError: none is configured.
    """
    shop = find_shop()
    if shop is None:
        raise ConfigurationError("REVENUE_INTEL_SHOP is empty: there are no orders to command.")
    return shop


def _cancel(reference: str, actor: str, at: datetime | None, *, closed: str) -> str:
    """Cancel under the lock, unless a page other than ``closed`` was opened meanwhile: return that page then."""
    shop = get_shop()
    order, known = lock_order(shop, reference)
    if known is not None:
        if facts_read.state_of(known) is OrderState.CANCELED:
            return ""
        states.check_allowed("cancel", known)
        if known.checkout_session not in ("", closed):
            return known.checkout_session
    stock.release(order_reference=shop.describe(order).reference)
    fact = lock_fact(shop, order)
    fact.canceled_at = _instant(at, not_before=fact.created_at)
    fact.save(update_fields=["canceled_at"])
    _write(shop, order, fact, command="cancel", actor=actor, at=fact.canceled_at)
    return ""


def _fulfil(reference: str, actor: str, at: datetime | None) -> OrderState:
    shop = get_shop()
    order, _ = lock_order(shop, reference)
    fact = lock_fact(shop, order)
    if fact.fulfilled_at is not None:
        return facts_read.state_of(fact)
    states.check_allowed("fulfil", fact)
    fact.fulfilled_at = _instant(at, not_before=fact.paid_at or fact.created_at)
    fact.save(update_fields=["fulfilled_at"])
    return _write(shop, order, fact, command="fulfil", actor=actor, at=fact.fulfilled_at)


def _write(
    shop: ShopAdapter, order: Any, fact: OrderFact, *, command: str, actor: str, at: datetime
) -> OrderState:
    """Tell the host, by way of what was done where the order is further on, and the audit log."""
    state = facts_read.state_of(fact)
    done = DONE[command]
    shop.write_state(order, done, at=at)
    if state is not done:
        shop.write_state(order, state, at=states.instant_of(fact))
    record_action(actor=actor, action=f"order.{command}", subject=fact.reference, detail={"state": state})
    tell = TOLD[command].send_robust
    transaction.on_commit(partial(tell, sender=None, reference=fact.reference, actor=actor))
    return state


def _instant(at: datetime | None, *, not_before: datetime) -> datetime:
    """Return when it was done: ``at`` where it can be true, now where it is not given."""
    now = clock.now()
    if at is None:
        return now
    if at.tzinfo is None or at.utcoffset() is None:
        raise InvalidInstantError(f"The instant {at.isoformat()} has no time zone.")
    if not not_before <= at <= now:
        raise InvalidInstantError(
            f"The instant {at.isoformat()} is not between {not_before.isoformat()} and now."
        )
    return at
