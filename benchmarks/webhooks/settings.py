"""Settings of the floor and of ours: the same project, the same database settings, no middleware."""

from __future__ import annotations

import os
from typing import Any

from tests import postgres

SECRET_KEY = "only-for-benchmarks"
ALLOWED_HOSTS = ["127.0.0.1"]
USE_TZ = True
TIME_ZONE = "UTC"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
ROOT_URLCONF = "benchmarks.webhooks.urls"
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "revenue_intel",
    "tests.host",
]
MIDDLEWARE: list[str] = []
DATABASES: dict[str, Any] = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": os.environ.get("REVENUE_INTEL_BENCH_DATABASE", ""),
        "USER": postgres.USER,
        "HOST": "127.0.0.1",
        "PORT": os.environ.get("REVENUE_INTEL_BENCH_PORT", ""),
        "CONN_MAX_AGE": None,
    }
}
REVENUE_INTEL_SHOP = "tests.host.revenue.Shop"
REVENUE_INTEL_STRIPE_WEBHOOK_SECRETS = ["whsec_bench"]
REVENUE_INTEL_LIVEMODE = False
REVENUE_INTEL_EVENT_PROCESSING = os.environ.get("REVENUE_INTEL_BENCH_PROCESSING", "inline")
