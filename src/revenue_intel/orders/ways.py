"""The two ways in which an order can be paid: Stripe's page, or a form of the host's own (Stripe Elements)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal

from revenue_intel.facts.models import OrderFact
from revenue_intel.gateway import client

#: A Checkout Session, or a PaymentIntent.
Mode = Literal["checkout", "payment_intent"]


@dataclass(frozen=True, kw_only=True)
class Way:
    """How to open a payment at Stripe, and under which name the customer's way to it stands in the answer."""

    create: Callable[..., dict[str, Any]]
    params: Callable[[OrderFact, str, str, datetime], dict[str, Any]]
    answer: str


def _page(fact: OrderFact, success_url: str, cancel_url: str, ends_at: datetime) -> dict[str, Any]:
    metadata = {"order_reference": fact.reference}
    params: dict[str, Any] = {
        "mode": "payment",
        "client_reference_id": fact.reference,
        "metadata": metadata,
        "payment_intent_data": {"metadata": metadata},
        "success_url": success_url,
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
    if cancel_url:  # Stripe refuses an empty one
        params["cancel_url"] = cancel_url
    if fact.customer is not None and fact.customer.email:
        params["customer_email"] = fact.customer.email
    return params


def _intent(fact: OrderFact, _success_url: str, _cancel_url: str, _ends_at: datetime) -> dict[str, Any]:
    """A PaymentIntent never ends by itself: it is canceled when its order's stock is overdue."""
    return {
        "amount": fact.total_minor,
        "currency": fact.currency,
        "metadata": {"order_reference": fact.reference},
        "automatic_payment_methods": {"enabled": True},
    }


WAYS: Final[Mapping[Mode, Way]] = {
    "checkout": Way(
        create=lambda **asked: client.create_checkout_session(**asked), params=_page, answer="url"
    ),
    "payment_intent": Way(
        create=lambda **asked: client.create_payment_intent(**asked), params=_intent, answer="client_secret"
    ),
}
