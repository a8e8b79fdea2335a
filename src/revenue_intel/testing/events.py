"""Stripe payloads for tests: objects and events as the newest API version sends them.

The stand-in makes its own objects here, and so do this package's tests and those of its hosts. Every
factory takes keywords only and has defaults for all of them; keys that have no parameter are set
through ``**fields``. Amounts are in minor units, times in Unix seconds.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from revenue_intel.testing.balance import balance_transaction, dispute, payout
from revenue_intel.testing.old_shapes import as_of_2020
from revenue_intel.testing.payloads import (
    CREATED,
    Payload,
    address,
    checkout_session,
    customer,
    customer_details,
    ids,
    line_item,
    nulls,
)

__all__ = [
    "API_VERSION",
    "CREATED",
    "Payload",
    "as_of_2020",
    "balance_transaction",
    "card_details",
    "charge",
    "checkout_session",
    "customer",
    "customer_details",
    "dispute",
    "event",
    "line_item",
    "payment_intent",
    "payout",
    "refund",
    "refund_failure",
]

#: The API version whose shapes these factories follow.
API_VERSION = "2026-10-28.endive"

_PAYMENT_INTENT_NULLS = (
    "application application_fee_amount canceled_at cancellation_reason customer_account "
    "excluded_payment_method_types last_payment_error next_action on_behalf_of "
    "payment_method_configuration_details processing review setup_future_usage shipping source "
    "statement_descriptor statement_descriptor_suffix transfer_data transfer_group"
)


def payment_intent(
    *,
    id: str | None = None,  # noqa: A002 - Stripe's own key
    amount: int = 2500,
    currency: str = "gbp",
    status: str = "succeeded",
    created: int = CREATED,
    customer: str | None = None,
    latest_charge: str | None = None,
    payment_method: str | None = None,
    metadata: Mapping[str, str] | None = None,
    description: str | None = None,
    receipt_email: str | None = None,
    livemode: bool = False,
    **fields: Any,
) -> Payload:
    """Build a PaymentIntent; ``amount_received`` follows from ``status``."""
    identifier = id or ids.new("payment_intent")
    return {
        **nulls(_PAYMENT_INTENT_NULLS),
        "id": identifier,
        "object": "payment_intent",
        "amount": amount,
        "amount_capturable": 0,
        "amount_details": {"tip": {}},
        "amount_received": amount if status == "succeeded" else 0,
        "automatic_payment_methods": {"allow_redirects": "always", "enabled": True},
        "capture_method": "automatic_async",
        "client_secret": f"{identifier}_secret_{ids.new('secret')}",
        "confirmation_method": "automatic",
        "created": created,
        "currency": currency,
        "customer": customer,
        "description": description,
        "latest_charge": latest_charge,
        "livemode": livemode,
        "metadata": dict(metadata or {}),
        "payment_method": payment_method,
        "payment_method_options": {"card": {"request_three_d_secure": "automatic"}},
        "payment_method_types": ["card"],
        "receipt_email": receipt_email,
        "status": status,
        **fields,
    }


_CHARGE_NULLS = (
    "application application_fee application_fee_amount balance_transaction failure_balance_transaction "
    "failure_code failure_message on_behalf_of receipt_number review shipping source source_transfer "
    "statement_descriptor statement_descriptor_suffix transfer_data transfer_group"
)


def card_details(*, brand: str = "visa", last4: str = "4242") -> Payload:
    """Build the ``payment_method_details`` of a card payment."""
    checks = nulls("address_line1_check address_postal_code_check")
    return {
        "card": {
            **nulls("amount_authorized authorization_code installments mandate three_d_secure wallet"),
            "brand": brand,
            "checks": {**checks, "cvc_check": "pass"},
            "country": "US",
            "exp_month": 12,
            "exp_year": 2034,
            "fingerprint": "standinstandin42",
            "funding": "credit",
            "last4": last4,
            "network": brand,
            "network_token": {"used": False},
        },
        "type": "card",
    }


def _outcome(*, paid: bool, reason: str | None) -> Payload:
    return {
        **nulls("advice_code network_advice_code network_decline_code"),
        "network_status": "approved_by_network" if paid else "declined_by_network",
        "reason": None if paid else reason,
        "risk_level": "normal",
        "risk_score": 1,
        "seller_message": "Payment complete." if paid else "The bank did not accept the payment.",
        "type": "authorized" if paid else "issuer_declined",
    }


def charge(
    *,
    id: str | None = None,  # noqa: A002 - Stripe's own key
    amount: int = 2500,
    currency: str = "gbp",
    status: str = "succeeded",
    amount_refunded: int = 0,
    created: int = CREATED,
    payment_intent: str | None = None,
    customer: str | None = None,
    payment_method: str | None = None,
    metadata: Mapping[str, str] | None = None,
    description: str | None = None,
    email: str | None = None,
    livemode: bool = False,
    **fields: Any,
) -> Payload:
    """Build a charge; what was captured and whether it is fully refunded follow from the rest."""
    paid = status == "succeeded"
    return {
        **nulls(_CHARGE_NULLS),
        "id": id or ids.new("charge"),
        "object": "charge",
        "amount": amount,
        "amount_captured": amount if paid else 0,
        "amount_refunded": amount_refunded,
        "billing_details": {"address": address(), "email": email, **nulls("name phone tax_id")},
        "calculated_statement_descriptor": "STANDIN" if paid else None,
        "captured": paid,
        "created": created,
        "currency": currency,
        "customer": customer,
        "description": description,
        "disputed": False,
        "fraud_details": {},
        "livemode": livemode,
        "metadata": dict(metadata or {}),
        "outcome": _outcome(paid=paid, reason="generic_decline"),
        "paid": paid,
        "payment_intent": payment_intent,
        "payment_method": payment_method,
        "payment_method_details": card_details(),
        "radar_options": {},
        "receipt_email": email,
        "receipt_url": None,
        "refunded": paid and amount_refunded >= amount,
        "status": status,
        **fields,
    }


def refund_failure(reason: str = "unknown") -> Payload:
    """Build the keys that a refund has only once it failed."""
    return {"failure_reason": reason, "failure_balance_transaction": ids.new("balance_transaction")}


def refund(
    *,
    id: str | None = None,  # noqa: A002 - Stripe's own key
    amount: int = 2500,
    currency: str = "gbp",
    status: str = "succeeded",
    created: int = CREATED,
    charge: str | None = None,
    payment_intent: str | None = None,
    customer: str | None = None,
    payment_method: str | None = None,
    reason: str | None = None,
    metadata: Mapping[str, str] | None = None,
    **fields: Any,
) -> Payload:
    """Build a refund. Stripe sends no ``livemode`` with it, and a failure's keys only once it failed."""
    destination = {"reference_status": "pending", "reference_type": "acquirer_reference_number"}
    return {
        **nulls("balance_transaction customer_account receipt_number"),
        **nulls("source_transfer_reversal transfer_reversal"),
        "id": id or ids.new("refund"),
        "object": "refund",
        "amount": amount,
        "charge": charge,
        "created": created,
        "currency": currency,
        "customer": customer,
        "destination_details": {"card": {**destination, "type": "refund"}, "type": "card"},
        "metadata": dict(metadata or {}),
        "payment_intent": payment_intent,
        "payment_method": payment_method,
        "reason": reason,
        "status": status,
        **({"pending_reason": "processing"} if status == "pending" else {}),
        **(refund_failure() if status == "failed" else {}),
        **fields,
    }


