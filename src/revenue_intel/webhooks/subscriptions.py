"""Which event types the endpoints at Stripe subscribe to, beside those that have a handler."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

from revenue_intel.webhooks import registry
from revenue_intel.webhooks.endpoints import all_endpoints

#: What an endpoint subscribes to that is sent every type but a few.
EVERYTHING: Final = "*"


@dataclass(frozen=True, kw_only=True)
class Subscription:
    """One endpoint at Stripe that leads here: which types it lacks, and which it need not be sent."""

    url: str
    missing: tuple[str, ...]
    needless: tuple[str, ...]


def compare_subscriptions(at_stripe: Iterable[Mapping[str, Any]]) -> list[Subscription]:
    """Return the enabled endpoints whose path is one of ours, each compared with the types that have a handler."""
    paths = {endpoint.path for endpoint in all_endpoints()}
    required = set(registry.event_types())
    compared = []
    for endpoint in at_stripe:
        if endpoint["status"] != "enabled" or urlsplit(endpoint["url"]).path not in paths:
            continue
        subscribed = set(endpoint["enabled_events"])
        missing = set() if EVERYTHING in subscribed else required - subscribed
        compared.append(
            Subscription(
                url=endpoint["url"],
                missing=tuple(sorted(missing)),
                needless=tuple(sorted(subscribed - required)),
            )
        )
    return sorted(compared, key=lambda subscription: subscription.url)
