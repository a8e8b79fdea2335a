"""Ask Stripe for what is there, as plain JSON: no class of any SDK major gets further than this module."""

from __future__ import annotations

import json
from collections.abc import Mapping
from http import HTTPStatus
from importlib import import_module
from typing import Any, Final
from urllib.parse import quote

from revenue_intel.conf import settings as conf
from revenue_intel.exceptions import (
    ConfigurationError,
    GatewayUnreachableError,
    PaymentGatewayError,
    UnsupportedShapeError,
)

#: How many objects Stripe gives at once, at most.
PAGE: Final = 100


def list_webhook_endpoints() -> list[dict[str, Any]]:
    """Return the account's webhook endpoints: ``id``, ``url``, ``status`` and ``enabled_events`` among other keys.

    Raises:
        ConfigurationError: there is no secret key, or no SDK.
        PaymentGatewayError: Stripe could not be reached or refused.
    """
    found: list[dict[str, Any]] = []
    more = True
    while more:
        after = {"starting_after": found[-1]["id"]} if found else {}
        page = get("/v1/webhook_endpoints", {"limit": PAGE, **after})
        found += page["data"]
        more = bool(page["has_more"] and page["data"])
    return found


def get_snapshot_event(*, thin_event_id: str, context: str, account: str) -> dict[str, Any]:
    """Return the snapshot event that tells in full what a thin event announces: two requests.

    Args:
        thin_event_id: the thin event's id.
        context: its ``context``, empty where it has none.
        account: the connected account that it belongs to; empty for the key's own.

    Raises:
        ConfigurationError: there is no secret key, or no SDK.
        GatewayUnreachableError: Stripe could not be reached; asking again may help.
        PaymentGatewayError: Stripe refused.
        UnsupportedShapeError: Stripe names no snapshot event.
    """
    thin = get(f"/v2/core/events/{quote(thin_event_id, safe='')}", context=context)
    name = thin.get("snapshot_event")
    if not isinstance(name, str) or not name:
        raise UnsupportedShapeError("The thin event has no snapshot event.")
    return get(f"/v1/events/{quote(name, safe='')}", account=account)


def get(
    path: str, params: Mapping[str, Any] | None = None, *, account: str = "", context: str = ""
) -> dict[str, Any]:
    """Return what Stripe answers for ``path``.

    Args:
        path: such as ``/v1/events/evt_1``.
        params: of the query.
        account: the connected account in whose name it is asked; empty for the key's own.
        context: the same, as paths that begin with ``/v2/`` want it.

    Raises:
        ConfigurationError: there is no secret key, or no SDK.
        GatewayUnreachableError: Stripe could not be reached; asking again may help.
        PaymentGatewayError: Stripe refused.
    """
    if not conf.STRIPE_SECRET_KEY:
        raise ConfigurationError("REVENUE_INTEL_STRIPE_SECRET_KEY is empty: Stripe cannot be asked.")
    try:
        stripe = import_module("stripe")
    except ImportError as error:
        raise ConfigurationError("The package stripe is not installed: Stripe cannot be asked.") from error
    addresses = {"api": conf.STRIPE_API_BASE} if conf.STRIPE_API_BASE else {}
    client = stripe.StripeClient(conf.STRIPE_SECRET_KEY, base_addresses=addresses, max_network_retries=2)
    named = {"stripe_account": account, "stripe_context": context}
    options = {name: value for name, value in named.items() if value}
    try:
        answer = client.raw_request("get", path, **(params or {}), **options)
    except stripe.StripeError as error:
        name, status = type(error).__name__, error.http_status
        if (
            status is None
            or status == HTTPStatus.TOO_MANY_REQUESTS
            or status >= HTTPStatus.INTERNAL_SERVER_ERROR
        ):
            raise GatewayUnreachableError(f"Stripe could not be reached ({name}).") from error
        raise PaymentGatewayError(f"Stripe refused the request ({name}).") from error
    body: dict[str, Any] = json.loads(answer.body)
    return body
