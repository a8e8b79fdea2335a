"""Ask Stripe for what is there, as plain JSON: no class of any SDK major gets further than this module."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final
from urllib.parse import quote

from revenue_intel.exceptions import UnsupportedShapeError
from revenue_intel.gateway.api import ask

#: How many objects Stripe lists at once, at most.
PAGE: Final = 100
#: Up to a hundred objects, newest first, and whether there are more behind the last of them.
Page = tuple[list[dict[str, Any]], bool]


def list_events(*, since: datetime, until: datetime, starting_after: str = "", account: str = "") -> Page:
    """Return a page of events.

    Args:
        since: the earliest instant of creation. Stripe lists 30 days back.
        until: the instant of creation that is too late.
        starting_after: the id of the event behind which to go on.
        account: the connected account to ask about; empty for the key's own.

    Raises:
        ConfigurationError: there is no secret key, or no SDK.
        PaymentGatewayError: Stripe could not be reached or refused; RateLimitedError where it was asked too often.
    """
    created = {"gte": int(since.timestamp()), "lt": int(until.timestamp())}
    return _list("events", {"created": created}, starting_after=starting_after, account=account)


def list_balance_transactions(
    *, since: datetime | None = None, payout: str = "", starting_after: str = "", account: str = ""
) -> Page:
    """Return a page of balance transactions.

    Args:
        since: the earliest instant of creation; None: all there are.
        payout: only those of this automatic payout.
        starting_after: the id of the one behind which to go on.
        account: the connected account to ask about; empty for the key's own.

    Raises:
        ConfigurationError: there is no secret key, or no SDK.
        PaymentGatewayError: Stripe could not be reached or refused; RateLimitedError where it was asked too often.
    """
    params: dict[str, Any] = {"payout": payout} if payout else {}
    if since is not None:
        params["created"] = {"gte": int(since.timestamp())}
    return _list("balance_transactions", params, starting_after=starting_after, account=account)


def list_refunds(*, charge: str, account: str = "") -> list[dict[str, Any]]:
    """Return every refund of a charge.

    Raises:
        ConfigurationError: there is no secret key, or no SDK.
        PaymentGatewayError: Stripe could not be reached or refused; RateLimitedError where it was asked too often.
    """
    return _list_all("refunds", {"charge": charge}, account=account)


def list_webhook_endpoints() -> list[dict[str, Any]]:
    """Return the account's webhook endpoints: ``id``, ``url``, ``status`` and ``enabled_events`` among other keys.

    Raises:
        ConfigurationError: there is no secret key, or no SDK.
        PaymentGatewayError: Stripe could not be reached or refused.
    """
    return _list_all("webhook_endpoints", {}, account="")


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
    named = {"stripe_account": account, "stripe_context": context}
    options = {name: value for name, value in named.items() if value}
    answer = ask(lambda client: client.raw_request("get", path, **(params or {}), **options))
    body: dict[str, Any] = json.loads(answer.body)
    return body


def _list(resource: str, params: dict[str, Any], *, starting_after: str, account: str) -> Page:
    after = {"starting_after": starting_after} if starting_after else {}
    page = get(f"/v1/{resource}", {**params, "limit": PAGE, **after}, account=account)
    return page["data"], bool(page["has_more"])


def _list_all(resource: str, params: dict[str, Any], *, account: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    has_more = True
    while has_more:
        after = found[-1]["id"] if found else ""
        page, has_more = _list(resource, params, starting_after=after, account=account)
        found += page
        has_more = has_more and bool(page)
    return found
