"""Addresses that visitors are sent to."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from revenue_intel.testing.standin.faults import ApiFault
from revenue_intel.testing.standin.forms import Form
from revenue_intel.testing.standin.params import text

_PRINTABLE = re.compile(r"[!-~]+\Z")


def url(param: str, raw: str | Form) -> str:
    """Read an absolute web address; nothing else may end up in a link or a redirect."""
    value = text(param, raw)
    try:
        parts = urlsplit(value)
        sound = parts.scheme in ("http", "https") and bool(parts.hostname) and bool(_PRINTABLE.match(value))
    except ValueError:
        sound = False
    if not sound:
        raise ApiFault(
            "Not a valid URL: use an absolute one that starts with http:// or https://.",
            code="url_invalid",
            param=param,
        )
    return value


def after_payment(success_url: str, session: str) -> str:
    """Return the address a visitor goes to who paid."""
    return success_url.replace("{CHECKOUT_SESSION_ID}", session)
