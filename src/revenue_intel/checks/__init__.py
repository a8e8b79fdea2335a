"""Django system checks: what is wrong with the settings, and what to type.

An error (E) stops ``migrate`` and ``runserver``; a warning (W) is for what may be meant.
``register_all`` is called once, by ``apps.py``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from django.core.checks import CheckMessage, register

from revenue_intel.checks.project import (
    check_analytics_database,
    check_django_apps,
    check_reporting_currency,
    check_urls,
)
from revenue_intel.checks.shop import check_shop
from revenue_intel.checks.values import (
    check_keys,
    check_mode,
    check_names,
    check_payment_window,
    check_values,
)
from revenue_intel.checks.webhooks import (
    check_endpoints,
    check_event_limits,
    check_event_queue,
    check_redaction,
    check_webhook_secrets,
)

TAG: Final = "revenue_intel"
CHECKS: Final[tuple[Callable[..., list[CheckMessage]], ...]] = (
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
    check_analytics_database,
    check_reporting_currency,
    check_django_apps,
)


def register_all() -> None:
    """Register every check of ours under the tag ``revenue_intel``."""
    for check in CHECKS:
        register(check, TAG)
    register(check_mode, TAG, deploy=True)
