"""Production settings: nothing secret has a default, and the shop does not start without it.

Variables demanded: ``SECRET_KEY``, ``ALLOWED_HOSTS`` (comma-separated), ``PGDATABASE`` (with ``PGHOST``,
``PGPORT``, ``PGUSER``, ``PGPASSWORD`` as ``psql`` knows them), ``STRIPE_SECRET_KEY`` and
``STRIPE_WEBHOOK_SECRETS`` (comma-separated: while a secret is rolled, the old and the new one).
Variables understood: ``CSRF_TRUSTED_ORIGINS``, ``STATIC_ROOT``, and ``BEHIND_TLS_PROXY=1`` when a proxy
ends TLS and sets ``X-Forwarded-Proto`` itself.
"""

from __future__ import annotations

import os

from django.core.exceptions import ImproperlyConfigured

from example_project.settings_base import *  # noqa: F403
from example_project.settings_base import PROJECT_DIR
from example_project.stripe_environment import split_list


def demand(name: str) -> str:
    """Read a variable that has no sensible default."""
    value = os.environ.get(name, "").strip()
    if not value:
        raise ImproperlyConfigured(f"Set the environment variable {name}: production has no default for it.")
    return value


DEBUG = False
SECRET_KEY = demand("SECRET_KEY")
ALLOWED_HOSTS = split_list(demand("ALLOWED_HOSTS"))
CSRF_TRUSTED_ORIGINS = split_list(os.environ.get("CSRF_TRUSTED_ORIGINS", ""))

DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "HOST": os.environ.get("PGHOST", ""),
        "PORT": os.environ.get("PGPORT", ""),
        "NAME": demand("PGDATABASE"),
        "USER": os.environ.get("PGUSER", ""),
        "PASSWORD": os.environ.get("PGPASSWORD", ""),
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
    }
}

# The shared settings have read these two already; here their absence must not mean the stand-in.
demand("STRIPE_SECRET_KEY")
demand("STRIPE_WEBHOOK_SECRETS")

STATIC_ROOT = os.environ.get("STATIC_ROOT") or str(PROJECT_DIR / "staticfiles")
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"},
}

SECURE_SSL_REDIRECT = True
# Probes ask from inside, without TLS.
SECURE_REDIRECT_EXEMPT = [r"^monitoring/(healthz|livez)/$"]
SECURE_HSTS_SECONDS = 365 * 24 * 60 * 60
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SECURE_HSTS_PRELOAD = True
SESSION_COOKIE_SECURE = True
CSRF_COOKIE_SECURE = True
if os.environ.get("BEHIND_TLS_PROXY") == "1":
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
