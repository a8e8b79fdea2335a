"""Calls to Stripe. ``stripe`` is imported when the first call is made, so that webhooks need no SDK."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from importlib import import_module
from typing import Any, Final

from revenue_intel.conf import settings as conf
from revenue_intel.exceptions import ConfigurationError, PaymentGatewayError

#: How many objects Stripe gives at once, at most.
PAGE: Final = 100


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


def list_refunds(*, charge: str, account: str = "") -> list[dict[str, Any]]:
    """Return every refund of a charge as plain JSON.

    Raises:
        ConfigurationError: there is no secret key.
        PaymentGatewayError: Stripe could not be reached or refused.
    """
    refunds: list[dict[str, Any]] = []
    more = True
    while more:
        params: dict[str, Any] = {"charge": charge, "limit": PAGE}
        if refunds:
            params["starting_after"] = refunds[-1]["id"]
        page, more = _list("refunds", params, account=account)
        refunds += page
    return refunds


def list_balance_transactions(
    *, since: datetime | None = None, payout: str = "", account: str = "", starting_after: str = ""
) -> tuple[list[dict[str, Any]], bool]:
    """Return a page of balance transactions as plain JSON, newest first, and whether there are more.

    Args:
        since: only those created then or later.
        payout: only those of this automatic payout.
        account: the connected account; empty for the shop's own.
        starting_after: the last id of the page before.

    Raises:
        ConfigurationError: there is no secret key.
        PaymentGatewayError: Stripe could not be reached or refused.
    """
    params: dict[str, Any] = {"limit": PAGE}
    if since is not None:
        params["created"] = {"gte": int(since.timestamp())}
    if payout:
        params["payout"] = payout
    if starting_after:
        params["starting_after"] = starting_after
    return _list("balance_transactions", params, account=account)


def is_live() -> bool:
    """Say whether the secret key moves real money."""
    return "_live_" in conf.STRIPE_SECRET_KEY


def _list(resource: str, params: dict[str, Any], *, account: str) -> tuple[list[dict[str, Any]], bool]:
    options = {"stripe_account": account} if account else None
    answer = _ask(lambda api: getattr(api, resource).list(params, options=options))
    page = json.loads(str(answer))  # the one way to plain JSON that every major of the SDK has
    return page["data"], bool(page["has_more"]) and bool(page["data"])


def _plain(session: Any) -> dict[str, Any]:
    return {name: getattr(session, name) for name in ("id", "url", "status", "amount_total", "currency")}


def _call(verb: str, *args: Any, **options: Any) -> Any:
    return _ask(lambda api: getattr(api.checkout.sessions, verb)(*args, options=options or None))


def _ask(question: Callable[[Any], Any]) -> Any:
    if not conf.STRIPE_SECRET_KEY:
        raise ConfigurationError("REVENUE_INTEL_STRIPE_SECRET_KEY is empty: Stripe cannot be asked.")
    stripe = import_module("stripe")
    addresses = {"api": conf.STRIPE_API_BASE} if conf.STRIPE_API_BASE else {}
    client = stripe.StripeClient(conf.STRIPE_SECRET_KEY, base_addresses=addresses, max_network_retries=2)
    try:
        # Majors before 13 have no ``v1`` namespace; from 13 on the bare one is deprecated.
        return question(getattr(client, "v1", client))
    except stripe.StripeError as error:
        raise PaymentGatewayError(
            f"Stripe refused or could not be reached ({type(error).__name__})."
        ) from error
