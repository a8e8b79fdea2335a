"""Settings for the type checker: every model in the checkout, so that it knows their managers and relations."""

from __future__ import annotations

import sys
from pathlib import Path

from tests.settings import *  # noqa: F403
from tests.settings import INSTALLED_APPS

sys.path.append(str(Path(__file__).resolve().parent.parent / "example_project"))

INSTALLED_APPS = [*INSTALLED_APPS, "shop"]
