"""Whether a command may be called on an order. The state itself is derived from facts (``facts.selectors.state_of``)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from revenue_intel.exceptions import IllegalTransitionError
from revenue_intel.facts.models import OrderFact, RefundFact
from revenue_intel.facts.refunds import ask_counting
from revenue_intel.facts.selectors import find_reaching, state_of
from revenue_intel.orders.transitions import TRANSITIONS
from revenue_intel.shop import OrderState


def check_allowed(command: str, fact: OrderFact) -> None:
    """Return if the order's state allows the command.

    Raises:
        IllegalTransitionError: it does not.
    """
    state = state_of(fact)
    # A refund in part does not bring back the stock that could not be taken.
    has_no_goods = command == "fulfil" and fact.unfulfillable_at is not None
    if state not in TRANSITIONS[command] or has_no_goods:
        words = state.value.replace("_", " ")
        raise IllegalTransitionError(
            f"Order {fact.reference} is {words}: {command.replace('_', ' ')} is not possible."
        )


def instant_of(fact: OrderFact, refunds: Sequence[RefundFact] | None = None) -> datetime:
    """Return the instant at which the order came into its state, for the host's own columns.

    Args:
        fact: the order's.
        refunds: those of it that count, by date, where the caller has read them.
    """
    state = state_of(fact)
    if state in (OrderState.PARTIALLY_REFUNDED, OrderState.REFUNDED):
        enough = fact.total_minor if state is OrderState.REFUNDED else 1
        if refunds is None:
            refunds = ask_counting(reference=fact.reference)()
        reached = find_reaching(refunds, amount_minor=enough)
        return reached.created_at if reached else fact.created_at
    if state is OrderState.DISPUTED and fact.disputed_at:
        return fact.disputed_at
    if state is OrderState.FULFILLED and fact.fulfilled_at:
        return fact.fulfilled_at
    return fact.paid_at or fact.canceled_at or fact.created_at
