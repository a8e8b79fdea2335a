"""The warehouse."""

from __future__ import annotations

from tests.projects.settings_base import *  # noqa: F403
from tests.projects.settings_base import apps, database

INSTALLED_APPS = apps("warehouse")
DATABASES = {"default": database("warehouse")}
REVENUE_INTEL_SHOP = "tests.projects.warehouse.revenue.Shop"
