"""Settings of the suite: SQLite, or PostgreSQL with ``REVENUE_INTEL_TEST_DATABASE=postgres``."""

from __future__ import annotations

import atexit
import os
import tempfile
from pathlib import Path
from typing import Any

from tests import postgres


def _sqlite() -> dict[str, Any]:
    # A file, because the threads of a live server then have connections of their own, as in production.
    owner = os.getpid()
    path = Path(tempfile.gettempdir()) / f"revenue-intel-{owner}.sqlite3"

    def remove() -> None:
        if os.getpid() == owner:  # not a fork, which must leave the file to us
            for leftover in path.parent.glob(f"{path.name}*"):
                leftover.unlink(missing_ok=True)

    atexit.register(remove)
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": ":memory:",
        "OPTIONS": {
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF;",
        },
        "TEST": {"NAME": str(path)},
    }


def _postgres() -> dict[str, Any]:
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": postgres.DATABASE,
        "USER": postgres.USER,
        "HOST": postgres.ensure(),
        "TEST": {"NAME": "test_revenue_intel"},
    }


_databases = {"sqlite": _sqlite, "postgres": _postgres}

DATABASES = {"default": _databases[os.environ.get("REVENUE_INTEL_TEST_DATABASE", "sqlite")]()}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

SECRET_KEY = "only-for-tests"
ALLOWED_HOSTS = ["localhost", "127.0.0.1", "testserver"]
ROOT_URLCONF = "tests.urls"
INSTALLED_APPS = [
    "django_linear_migrations",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "revenue_intel",
    "tests.host",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    }
]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STATIC_URL = "static/"
TIME_ZONE = "UTC"
USE_TZ = True

REVENUE_INTEL_SHOP = "tests.host.revenue.Shop"
REVENUE_INTEL_STRIPE_SECRET_KEY = "sk_test_x"
REVENUE_INTEL_STRIPE_WEBHOOK_SECRETS = ["whsec_test"]
REVENUE_INTEL_LIVEMODE = False
