"""Django system checks: what is wrong with the settings, and what to type.

An error (E) stops ``migrate`` and ``runserver``; a warning (W) is for what may be meant.
``register_all`` is called once, by ``apps.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from difflib import get_close_matches
from importlib.util import find_spec
from typing import Any
from urllib.parse import urlsplit

import django
from django.apps import apps
from django.conf import settings as django_settings
from django.core.checks import CheckMessage, Error, Warning, register  # noqa: A004 - Django's own name for it
from django.db import router
from django.urls import NoReverseMatch, reverse

from revenue_intel.conf import PREFIX, Settings
from revenue_intel.conf import settings as conf
from revenue_intel.exceptions import ConfigurationError, UnknownCurrencyError
from revenue_intel.facts.models import OrderFact
from revenue_intel.gateway.signatures import usable_secrets
from revenue_intel.kit import clock
from revenue_intel.kit.money import normalize_currency
from revenue_intel.quality.mapping import find_mapping_faults
from revenue_intel.quality.mapping_values import Fault, find_value_faults
from revenue_intel.shop import ModelShop, find_shop
from revenue_intel.webhooks.endpoints import find_fault
from revenue_intel.webhooks.redaction import find_path_fault

TAG = "revenue_intel"
LIVE_PREFIXES = ("sk_live_", "rk_live_")
TEST_PREFIXES = ("sk_test_", "rk_test_")
LOOPBACK = ("localhost", "127.0.0.1", "::1")

SystemCheck = Callable[..., list[CheckMessage]]


def register_all() -> None:
    """Register every check of ours under the tag ``revenue_intel``."""
    for check in CHECKS:
        register(check, TAG)


def check_shop(**_kwargs: Any) -> list[CheckMessage]:
    """E001: the adapter can be made. E008: its mapping exists. E012: it shares our database.

    E018 words, E019 money, E020 stock, W009 reference, W008 negative stock: its values make sense.
    """
    try:
        shop = find_shop()
    except ConfigurationError as error:
        hint = 'Type the dotted path of your adapter class: REVENUE_INTEL_SHOP = "myshop.revenue.Shop".'
        return [Error(str(error), hint=hint, id="revenue_intel.E001")]
    except Exception as error:  # the host's module or class may fail in any way it likes
        return [
            Error(
                f"REVENUE_INTEL_SHOP: making {conf.SHOP!r} failed: {type(error).__name__}: {error}",
                hint="The adapter's module must import and its class must be made without arguments, "
                "with all six methods of ShopAdapter.",
                id="revenue_intel.E001",
            )
        ]
    if not isinstance(shop, ModelShop):
        return []
    faults = find_mapping_faults(shop)
    if faults:
        hint = f"Correct the attribute of {conf.SHOP}; an empty name says that your model has no such field."
        return [Error(fault, hint=hint, id="revenue_intel.E008") for fault in faults]
    return [*_check_one_database(shop), *(_say(fault) for fault in find_value_faults(shop))]


def _say(fault: Fault) -> CheckMessage:
    kind = Warning if fault.warning else Error
    return kind(f"{conf.SHOP}: {fault.message}", hint=fault.hint, id=fault.code)


def _check_one_database(shop: ModelShop) -> list[CheckMessage]:
    ours, theirs = router.db_for_write(OrderFact), router.db_for_write(apps.get_model(shop.order_model))
    if ours == theirs:
        return []
    return [
        Error(
            f"{shop.order_model} is written to database {theirs!r}, revenue_intel to {ours!r}: "
            "a payment and its order could not commit together.",
            hint="Let DATABASE_ROUTERS send both to one alias.",
            id="revenue_intel.E012",
        )
    ]


def check_webhook_secrets(**_kwargs: Any) -> list[CheckMessage]:
    """E002: secrets are a list. W001: there is one, here or at another endpoint. W002: each looks like one."""
    secrets = conf.STRIPE_WEBHOOK_SECRETS
    hint = 'Type a list: REVENUE_INTEL_STRIPE_WEBHOOK_SECRETS = ["whsec_..."].'
    if isinstance(secrets, str) or not isinstance(secrets, Sequence):
        return [
            Error("REVENUE_INTEL_STRIPE_WEBHOOK_SECRETS is not a list.", hint=hint, id="revenue_intel.E002")
        ]
    if not secrets and not conf.STRIPE_ENDPOINTS:
        message = (
            "REVENUE_INTEL_STRIPE_WEBHOOK_SECRETS is empty: the webhook endpoint is off and answers 404."
        )
        return [Warning(message, hint=hint, id="revenue_intel.W001")]
    return _odd_secrets("REVENUE_INTEL_STRIPE_WEBHOOK_SECRETS", secrets)


def _odd_secrets(where: str, secrets: Sequence[Any]) -> list[CheckMessage]:
    return [
        Warning(
            f"{where}: number {position} does not begin with whsec_.",
            hint="Copy the signing secret of the endpoint from Stripe's dashboard; an API key is no signing secret.",
            id="revenue_intel.W002",
        )
        for position, secret in enumerate(secrets, start=1)
        if not str(secret).startswith("whsec_")
    ]


def check_endpoints(**_kwargs: Any) -> list[CheckMessage]:
    """E015: each further endpoint has a name and options that mean something. W007: each has a secret."""
    hint = 'Type REVENUE_INTEL_STRIPE_ENDPOINTS = {"connect": {"secrets": ["whsec_..."], "connect": True}}.'
    configured: object = conf.STRIPE_ENDPOINTS
    if not isinstance(configured, Mapping):
        message = "REVENUE_INTEL_STRIPE_ENDPOINTS is not a dictionary."
        return [Error(message, hint=hint, id="revenue_intel.E015")]
    messages: list[CheckMessage] = []
    for name, options in configured.items():
        where = f"REVENUE_INTEL_STRIPE_ENDPOINTS: endpoint {name!r}"
        fault = find_fault(name, options)
        if fault:
            messages.append(Error(f"{where} {fault}.", hint=hint, id="revenue_intel.E015"))
        elif not usable_secrets(options.get("secrets")):
            message = f"{where} has no secret: it is off and answers 404."
            messages.append(Warning(message, hint=hint, id="revenue_intel.W007"))
        else:
            messages += _odd_secrets(where, options["secrets"])
    return messages


def check_redaction(**_kwargs: Any) -> list[CheckMessage]:
    """E016: what is redacted is a list of dotted paths, and nothing that is needed to apply an event."""
    hint = 'Type dotted paths: REVENUE_INTEL_REDACT_FIELDS = ["receipt_email", "billing_details.name"].'
    paths: object = conf.REDACT_FIELDS
    if isinstance(paths, str) or not isinstance(paths, Sequence):
        return [Error("REVENUE_INTEL_REDACT_FIELDS is not a list.", hint=hint, id="revenue_intel.E016")]
    return [
        Error(f"REVENUE_INTEL_REDACT_FIELDS: {path!r} {fault}.", hint=hint, id="revenue_intel.E016")
        for path in paths
        if (fault := find_path_fault(path))
    ]


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


def check_event_limits(**_kwargs: Any) -> list[CheckMessage]:
    """E013: how often an event is tried, and how long it may wait, are numbers above 0."""
    return [
        Error(
            f"{PREFIX}{name}: {value!r} is not a whole number above 0.",
            hint=f"Type a whole number: {PREFIX}{name} = {default}.",
            id="revenue_intel.E013",
        )
        for name, value, default in (
            ("EVENT_MAX_ATTEMPTS", conf.EVENT_MAX_ATTEMPTS, Settings.EVENT_MAX_ATTEMPTS),
            ("EVENT_PATIENCE_HOURS", conf.EVENT_PATIENCE_HOURS, Settings.EVENT_PATIENCE_HOURS),
        )
        if type(value) is not int or value < 1
    ]


def _is_currency(value: object) -> bool:
    try:
        return normalize_currency(value) == value
    except UnknownCurrencyError:
        return False


def _are_windows(value: object) -> bool:
    if isinstance(value, str) or not isinstance(value, Sequence) or not value:
        return False
    return all(type(days) is int and days > 0 for days in value) and len(set(value)) == len(value)


def check_event_queue(**_kwargs: Any) -> list[CheckMessage]:
    """E014: the queue is one that we know, and its package is here. W006: it has something to do."""
    queue: object = conf.EVENT_QUEUE
    if queue == "":
        return []
    packages = {"tasks": "django.tasks" if django.VERSION >= (6, 0) else "django_tasks", "celery": "celery"}
    if not isinstance(queue, str) or queue not in packages:
        message = f"REVENUE_INTEL_EVENT_QUEUE: there is no {queue!r}."
        hint = 'Type REVENUE_INTEL_EVENT_QUEUE = "" (workers poll), "tasks" or "celery".'
        return [Error(message, hint=hint, id="revenue_intel.E014")]
    if find_spec(packages[queue]) is None:
        message = (
            f"REVENUE_INTEL_EVENT_QUEUE is {queue!r}, and the package {packages[queue]} is not installed."
        )
        hint = f'Type pip install "revenue-intel[{queue}]".'
        return [Error(message, hint=hint, id="revenue_intel.E014")]
    if conf.EVENT_PROCESSING != "deferred":
        message = f"REVENUE_INTEL_EVENT_QUEUE is {queue!r}, but events are processed within the request."
        hint = 'Type REVENUE_INTEL_EVENT_PROCESSING = "deferred", or leave the queue away.'
        return [Warning(message, hint=hint, id="revenue_intel.W006")]
    return []


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
        hint = "Type REVENUE_INTEL_LIVEMODE = True for live money, False for test money, None for both."
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


def check_urls(**_kwargs: Any) -> list[CheckMessage]:
    """W005: the URLs are included, so that Stripe can reach us."""
    try:
        reverse("payments:webhook")
    except NoReverseMatch:
        hint = 'Add to your urlpatterns: path("", include("revenue_intel.urls")).'
        message = "The URLs of revenue_intel are not included: Stripe has no endpoint to call."
        return [Warning(message, hint=hint, id="revenue_intel.W005")]
    return []


def check_django_apps(**_kwargs: Any) -> list[CheckMessage]:
    """E010: roles have users and groups to stand on. E011: people can stay logged in."""
    wanted = {
        "revenue_intel.E010": ("django.contrib.contenttypes", "django.contrib.auth"),
        "revenue_intel.E011": ("django.contrib.sessions",),
    }
    return [
        Error(f"{app} is not installed.", hint=f'Add "{app}" to INSTALLED_APPS.', id=code)
        for code, names in wanted.items()
        for app in names
        if not apps.is_installed(app)
    ]


CHECKS: tuple[SystemCheck, ...] = (
    check_shop,
    check_webhook_secrets,
    check_endpoints,
    check_redaction,
    check_values,
    check_event_limits,
    check_event_queue,
    check_payment_window,
    check_keys,
    check_names,
    check_urls,
    check_django_apps,
)
