"""Settings of a process that a test starts: those of the suite, on the very database of the test.

``environment()`` is what to start it with. What else differs, such as the queue, comes from ``OVERRIDES``.
"""

from __future__ import annotations

import json
import os
from typing import Any

from tests.settings import *  # noqa: F403

NAME = "REVENUE_INTEL_TEST_NAME"
OVERRIDES = "REVENUE_INTEL_TEST_OVERRIDES"


def environment(**overrides: Any) -> dict[str, str]:
    """Return the environment of a process that shares the test's database; ``overrides`` are settings."""
    from django.db import connection

    return {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "tests.another_process",
        NAME: str(connection.settings_dict["NAME"]),
        OVERRIDES: json.dumps(overrides),
    }


if NAME in os.environ:
    DATABASES["default"]["NAME"] = os.environ[NAME]  # noqa: F405
    globals().update(json.loads(os.environ[OVERRIDES]))
