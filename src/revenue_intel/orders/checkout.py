"""Start a payment: a Checkout Session whose amount and currency come from the order, never from the client."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final

from revenue_intel.conf import settings as conf
from revenue_intel.exceptions import IllegalTransitionError
from revenue_intel.facts import selectors as facts_read
from revenue_intel.facts.models import OrderFact
from revenue_intel.gateway import client
from revenue_intel.kit import clock, transactions
from revenue_intel.orders import states
from revenue_intel.orders.lifecycle import get_shop, lock_fact, lock_order
from revenue_intel.stock import services as stock

#: How much longer than its page stock is held: a payment made in the last moment takes a while to be heard of.
GRACE: Final = timedelta(minutes=10)


def start_payment(*, reference: str, success_url: str, cancel_url: str) -> str:
    """Return the address of the page on which the order can be paid; its stock is held for as long as that is open.

    Called again it returns the same page while that is open; a page that asks for what the order no
    longer costs is closed first, and so is one that was made while the order was paid or canceled. Stripe
    is asked while no lock is held.

    Raises:
        OrderNotFoundError: there is no such order.
        IllegalTransitionError: it is paid or canceled.
        StockOversellError: there is not enough stock for it.
        ConfigurationError: there is no secret key.
        PaymentGatewayError: Stripe could not be reached or refused.
    """
    ends_at = _page_ends_at()
    fact = transactions.run(partial(_hold, reference, until=ends_at + GRACE))
    is_open = bool(fact.checkout_session) and not facts_read.is_page_closed(session_id=fact.checkout_session)
    known = client.get_checkout_session(session_id=fact.checkout_session) if is_open else None
    if known is not None and known["status"] == "open":
        if (known["amount_total"], known["currency"]) == (fact.total_minor, fact.currency):
            return str(known["url"])
        client.close_checkout_session(session_id=fact.checkout_session)
    params = _session_params(fact, success_url=success_url, cancel_url=cancel_url, ends_at=ends_at)
    # Two clicks at once ask for the same page; one after the last page has ended asks for another.
    digest = hashlib.sha256(json.dumps([params, fact.checkout_session], sort_keys=True).encode()).hexdigest()
    session = client.create_checkout_session(
        params=params, idempotency_key=f"revenue-intel:checkout:{digest}"
    )
    try:
        replaced = transactions.run(partial(_keep_page, fact, session["id"]))
    except IllegalTransitionError:  # paid or canceled while the page was being made
        client.close_checkout_session(session_id=session["id"])
        raise
    if replaced:
        client.close_checkout_session(session_id=replaced)
    return str(session["url"])


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
    stock.reserve(
        order_reference=shop.describe(order).reference, lines=shop.stock_lines(order), expires_at=until
    )
    return lock_fact(shop, order)


def _keep_page(before: OrderFact, session_id: str) -> str:
    """Remember the order's page; return the one that somebody else has opened meanwhile, or nothing."""
    shop = get_shop()
    fact = lock_fact(shop, lock_order(shop, before.reference)[0])
    states.check_allowed("start_payment", fact)
    opened, fact.checkout_session = fact.checkout_session, session_id
    fact.save(update_fields=["checkout_session"])
    return "" if opened in (before.checkout_session, session_id) else opened


def _session_params(
    fact: OrderFact, *, success_url: str, cancel_url: str, ends_at: datetime
) -> dict[str, Any]:
    metadata = {"order_reference": fact.reference}
    params: dict[str, Any] = {
        "mode": "payment",
        "client_reference_id": fact.reference,
        "metadata": metadata,
        "payment_intent_data": {"metadata": metadata},
        "success_url": success_url,
        "cancel_url": cancel_url,
        "expires_at": int(ends_at.timestamp()),
        "line_items": [
            {
                "quantity": 1,
                "price_data": {
                    "currency": fact.currency,
                    "unit_amount": fact.total_minor,
                    "product_data": {"name": f"Order {fact.reference}"},
                },
            }
        ],
    }
    if fact.customer is not None and fact.customer.email:
        params["customer_email"] = fact.customer.email
    return params
