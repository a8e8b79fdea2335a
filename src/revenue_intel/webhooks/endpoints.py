"""The endpoints that Stripe delivers to: which secrets sign for each, and which events each takes."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.urls import reverse

from revenue_intel.conf import settings as conf
from revenue_intel.gateway.signatures import usable_secrets

#: The source of events that come in at ``payments/webhook/``; no endpoint can be named so.
DEFAULT: Final = "default"
NAME: Final = re.compile(r"[-\w]{1,64}", re.ASCII)
OPTIONS: Final = frozenset({"secrets", "livemode", "connect"})
#: Why an endpoint does not take an event.
LIVEMODE_NOT_TAKEN: Final = "livemode_not_taken"
ACCOUNT_NOT_TAKEN: Final = "account_not_taken"
REFUSALS: Final = frozenset({LIVEMODE_NOT_TAKEN, ACCOUNT_NOT_TAKEN})


@dataclass(frozen=True, kw_only=True)
class Endpoint:
    """One endpoint. ``livemode`` is the one mode it takes, None for both; ``connect``: events of connected accounts."""

    name: str
    secrets: tuple[str, ...]
    livemode: bool | None
    connect: bool

    @property
    def path(self) -> str:
        """Where it is served."""
        if self.name == DEFAULT:
            return reverse("payments:webhook")
        return reverse("payments:webhook-endpoint", args=[self.name])

    def find_refusal(self, *, livemode: bool, account: str) -> str:
        """Return the reason for which this endpoint takes no such event; empty where it takes it."""
        if self.livemode is not None and livemode is not self.livemode:
            return LIVEMODE_NOT_TAKEN
        return ACCOUNT_NOT_TAKEN if account and not self.connect else ""


#: Where events count as delivered that Stripe was asked for with our own key: all of them are taken.
LISTED: Final = Endpoint(name=DEFAULT, secrets=(), livemode=None, connect=True)


def find_endpoint(name: str = "") -> Endpoint | None:
    """Return the endpoint of that name, the default one without a name, or None where it is off or unknown."""
    if not name:
        # What it takes is not said by a policy of its own: REVENUE_INTEL_LIVEMODE says what settles orders.
        secrets = usable_secrets(conf.STRIPE_WEBHOOK_SECRETS)
        return Endpoint(name=DEFAULT, secrets=secrets, livemode=None, connect=True) if secrets else None
    endpoint = _find_configured(name)
    return endpoint if endpoint and endpoint.secrets else None


def find_refusal_now(*, source: str, livemode: bool, account: str, refused: str = "") -> str:
    """Return the reason for which the endpoint ``source`` would take no such event today; empty where it would.

    One that is off has a policy still. Of one that is not configured any more ``refused`` stands: its last answer.
    """
    endpoint = LISTED if source == DEFAULT else _find_configured(source)
    if endpoint is None:
        return refused if refused in REFUSALS else ""
    return endpoint.find_refusal(livemode=livemode, account=account)


def all_endpoints() -> list[Endpoint]:
    """Return the endpoints that are on, the default one first."""
    return [endpoint for name in ("", *_configured()) if (endpoint := find_endpoint(name))]


def find_fault(name: object, options: object) -> str:
    """Return what is wrong with an endpoint as it is configured; empty where nothing is.

    An endpoint without a secret is sound: it is off.
    """
    if not isinstance(name, str) or not NAME.fullmatch(name) or name == DEFAULT:
        return "has no good name: letters, digits, - and _, at most 64, and not 'default'"
    if not isinstance(options, Mapping):
        return "is not a dictionary"
    unknown = ", ".join(sorted(map(str, set(options) - OPTIONS)))
    if unknown:
        return f"has unknown options: {unknown}"
    secrets = options.get("secrets", ())
    if isinstance(secrets, str) or not isinstance(secrets, Sequence):
        return "has secrets that are not a list"
    if not any(options.get("livemode") is mode for mode in (None, True, False)):
        return "has a livemode that is neither None nor True nor False"
    return (
        "" if isinstance(options.get("connect", False), bool) else "has a connect that is not True or False"
    )


def _configured() -> Mapping[str, Mapping[str, Any]]:
    configured: object = conf.STRIPE_ENDPOINTS
    return configured if isinstance(configured, Mapping) else {}


def _find_configured(name: str) -> Endpoint | None:
    options = _configured().get(name)
    if options is None or find_fault(name, options):
        return None
    return Endpoint(
        name=name,
        secrets=usable_secrets(options.get("secrets")),
        livemode=options.get("livemode"),
        connect=bool(options.get("connect", False)),
    )
