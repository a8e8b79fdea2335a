"""No adapter, and no app beside ours."""

from __future__ import annotations

from tests.projects.settings_base import *  # noqa: F403
from tests.projects.settings_base import apps, database

INSTALLED_APPS = apps("facts_only")
DATABASES = {"default": database("facts_only")}
REVENUE_INTEL_SHOP = ""
