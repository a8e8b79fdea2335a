"""Have Stripe do something: pay pages and refunds."""

from __future__ import annotations

from operator import attrgetter
from typing import Any, Final

from revenue_intel.gateway.api import ask

SESSIONS: Final = "checkout.sessions"
SESSION_FIELDS: Final = ("id", "url", "status", "amount_total", "currency")
REFUND_FIELDS: Final = ("id", "status", "amount", "currency", "created", "charge")


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
    def call(client: Any) -> Any:
        # Majors before 13 have no ``v1`` namespace; from 13 on the bare one is deprecated.
        asked = attrgetter(resource)(getattr(client, "v1", client))
        return getattr(asked, verb)(*args, options=options or None)

    return ask(call)
