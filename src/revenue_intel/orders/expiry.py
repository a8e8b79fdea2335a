"""Give back stock that was held for a payment which can no longer succeed, and never before."""

from __future__ import annotations

from functools import partial

from django.db import transaction

from revenue_intel.facts import selectors as facts_read
from revenue_intel.gateway import client
from revenue_intel.kit import clock, transactions
from revenue_intel.orders.lifecycle import get_shop, lock_order
from revenue_intel.shop import OrderState, find_shop
from revenue_intel.stock import selectors as stock_read
from revenue_intel.stock import services as stock


@transaction.atomic(savepoint=False)
def expire_checkout(*, reference: str, session_id: str, event_id: str = "") -> OrderState | None:
    """Give back what an order holds, now that nobody can pay on its page any more; None where there is no such order.

    News of another page than the order's last one changes nothing, and neither does the same news again. The
    page stays known as the last one, so that the next start asks Stripe for another and not for the same again.
    """
    shop = find_shop()
    if shop is None or not session_id or shop.find_order(reference) is None:
        return None
    known = lock_order(shop, reference)[1]
    if known is None:
        return OrderState.PENDING
    is_waiting = facts_read.state_of(known) is OrderState.PENDING and known.checkout_session == session_id
    if is_waiting and not facts_read.is_page_paid(session_id=session_id):
        stock.release(order_reference=known.reference, event_id=event_id)
    return facts_read.state_of(known)


def find_overdue() -> list[str]:
    """Return the orders whose stock was held for its time, the longest overdue first."""
    return stock_read.find_expired(clock.now())


def release_overdue(*, reference: str) -> bool:
    """Close an overdue order's page; say whether what it held is back, and not being paid or held for longer.

    It is back, too, where the news that the page was closed came before we got so far.

    Stripe is asked while no lock is held. A payment that is on its way keeps its stock: its news settles it.

    Raises:
        PaymentGatewayError: Stripe could not be reached; the stock stays held.
        ConfigurationError: there is no secret key, or no adapter.
    """
    known = facts_read.find_order(reference=reference)
    page = known.checkout_session if known is not None and known.paid_at is None else ""
    is_open = bool(page) and not facts_read.is_page_closed(session_id=page)
    if is_open and client.close_payment(payment_id=page) == "complete":
        return False
    return transactions.run(partial(_release, reference, page))


def _release(reference: str, closed: str) -> bool:
    shop = get_shop()
    if shop.find_order(reference) is None:  # the host has deleted it
        return bool(stock.expire(order_reference=reference))
    known = lock_order(shop, reference)[1]
    if known is not None and known.paid_at is None and known.checkout_session != closed:
        return False  # another page was opened meanwhile
    is_back = bool(stock.expire(order_reference=reference))
    is_paid = known is not None and known.paid_at is not None
    return is_back or not (is_paid or stock_read.held_by(order_reference=reference))
