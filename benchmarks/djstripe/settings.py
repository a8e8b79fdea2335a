"""Settings of dj-stripe: as little around it as around ours, and a local Stripe to fetch from."""

from __future__ import annotations

import os
from typing import Any

import stripe

SECRET_KEY = "only-for-benchmarks"
ALLOWED_HOSTS = ["127.0.0.1"]
USE_TZ = True
TIME_ZONE = "UTC"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
ROOT_URLCONF = "benchmarks.djstripe.urls"
INSTALLED_APPS = ["django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sites", "djstripe"]
SITE_ID = 1
# Its tables at once: its migrations take a minute to come to the same.
MIGRATION_MODULES = dict.fromkeys(("auth", "contenttypes", "sites", "djstripe"))
MIDDLEWARE: list[str] = []
DATABASES: dict[str, Any] = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": os.environ.get("REVENUE_INTEL_BENCH_DATABASE", ""),
        "USER": os.environ.get("REVENUE_INTEL_BENCH_USER", ""),
        "HOST": "127.0.0.1",
        "PORT": os.environ.get("REVENUE_INTEL_BENCH_PORT", ""),
        "CONN_MAX_AGE": None,
    }
}
# Why an answer is 500: by default only the administrators would be told, by mail.
LOGGING = {
    "version": 1,
    "handlers": {"console": {"class": "logging.StreamHandler"}},
    "loggers": {"django.request": {"handlers": ["console"], "level": "ERROR"}},
}
STRIPE_LIVE_MODE = False
STRIPE_TEST_SECRET_KEY = "sk_test_" + "bench" * 5  # it refuses a key of fewer than 24 letters
STRIPE_LIVE_SECRET_KEY = ""
DJSTRIPE_FOREIGN_KEY_TO_FIELD = "id"
SILENCED_SYSTEM_CHECKS = ["djstripe.W001", "djstripe.I001", "djstripe.C001"]
if os.environ.get("REVENUE_INTEL_BENCH_PROCESSING") == "deferred":
    DJSTRIPE_WEBHOOK_EVENT_CALLBACK = "benchmarks.djstripe.urls.hand_to_a_free_queue"

stripe.api_base = os.environ.get("REVENUE_INTEL_BENCH_STUB", stripe.api_base)
