"""Calls to Stripe. ``stripe`` is imported when the first call is made, so that webhooks need no SDK."""

from __future__ import annotations

import logging
from importlib import import_module
from typing import Any

from revenue_intel.conf import settings as conf
from revenue_intel.exceptions import ConfigurationError, PaymentGatewayError
from revenue_intel.kit import transactions

logger = logging.getLogger(__name__)


def create_checkout_session(*, params: dict[str, Any], idempotency_key: str) -> dict[str, Any]:
    """Create a Checkout Session and return it as :func:`get_checkout_session` does.

    Raises:
        ConfigurationError: there is no secret key.
        PaymentGatewayError: Stripe could not be reached or refused.
    """
    session = _call("create", params, idempotency_key=idempotency_key)
    return _plain(session)


def get_checkout_session(*, session_id: str) -> dict[str, Any]:
    """Return a Checkout Session's ``id``, ``url``, ``status``, ``amount_total`` and ``currency``.

    Raises:
        ConfigurationError: there is no secret key.
        PaymentGatewayError: Stripe could not be reached or refused.
    """
    return _plain(_call("retrieve", session_id))


def close_checkout_session(*, session_id: str) -> str:
    """Expire a Checkout Session if it is still open; return its status then: ``expired`` or ``complete``.

    Raises:
        ConfigurationError: there is no secret key.
        PaymentGatewayError: Stripe could not be reached or refused.
    """
    session = _call("retrieve", session_id)
    if session.status == "open":
        session = _call("expire", session_id)
    return str(session.status)


def _plain(session: Any) -> dict[str, Any]:
    return {name: getattr(session, name) for name in ("id", "url", "status", "amount_total", "currency")}


def _object_to_transaction() -> None:
    """Say that Stripe is asked within a transaction: whoever waits for its locks waits for Stripe. Tests raise here."""
    logger.error(
        "Stripe is asked while a transaction is open; its locks are held meanwhile.", stack_info=True
    )


def _call(verb: str, *args: Any, **options: Any) -> Any:
    if transactions.is_open():
        _object_to_transaction()
    if not conf.STRIPE_SECRET_KEY:
        raise ConfigurationError("REVENUE_INTEL_STRIPE_SECRET_KEY is empty: payments cannot be started.")
    stripe = import_module("stripe")
    addresses = {"api": conf.STRIPE_API_BASE} if conf.STRIPE_API_BASE else {}
    client = stripe.StripeClient(conf.STRIPE_SECRET_KEY, base_addresses=addresses, max_network_retries=2)
    # Majors before 13 have no ``v1`` namespace; from 13 on the bare one is deprecated.
    sessions = getattr(client, "v1", client).checkout.sessions
    try:
        return getattr(sessions, verb)(*args, options=options or None)
    except stripe.StripeError as error:
        raise PaymentGatewayError(
            f"Stripe refused or could not be reached ({type(error).__name__})."
        ) from error
