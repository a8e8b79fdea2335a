"""Settings whose values make no sense, or do not fit each other."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings as django_settings
from django.core.checks import CheckMessage, Error, Warning  # noqa: A004 - Django's own name for it

from revenue_intel.conf import LIVE_PREFIXES, PREFIX, TEST_PREFIXES, Settings
from revenue_intel.conf import settings as conf
from revenue_intel.exceptions import ConfigurationError, UnknownCurrencyError
from revenue_intel.kit import clock
from revenue_intel.kit.money import normalize_currency

LOOPBACK = ("localhost", "127.0.0.1", "::1")


def check_values(**_kwargs: Any) -> list[CheckMessage]:
    """E003 time zone, E004 currency, E005 windows, E006 event processing."""
    messages: list[CheckMessage] = []
    try:
        clock.zone(conf.TIME_ZONE)
    except (ConfigurationError, TypeError):
        hint = 'Type a name of the time zone database: REVENUE_INTEL_TIME_ZONE = "Europe/London".'
        message = f"REVENUE_INTEL_TIME_ZONE: there is no time zone {conf.TIME_ZONE!r}."
        messages.append(Error(message, hint=hint, id="revenue_intel.E003"))
    if not _is_currency(conf.CURRENCY):
        message = f"REVENUE_INTEL_CURRENCY: {conf.CURRENCY!r} is not a lower-case three-letter code."
        hint = 'Type a code in lower case: REVENUE_INTEL_CURRENCY = "gbp".'
        messages.append(Error(message, hint=hint, id="revenue_intel.E004"))
    if not _are_windows(conf.WINDOWS_DAYS):
        message = f"REVENUE_INTEL_WINDOWS_DAYS: {conf.WINDOWS_DAYS!r} is not a list of different whole days above 0."
        hint = "Type days: REVENUE_INTEL_WINDOWS_DAYS = [7, 30, 90]."
        messages.append(Error(message, hint=hint, id="revenue_intel.E005"))
    if conf.EVENT_PROCESSING not in ("inline", "deferred"):
        message = f"REVENUE_INTEL_EVENT_PROCESSING: there is no {conf.EVENT_PROCESSING!r}."
        hint = 'Type REVENUE_INTEL_EVENT_PROCESSING = "inline" or "deferred".'
        messages.append(Error(message, hint=hint, id="revenue_intel.E006"))
    return messages


def _is_currency(value: object) -> bool:
    try:
        return normalize_currency(value) == value
    except UnknownCurrencyError:
        return False


def _are_windows(value: object) -> bool:
    if isinstance(value, str) or not isinstance(value, Sequence) or not value:
        return False
    return all(type(days) is int and days > 0 for days in value) and len(set(value)) == len(value)


def check_payment_window(**_kwargs: Any) -> list[CheckMessage]:
    """E017: a payment page is open for as long as Stripe lets it."""
    seconds = conf.PAYMENT_WINDOW_SECONDS
    if type(seconds) is int and 1860 <= seconds <= 86340:
        return []
    return [
        Error(
            f"REVENUE_INTEL_PAYMENT_WINDOW_SECONDS: {seconds!r} is not a whole number from 1860 to 86340.",
            hint="Stripe takes half an hour to a day: type REVENUE_INTEL_PAYMENT_WINDOW_SECONDS = 3600.",
            id="revenue_intel.E017",
        )
    ]


def check_keys(**_kwargs: Any) -> list[CheckMessage]:
    """E007: mode and key agree. W003: no live key with DEBUG. E009: a live key travels encrypted."""
    messages: list[CheckMessage] = []
    key = str(conf.STRIPE_SECRET_KEY or "")
    is_live = key.startswith(LIVE_PREFIXES)
    if not any(conf.LIVEMODE is mode for mode in (None, True, False)):
        message = f"REVENUE_INTEL_LIVEMODE: {conf.LIVEMODE!r} is neither None nor True nor False."
        hint = "Type REVENUE_INTEL_LIVEMODE = True for live money, False for test money, None for that of the key."
        messages.append(Error(message, hint=hint, id="revenue_intel.E007"))
    elif (conf.LIVEMODE is True and key.startswith(TEST_PREFIXES)) or (conf.LIVEMODE is False and is_live):
        kind = "live" if is_live else "test"
        message = (
            f"REVENUE_INTEL_LIVEMODE is {conf.LIVEMODE}, but REVENUE_INTEL_STRIPE_SECRET_KEY is a {kind} key."
        )
        hint = f"Type REVENUE_INTEL_LIVEMODE = {is_live}, or use a key of the other mode."
        messages.append(Error(message, hint=hint, id="revenue_intel.E007"))
    if is_live and django_settings.DEBUG:
        message = "REVENUE_INTEL_STRIPE_SECRET_KEY is a live key, and DEBUG is on."
        hint = "Type DEBUG = False, or use a key that begins with sk_test_ while developing."
        messages.append(Warning(message, hint=hint, id="revenue_intel.W003"))
    if is_live and conf.STRIPE_API_BASE and not _is_safe_base(str(conf.STRIPE_API_BASE)):
        message = (
            f"REVENUE_INTEL_STRIPE_API_BASE: a live key would travel unencrypted to {conf.STRIPE_API_BASE!r}."
        )
        hint = 'Type REVENUE_INTEL_STRIPE_API_BASE = "" for Stripe itself, or an https:// address.'
        messages.append(Error(message, hint=hint, id="revenue_intel.E009"))
    return messages


def check_mode(**_kwargs: Any) -> list[CheckMessage]:
    """W010, with ``--deploy``: one mode of money settles orders."""
    if not conf.SHOP or conf.find_livemode() is not None:
        return []
    message = "Test and live money settle the same orders: neither REVENUE_INTEL_LIVEMODE nor a secret key says which."
    hint = "Type REVENUE_INTEL_LIVEMODE = True where real money is taken, False elsewhere."
    return [Warning(message, hint=hint, id="revenue_intel.W010")]


def _is_safe_base(address: str) -> bool:
    parts = urlsplit(address)
    return parts.scheme == "https" or parts.hostname in LOOPBACK


def check_names(**_kwargs: Any) -> list[CheckMessage]:
    """W004: every setting under our prefix is one of ours."""
    known = Settings.__annotations__
    names = [name.removeprefix(PREFIX) for name in dir(django_settings) if name.startswith(PREFIX)]
    messages: list[CheckMessage] = []
    for name in names:
        if name not in known:
            close = get_close_matches(name, known, n=1)
            hint = f"Did you mean {PREFIX}{close[0]}?" if close else "Remove it; it has no effect."
            messages.append(
                Warning(f"{PREFIX}{name}: there is no such setting.", hint=hint, id="revenue_intel.W004")
            )
    return messages
