"""The one way to Stripe's API: key, address, guard and errors. ``stripe`` is imported when the first call is made."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from http import HTTPStatus
from importlib import import_module
from typing import Any, Final

from revenue_intel.conf import settings as conf
from revenue_intel.exceptions import (
    ConfigurationError,
    GatewayUnreachableError,
    PaymentGatewayError,
    PaymentRefusedError,
    RateLimitedError,
)
from revenue_intel.kit import transactions

logger = logging.getLogger(__name__)

#: Answers after which it is certain that nothing was done. A 409 is another request of the same key.
REFUSALS: Final = frozenset({400, 401, 402, 403, 404})


def ask(call: Callable[[Any], Any]) -> Any:
    """Return what ``call`` makes of an SDK client. Not to be called within a transaction.

    Raises:
        ConfigurationError: there is no secret key, or no SDK.
        PaymentRefusedError: Stripe refused; nothing was done.
        RateLimitedError: Stripe was asked too often; asking again later may help.
        GatewayUnreachableError: Stripe could not be reached; asking again may help.
        PaymentGatewayError: Stripe did not say what it did.
    """
    if transactions.is_open():
        _object_to_transaction()
    if not conf.STRIPE_SECRET_KEY:
        raise ConfigurationError("REVENUE_INTEL_STRIPE_SECRET_KEY is empty: Stripe cannot be asked.")
    try:
        stripe = import_module("stripe")
    except ImportError as error:
        raise ConfigurationError("The package stripe is not installed: Stripe cannot be asked.") from error
    addresses = {"api": conf.STRIPE_API_BASE} if conf.STRIPE_API_BASE else {}
    client = stripe.StripeClient(conf.STRIPE_SECRET_KEY, base_addresses=addresses, max_network_retries=2)
    try:
        return call(client)
    except stripe.StripeError as error:
        raise _ours(error) from error


def is_live() -> bool:
    """Say whether the secret key moves real money."""
    return "_live_" in conf.STRIPE_SECRET_KEY


def _object_to_transaction() -> None:
    """Say that Stripe is asked within a transaction: whoever waits for its locks waits for Stripe. Tests raise here."""
    logger.error(
        "Stripe is asked while a transaction is open; its locks are held meanwhile.", stack_info=True
    )


def _ours(error: Any) -> PaymentGatewayError:
    name, status = type(error).__name__, error.http_status
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return RateLimitedError(retry_after_seconds=_retry_after(error.headers))
    if status is None or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return GatewayUnreachableError(f"Stripe could not be reached ({name}).")
    if status in REFUSALS:
        return PaymentRefusedError(f"Stripe refused the request; nothing was done ({name}).")
    return PaymentGatewayError(f"Stripe did not say what it did ({name}).")


def _retry_after(headers: Mapping[str, str] | None) -> float | None:
    """Return the seconds that Stripe asks to wait; None where it does not say, or says something else."""
    said = {name.lower(): value for name, value in (headers or {}).items()}.get("retry-after", "")
    return float(said) if said.isascii() and said.isdigit() else None
