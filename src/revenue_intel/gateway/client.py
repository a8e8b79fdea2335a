"""Calls to Stripe. ``stripe`` is imported when the first call is made, so that webhooks need no SDK."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping
from datetime import datetime
from importlib import import_module
from typing import Any, Final

from revenue_intel.conf import settings as conf
from revenue_intel.exceptions import ConfigurationError, PaymentGatewayError, RateLimitedError
from revenue_intel.kit import transactions

logger = logging.getLogger(__name__)

#: How many objects Stripe lists at once, at most.
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


def list_events(
    *, since: datetime, until: datetime, starting_after: str = "", account: str = ""
) -> tuple[list[dict[str, Any]], bool]:
    """Return up to a hundred events, newest first, and whether there are more behind the last of them.

    Args:
        since: the earliest instant of creation. Stripe lists 30 days back.
        until: the instant of creation that is too late.
        starting_after: the id of the event behind which to go on.
        account: the connected account to ask about; empty for the key's own.

    Raises:
        ConfigurationError: there is no secret key.
        PaymentGatewayError: Stripe could not be reached or refused; RateLimitedError where it was asked too often.
    """
    created = {"gte": int(since.timestamp()), "lt": int(until.timestamp())}
    return _list("events", {"created": created}, starting_after=starting_after, account=account)


def list_refunds(*, charge: str, account: str = "") -> list[dict[str, Any]]:
    """Return every refund of a charge as plain JSON.

    Raises:
        ConfigurationError: there is no secret key.
        PaymentGatewayError: Stripe could not be reached or refused; RateLimitedError where it was asked too often.
    """
    refunds: list[dict[str, Any]] = []
    more = True
    while more:
        after = refunds[-1]["id"] if refunds else ""
        page, more = _list("refunds", {"charge": charge}, starting_after=after, account=account)
        refunds += page
        more = more and bool(page)
    return refunds


def list_balance_transactions(
    *, since: datetime | None = None, payout: str = "", starting_after: str = "", account: str = ""
) -> tuple[list[dict[str, Any]], bool]:
    """Return up to a hundred balance transactions, newest first, and whether there are more behind the last.

    Args:
        since: the earliest instant of creation; None: all there are.
        payout: only those of this automatic payout.
        starting_after: the id of the one behind which to go on.
        account: the connected account to ask about; empty for the key's own.

    Raises:
        ConfigurationError: there is no secret key.
        PaymentGatewayError: Stripe could not be reached or refused; RateLimitedError where it was asked too often.
    """
    params: dict[str, Any] = {"payout": payout} if payout else {}
    if since is not None:
        params["created"] = {"gte": int(since.timestamp())}
    return _list("balance_transactions", params, starting_after=starting_after, account=account)


def is_live() -> bool:
    """Say whether the secret key moves real money."""
    return "_live_" in conf.STRIPE_SECRET_KEY


def _list(
    resource: str, params: dict[str, Any], *, starting_after: str, account: str
) -> tuple[list[dict[str, Any]], bool]:
    asked = {**params, "limit": PAGE}
    if starting_after:
        asked["starting_after"] = starting_after
    if account:
        asked["stripe_account"] = account
    answer = _ask(lambda client: client.raw_request("get", f"/v1/{resource}", **asked))
    page = json.loads(answer.body)
    return page["data"], bool(page["has_more"])


def _plain(session: Any) -> dict[str, Any]:
    return {name: getattr(session, name) for name in ("id", "url", "status", "amount_total", "currency")}


def _object_to_transaction() -> None:
    """Say that Stripe is asked within a transaction: whoever waits for its locks waits for Stripe. Tests raise here."""
    logger.error(
        "Stripe is asked while a transaction is open; its locks are held meanwhile.", stack_info=True
    )


def _call(verb: str, *args: Any, **options: Any) -> Any:
    def call(client: Any) -> Any:
        # Majors before 13 have no ``v1`` namespace; from 13 on the bare one is deprecated.
        return getattr(getattr(client, "v1", client).checkout.sessions, verb)(*args, options=options or None)

    return _ask(call)


def _ask(call: Callable[[Any], Any]) -> Any:
    if transactions.is_open():
        _object_to_transaction()
    if not conf.STRIPE_SECRET_KEY:
        raise ConfigurationError("REVENUE_INTEL_STRIPE_SECRET_KEY is empty: Stripe cannot be asked.")
    stripe = import_module("stripe")
    addresses = {"api": conf.STRIPE_API_BASE} if conf.STRIPE_API_BASE else {}
    client = stripe.StripeClient(conf.STRIPE_SECRET_KEY, base_addresses=addresses, max_network_retries=2)
    try:
        return call(client)
    except stripe.RateLimitError as error:
        raise RateLimitedError(retry_after_seconds=_retry_after(error.headers)) from error
    except stripe.StripeError as error:
        raise PaymentGatewayError(
            f"Stripe refused or could not be reached ({type(error).__name__})."
        ) from error


def _retry_after(headers: Mapping[str, str] | None) -> float | None:
    """Return the seconds that Stripe asks to wait; None where it does not say, or says something else."""
    said = {name.lower(): value for name, value in (headers or {}).items()}.get("retry-after", "")
    return float(said) if said.isascii() and said.isdigit() else None
