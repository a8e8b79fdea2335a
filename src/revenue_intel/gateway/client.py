"""Have Stripe do something: payments and refunds."""

from __future__ import annotations

from collections.abc import Callable
from operator import attrgetter
from typing import Any, Final

from revenue_intel.exceptions import PaymentRefusedError
from revenue_intel.gateway.api import ask

SESSIONS: Final = "checkout.sessions"
SESSION_FIELDS: Final = ("id", "url", "status", "amount_total", "currency")
INTENTS: Final = "payment_intents"
#: How the id of a PaymentIntent begins; everything else that can be paid on is a Checkout Session.
INTENT_PREFIX: Final = "pi_"
#: Statuses of a PaymentIntent that are no longer open, in the words of a session. Money that is authorised
#: or on its way counts as paid: it can only be waited for.
INTENT_ENDED: Final = {
    "canceled": "expired",
    "processing": "complete",
    "requires_capture": "complete",
    "succeeded": "complete",
}
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
    return _close(
        status=lambda: str(get_checkout_session(session_id=session_id)["status"]),
        end=lambda: str(_call(SESSIONS, "expire", session_id).status),
    )


def create_payment_intent(*, params: dict[str, Any], idempotency_key: str) -> dict[str, Any]:
    """Create a PaymentIntent and return it as :func:`get_payment_intent` does.

    Raises:
        ConfigurationError: there is no secret key.
        PaymentGatewayError: Stripe could not be reached or refused.
    """
    return _intent(_call(INTENTS, "create", params, idempotency_key=idempotency_key))


def get_payment_intent(*, payment_intent: str) -> dict[str, Any]:
    """Return a PaymentIntent's ``id``, ``client_secret``, ``amount_total`` and ``currency``, ``status`` as a session's.

    Raises:
        ConfigurationError: there is no secret key.
        PaymentGatewayError: Stripe could not be reached or refused.
    """
    return _intent(_call(INTENTS, "retrieve", payment_intent))


def cancel_payment_intent(*, payment_intent: str) -> str:
    """Cancel a PaymentIntent if it is still open; return its status then: ``expired`` or ``complete``.

    Raises:
        ConfigurationError: there is no secret key.
        PaymentGatewayError: Stripe could not be reached or refused.
    """
    return _close(
        status=lambda: str(get_payment_intent(payment_intent=payment_intent)["status"]),
        end=lambda: str(_intent(_call(INTENTS, "cancel", payment_intent))["status"]),
    )


def get_payment(*, payment_id: str) -> dict[str, Any]:
    """Return what can be paid on, a PaymentIntent or a Checkout Session: see their functions."""
    if payment_id.startswith(INTENT_PREFIX):
        return get_payment_intent(payment_intent=payment_id)
    return get_checkout_session(session_id=payment_id)


def close_payment(*, payment_id: str) -> str:
    """Let nobody pay on it any more, a PaymentIntent or a Checkout Session: see their functions."""
    if payment_id.startswith(INTENT_PREFIX):
        return cancel_payment_intent(payment_intent=payment_id)
    return close_checkout_session(session_id=payment_id)


def create_refund(*, params: dict[str, Any], idempotency_key: str) -> dict[str, Any]:
    """Create a Refund; return its ``id``, ``status``, ``amount``, ``currency``, ``created`` and ``charge`` (an id).

    Raises:
        ConfigurationError: there is no secret key.
        PaymentRefusedError: Stripe refused; nothing was done.
        PaymentGatewayError: Stripe could not be reached, or did not say what it did.
    """
    return _plain(_call("refunds", "create", params, idempotency_key=idempotency_key), REFUND_FIELDS)


def _close(*, status: Callable[[], str], end: Callable[[], str]) -> str:
    """End what is open; where Stripe refuses because it was paid, or ended by somebody else, meanwhile, say what it is now."""
    before = status()
    if before != "open":
        return before
    try:
        return end()
    except PaymentRefusedError:
        now = status()
        if now == "open":
            raise
        return now


def _intent(answer: Any) -> dict[str, Any]:
    known = _plain(answer, ("id", "client_secret", "status", "amount", "currency"))
    return {
        **known,
        "amount_total": known.pop("amount"),
        "status": INTENT_ENDED.get(known["status"], "open"),
    }


def _plain(answer: Any, names: tuple[str, ...]) -> dict[str, Any]:
    return {name: getattr(answer, name) for name in names}


def _call(resource: str, verb: str, *args: Any, **options: Any) -> Any:
    def call(client: Any) -> Any:
        # Majors before 13 have no ``v1`` namespace; from 13 on the bare one is deprecated.
        asked = attrgetter(resource)(getattr(client, "v1", client))
        return getattr(asked, verb)(*args, options=options or None)

    return ask(call)
