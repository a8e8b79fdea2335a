"""The project around us: its URLs, its apps and its databases."""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.core.checks import CheckMessage, Error, Warning  # noqa: A004 - Django's own name for it
from django.db import connections
from django.urls import NoReverseMatch, reverse

from revenue_intel.conf import settings as conf
from revenue_intel.exceptions import RevenueIntelError
from revenue_intel.kit.money import normalize_currency
from revenue_intel.kpis.converted import load_rate


def check_urls(**_kwargs: Any) -> list[CheckMessage]:
    """W005: the URLs are included, so that Stripe can reach us."""
    try:
        reverse("payments:webhook")
    except NoReverseMatch:
        hint = 'Add to your urlpatterns: path("", include("revenue_intel.urls")).'
        message = "The URLs of revenue_intel are not included: Stripe has no endpoint to call."
        return [Warning(message, hint=hint, id="revenue_intel.W005")]
    return []


def check_analytics_database(**_kwargs: Any) -> list[CheckMessage]:
    """E021: KPIs are read from a database that there is."""
    alias = conf.ANALYTICS_DATABASE
    if not alias or alias in connections:
        return []
    return [
        Error(
            f"REVENUE_INTEL_ANALYTICS_DATABASE: there is no database {alias!r}.",
            hint=f"Type one of the aliases in DATABASES ({', '.join(connections)}), or leave it empty.",
            id="revenue_intel.E021",
        )
    ]


def check_reporting_currency(**_kwargs: Any) -> list[CheckMessage]:
    """E022: a reporting currency is one, and has rates."""
    code = conf.REPORTING_CURRENCY
    if code == "":
        return []
    try:
        if normalize_currency(code) == code:
            load_rate()
            return []
        message = f"REVENUE_INTEL_REPORTING_CURRENCY is {code!r:.40}, and not in lower case."
    except RevenueIntelError as error:
        message = f"The reporting currency cannot be used: {error}"
    hint = 'Type a code such as "gbp", and in REVENUE_INTEL_EXCHANGE_RATES the path of rate(currency, day).'
    return [Error(message, hint=hint, id="revenue_intel.E022")]


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
