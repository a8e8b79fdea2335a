"""Default settings: the demo on SQLite, for development only.

Variables read: ``EXAMPLE_DB`` (path of the SQLite file; default ``.demo/db.sqlite3`` in the checkout), and
those of ``settings_base``.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from example_project.settings_base import *  # noqa: F403
from example_project.settings_base import PROJECT_DIR

DEBUG = True
SECRET_KEY = "development-only-the-production-settings-demand-their-own"  # noqa: S105 - it protects nothing
ALLOWED_HOSTS = ["localhost", "127.0.0.1", "[::1]"]

DATABASE_FILE = Path(os.environ.get("EXAMPLE_DB") or PROJECT_DIR.parent / ".demo" / "db.sqlite3")
DATABASE_FILE.parent.mkdir(parents=True, exist_ok=True)
DATABASES: dict[str, dict[str, Any]] = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": DATABASE_FILE,
        "OPTIONS": {
            # A transaction that will write takes the write lock at once, instead of failing half-way.
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
        },
    }
}
