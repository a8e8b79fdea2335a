"""Start a payment: a Checkout Session whose amount and currency come from the order, never from the client."""

from __future__ import annotations

import hashlib
import json
from functools import partial
from typing import Any

from django.db import transaction

from revenue_intel.exceptions import IllegalTransitionError
from revenue_intel.facts import selectors as facts_read
from revenue_intel.facts.models import OrderFact
from revenue_intel.gateway import client
from revenue_intel.kit import transactions
from revenue_intel.orders import states
from revenue_intel.orders.lifecycle import get_shop, lock_for_command
from revenue_intel.shop import OrderState, find_shop


def start_payment(*, reference: str, success_url: str, cancel_url: str) -> str:
    """Return the address of the page on which the order can be paid.

    Called again it returns the same page while that is open; a page that asks for what the order no
    longer costs is closed first, and so is one that was made while the order was paid or canceled. Stripe
    is asked while no lock is held.

    Raises:
        OrderNotFoundError: there is no such order.
        IllegalTransitionError: it is paid or canceled.
        ConfigurationError: there is no secret key.
        PaymentGatewayError: Stripe could not be reached or refused.
    """
    fact = transactions.run(partial(_check_payable, reference))
    known = client.get_checkout_session(session_id=fact.checkout_session) if fact.checkout_session else None
    if known is not None and known["status"] == "open":
        if (known["amount_total"], known["currency"]) == (fact.total_minor, fact.currency):
            return str(known["url"])
        client.close_checkout_session(session_id=fact.checkout_session)
    params = _session_params(fact, success_url=success_url, cancel_url=cancel_url)
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


@transaction.atomic(savepoint=False)
def expire_checkout(*, reference: str, session_id: str) -> OrderState | None:
    """Forget an order's payment page that has expired, so that nothing waits for it; None without such an order.

    News of an older page changes nothing, and neither does the same news again.
    """
    shop = find_shop()
    if shop is None or shop.find_order(reference, lock=True) is None:
        return None
    _, fact = lock_for_command(shop, reference)
    if session_id and fact.checkout_session == session_id:
        fact.checkout_session = ""
        fact.save(update_fields=["checkout_session"])
    return facts_read.state_of(fact)


def _check_payable(reference: str) -> OrderFact:
    _, fact = lock_for_command(get_shop(), reference)
    states.check_allowed("start_payment", fact)
    return fact


def _keep_page(before: OrderFact, session_id: str) -> str:
    """Remember the order's page; return the one that somebody else has opened meanwhile, or nothing."""
    _, fact = lock_for_command(get_shop(), before.reference)
    states.check_allowed("start_payment", fact)
    opened, fact.checkout_session = fact.checkout_session, session_id
    fact.save(update_fields=["checkout_session"])
    return "" if opened in (before.checkout_session, session_id) else opened


def _session_params(fact: OrderFact, *, success_url: str, cancel_url: str) -> dict[str, Any]:
    metadata = {"order_reference": fact.reference}
    params: dict[str, Any] = {
        "mode": "payment",
        "client_reference_id": fact.reference,
        "metadata": metadata,
        "payment_intent_data": {"metadata": metadata},
        "success_url": success_url,
        "cancel_url": cancel_url,
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
