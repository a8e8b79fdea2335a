"""Endpoints, and what is done with their events."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from typing import Any

import django
from django.core.checks import CheckMessage, Error, Warning  # noqa: A004 - Django's own name for it

from revenue_intel.conf import PREFIX, Settings
from revenue_intel.conf import settings as conf
from revenue_intel.gateway.signatures import usable_secrets
from revenue_intel.webhooks.endpoints import find_fault
from revenue_intel.webhooks.redaction import find_path_fault


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
