"""Calls to Stripe. ``stripe`` is imported when the first call is made, so that webhooks need no SDK."""

from __future__ import annotations

from importlib import import_module
from operator import attrgetter
from typing import Any, Final

from revenue_intel.conf import settings as conf
from revenue_intel.exceptions import ConfigurationError, PaymentGatewayError, PaymentRefusedError

SESSIONS: Final = "checkout.sessions"
SESSION_FIELDS: Final = ("id", "url", "status", "amount_total", "currency")
REFUND_FIELDS: Final = ("id", "status", "amount", "currency", "created", "charge")
#: Answers after which it is certain that nothing was done. A 409 is another request of the same key, a 429 a later try.
REFUSALS: Final = frozenset({400, 401, 402, 403, 404})


def create_checkout_session(*, params: dict[str, Any], idempotency_key: str) -> dict[str, Any]:
    """Create a Checkout Session and return it as :func:`get_checkout_session` does.

    Raises:
        ConfigurationError: there is no secret key.
        PaymentGatewayError: Stripe could not be reached or refused.
    """
    return _plain(_call(SESSIONS, "create", params, idempotency_key=idempotency_key), SESSION_FIELDS)


def get_checkout_session(*, session_id: str) -> dict[str, Any]:
    """Return a Checkout Session's ``id``, ``url``, ``status``, ``amount_total`` and ``currency``.

    Raises:
        ConfigurationError: there is no secret key.
        PaymentGatewayError: Stripe could not be reached or refused.
    """
    return _plain(_call(SESSIONS, "retrieve", session_id), SESSION_FIELDS)


def close_checkout_session(*, session_id: str) -> str:
    """Expire a Checkout Session if it is still open; return its status then: ``expired`` or ``complete``.

    Raises:
        ConfigurationError: there is no secret key.
        PaymentGatewayError: Stripe could not be reached or refused.
    """
    session = _call(SESSIONS, "retrieve", session_id)
    if session.status == "open":
        session = _call(SESSIONS, "expire", session_id)
    return str(session.status)


def create_refund(*, params: dict[str, Any], idempotency_key: str) -> dict[str, Any]:
    """Create a Refund; return its ``id``, ``status``, ``amount``, ``currency``, ``created`` and ``charge`` (an id).

    Raises:
        ConfigurationError: there is no secret key.
        PaymentRefusedError: Stripe refused; nothing was done.
        PaymentGatewayError: Stripe could not be reached, or did not say what it did.
    """
    return _plain(_call("refunds", "create", params, idempotency_key=idempotency_key), REFUND_FIELDS)


def _plain(answer: Any, names: tuple[str, ...]) -> dict[str, Any]:
    return {name: getattr(answer, name) for name in names}


def _call(resource: str, verb: str, *args: Any, **options: Any) -> Any:
    if not conf.STRIPE_SECRET_KEY:
        raise ConfigurationError("REVENUE_INTEL_STRIPE_SECRET_KEY is empty: Stripe cannot be asked.")
    stripe = import_module("stripe")
    addresses = {"api": conf.STRIPE_API_BASE} if conf.STRIPE_API_BASE else {}
    client = stripe.StripeClient(conf.STRIPE_SECRET_KEY, base_addresses=addresses, max_network_retries=2)
    # Majors before 13 have no ``v1`` namespace; from 13 on the bare one is deprecated.
    asked = attrgetter(resource)(getattr(client, "v1", client))
    try:
        return getattr(asked, verb)(*args, options=options or None)
    except stripe.StripeError as error:
        name = type(error).__name__
        if error.http_status in REFUSALS:
            raise PaymentRefusedError(f"Stripe refused the request; nothing was done ({name}).") from error
        raise PaymentGatewayError(f"Stripe refused or could not be reached ({name}).") from error
