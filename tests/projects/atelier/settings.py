"""The atelier: users of its own kind; figures have a second database."""

from __future__ import annotations

from tests.projects.settings_base import *  # noqa: F403
from tests.projects.settings_base import apps, database

INSTALLED_APPS = apps("atelier")
AUTH_USER_MODEL = "atelier.Member"
DATABASES = {"default": database("atelier"), "analytics": database("atelier_analytics")}
REVENUE_INTEL_SHOP = "tests.projects.atelier.revenue.Shop"