def event(
    type: str,  # noqa: A002 - Stripe's own key
    object: Mapping[str, Any],  # noqa: A002 - Stripe's own key
    *,
    created: int = CREATED,
    livemode: bool = False,
    id: str | None = None,  # noqa: A002 - Stripe's own key
    account: str | None = None,
    previous_attributes: Mapping[str, Any] | None = None,
    request: Mapping[str, str | None] | None = None,
    api_version: str = API_VERSION,
    pending_webhooks: int = 1,
) -> Payload:
    """Build a snapshot event around an object.

    Args:
        type: the event type, for example ``payment_intent.succeeded``.
        object: the whole object as of the event.
        created: Unix seconds.
        livemode: whether it happened with real money.
        id: ``evt_…``; random when not given.
        account: the connected account, for Connect endpoints; the key is absent without it, as at Stripe.
        previous_attributes: changed keys with their old values; absent without it.
        request: the API call behind the event; both values null when it was automatic.
        api_version: the version that rendered the object.
        pending_webhooks: deliveries that are still to be answered.
    """
    data: Payload = {"object": dict(object)}
    if previous_attributes is not None:
        data["previous_attributes"] = dict(previous_attributes)
    payload: Payload = {
        "id": id or ids.new("event"),
        "object": "event",
        "api_version": api_version,
        "created": created,
        "data": data,
        "livemode": livemode,
        "pending_webhooks": pending_webhooks,
        "request": dict(request) if request else {"id": None, "idempotency_key": None},
        "type": type,
    }
    if account is not None:
        payload["account"] = account
    return payload
