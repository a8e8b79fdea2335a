"""Which Stripe the shop talks to: the real one when keys are in the environment, else the stand-in.

Kept apart from the settings modules because three of them ask.
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

STAND_IN_SECRET_KEY = "sk_test_standin"  # noqa: S105 - the stand-in takes any test key
STAND_IN_WEBHOOK_SECRET = "whsec_demo"  # noqa: S105 - shared with the stand-in on this machine only
STAND_IN_ADDRESS = "http://127.0.0.1:12111"
STRIPE_HOSTED_PAGE = "https://checkout.stripe.com"


def split_list(text: str) -> list[str]:
    """Split a comma-separated variable; blanks around and between the items do not count."""
    return [item.strip() for item in text.split(",") if item.strip()]


def is_live_key(key: str) -> bool:
    """Tell a key that moves real money (secret or restricted) from a test key."""
    return key.startswith(("sk_live_", "rk_live_"))


def stripe_settings(environ: Mapping[str, str]) -> dict[str, object]:
    """Work out the package's Stripe settings from environment variables.

    Args:
        environ: usually ``os.environ``. Read: ``STRIPE_SECRET_KEY``, ``STRIPE_WEBHOOK_SECRETS``
            (comma-separated) and, without a key, ``STRIPE_API_BASE`` (address of the stand-in).
    """
    key = environ.get("STRIPE_SECRET_KEY", "").strip()
    if key:
        return {
            "REVENUE_INTEL_STRIPE_SECRET_KEY": key,
            "REVENUE_INTEL_STRIPE_API_BASE": "",
            "REVENUE_INTEL_STRIPE_WEBHOOK_SECRETS": split_list(environ.get("STRIPE_WEBHOOK_SECRETS", "")),
            "REVENUE_INTEL_LIVEMODE": is_live_key(key),
        }
    return {
        "REVENUE_INTEL_STRIPE_SECRET_KEY": STAND_IN_SECRET_KEY,
        "REVENUE_INTEL_STRIPE_API_BASE": environ.get("STRIPE_API_BASE", STAND_IN_ADDRESS),
        "REVENUE_INTEL_STRIPE_WEBHOOK_SECRETS": [STAND_IN_WEBHOOK_SECRET],
        "REVENUE_INTEL_LIVEMODE": False,
    }


def hosted_page_origin(api_base: str) -> str:
    """Return the origin of the hosted payment page, for the form-action of the content security policy.

    The *Pay* button posts to us and is redirected there; browsers apply form-action to the redirect too.
    """
    if not api_base:
        return STRIPE_HOSTED_PAGE
    parts = urlsplit(api_base)
    return f"{parts.scheme}://{parts.netloc}"
