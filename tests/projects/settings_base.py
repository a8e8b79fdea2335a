"""What the three projects share: the suite's database server, and a database of each one's own."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from tests import settings as suite
from tests.settings import *  # noqa: F403


def database(name: str) -> dict[str, Any]:
    """Return the suite's database under a name of its own."""
    found = deepcopy(suite.DATABASES["default"])
    is_file = "sqlite" in found["ENGINE"]
    found["TEST"]["NAME"] = f"{found['TEST']['NAME']}-{name}" if is_file else f"test_revenue_intel_{name}"
    return found


def apps(project: str) -> list[str]:
    """Return the suite's apps with the project's in place of the suite's host."""
    return [*(app for app in suite.INSTALLED_APPS if app != "tests.host"), f"tests.projects.{project}"]
