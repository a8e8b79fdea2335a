"""Cancel and fulfil: what people do to an order."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from revenue_intel.audit.services import record_action
from revenue_intel.conf import settings as conf
from revenue_intel.exceptions import ConfigurationError, IllegalTransitionError, OrderNotFoundError
from revenue_intel.facts import locks
from revenue_intel.facts import selectors as facts_read
from revenue_intel.facts import services as facts
from revenue_intel.facts.models import OrderFact
from revenue_intel.gateway import client
from revenue_intel.kit import clock, transactions
from revenue_intel.orders import states
from revenue_intel.shop import OrderState, ShopAdapter, find_shop


def cancel(*, reference: str, actor: str) -> OrderState:
    """Cancel an order that is not paid, and close its open payment page first. Idempotent.

    Args:
        reference: the order's.
        actor: who does it, as the audit log names them (``audit.services.actor_of``).

    Raises:
        OrderNotFoundError: there is no such order.
        IllegalTransitionError: it is paid, or being paid right now.
        PaymentGatewayError: the payment page could not be closed.
    """
    known = facts_read.find_order(reference=reference)
    if known is not None and known.canceled_at is not None and known.paid_at is None:
        return OrderState.CANCELED
    is_open = known is not None and known.paid_at is None and bool(known.checkout_session)
    if (
        known is not None
        and is_open
        and client.close_checkout_session(session_id=known.checkout_session) == "complete"
    ):
        raise IllegalTransitionError(f"Order {reference} is being paid right now: cancel is not possible.")

    def write(fact: OrderFact) -> None:
        fact.canceled_at = clock.now()
        fact.save(update_fields=["canceled_at"])

    return transactions.run(partial(_change, "cancel", reference, actor, write))


def fulfil(*, reference: str, actor: str) -> OrderState:
    """Mark a paid order as sent. Idempotent.

    Raises:
        OrderNotFoundError: there is no such order.
        IllegalTransitionError: it is not paid, cannot be filled, or is refunded in full.
    """

    def write(fact: OrderFact) -> None:
        fact.fulfilled_at = clock.now()
        fact.save(update_fields=["fulfilled_at"])

    known = facts_read.find_order(reference=reference)
    if known is not None and known.fulfilled_at is not None:
        return facts_read.state_of(known)
    return transactions.run(partial(_change, "fulfil", reference, actor, write))


def lock_for_command(shop: ShopAdapter, reference: str) -> tuple[Any, OrderFact]:
    """Return the host's order and its fact, both locked.

    Raises:
        OrderNotFoundError: there is no such order.
    """
    order = shop.find_order(reference, lock=True)
    if order is None:
        raise OrderNotFoundError(f"There is no order {reference!r:.80}.")
    record = shop.describe(order)
    fact = locks.lock_order(reference=record.reference)
    if fact is None or fact.paid_at is None:
        fact = facts.record_order(record, fact=fact, livemode=bool(conf.LIVEMODE))
    return order, fact


def get_shop() -> ShopAdapter:
    """Return the host's adapter.

    Raises:
        ConfigurationError: none is configured.
    """
    shop = find_shop()
    if shop is None:
        raise ConfigurationError("REVENUE_INTEL_SHOP is empty: there are no orders to command.")
    return shop


def _change(command: str, reference: str, actor: str, write: Callable[[OrderFact], None]) -> OrderState:
    shop = get_shop()
    order, fact = lock_for_command(shop, reference)
    states.check_allowed(command, fact)
    write(fact)
    state = facts_read.state_of(fact)
    shop.write_state(order, state, at=clock.now() if command == "fulfil" else states.instant_of(fact))
    record_action(actor=actor, action=f"order.{command}", subject=fact.reference, detail={"state": state})
    return state
