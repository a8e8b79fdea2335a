"""What the stand-in refuses: live keys anywhere near it, and webhooks to anything but this machine."""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Iterator
from typing import ClassVar
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from revenue_intel.exceptions import RevenueIntelError

_LIVE_PREFIXES = ("sk_live_", "rk_live_")
_ENVIRONMENT = ("STRIPE_SECRET_KEY", "STRIPE_API_KEY")
_SETTING = "REVENUE_INTEL_STRIPE_SECRET_KEY"


class StandinRefused(RevenueIntelError):
    """The Stripe stand-in refuses to run with this configuration."""

    code: ClassVar[str] = "standin_refused"


def _configured_keys(api_key: str) -> Iterator[tuple[str, str]]:
    yield "the api_key argument", api_key
    try:
        yield f"the setting {_SETTING}", str(getattr(settings, _SETTING, "") or "")
    except ImproperlyConfigured:  # used without Django settings, which is fine
        pass
    for name in _ENVIRONMENT:
        yield f"the environment variable {name}", os.environ.get(name, "")


def refuse_live_keys(api_key: str) -> None:
    """Refuse when a live key is given or configured; its value is never shown.

    Raises:
        StandinRefused: the message says where the key was found.
    """
    for place, key in _configured_keys(api_key):
        if is_live_key(key):
            raise StandinRefused(
                f"The Stripe stand-in does not run beside a live key, and there is one in {place}. "
                "Use a test key (sk_test_…) there, or talk to Stripe itself."
            )


def is_live_key(key: str) -> bool:
    """Tell whether a key can move real money."""
    return key.strip().startswith(_LIVE_PREFIXES)


def refuse_remote(webhook_url: str) -> None:
    """Refuse a webhook address that is not on this machine.

    Raises:
        StandinRefused: not an ``http`` URL, or the host is not a loopback address.
    """
    try:
        parts = urlsplit(webhook_url)
        loopback = parts.scheme == "http" and _is_loopback(parts.hostname or "") and parts.port != 0
    except ValueError:
        loopback = False
    if not loopback:
        raise StandinRefused(
            f"The Stripe stand-in posts webhooks to this machine only, not to {webhook_url!r}. "
            "Use a URL like http://127.0.0.1:8000/payments/webhook/."
        )


def _is_loopback(host: str) -> bool:
    return host == "localhost" or ipaddress.ip_address(host).is_loopback
