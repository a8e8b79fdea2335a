"""Runs the example shop in a process of its own, with its own settings."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from django.db import connection

EXAMPLE = Path(__file__).parents[2] / "example_project"
# What a developer's shell, or this very run, may have set and the shop must not see.
FOREIGN = ("PYTEST_", "STRIPE_", "PG", "SECRET_KEY", "ALLOWED_HOSTS", "DJANGO_SETTINGS_MODULE", "EXAMPLE_DB")


def run(*command: str, **environ: str) -> subprocess.CompletedProcess[str]:
    """Run ``python <command>`` in the example project; output is captured, failure is not raised."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(FOREIGN)}
    return subprocess.run(
        [sys.executable, *command],
        cwd=EXAMPLE,
        env={**kept, "PYTHONDONTWRITEBYTECODE": "1", **environ},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


def database(tmp_path: Path) -> dict[str, str]:
    """Environment variables that put the shop on the kind of database this suite runs on."""
    if connection.vendor == "postgresql":
        return {
            "DJANGO_SETTINGS_MODULE": "example_project.settings_postgres",
            "PGHOST": connection.settings_dict["HOST"],
            "PGUSER": connection.settings_dict["USER"],
            "PGDATABASE": f"example_{os.getpid()}",
        }
    return {
        "DJANGO_SETTINGS_MODULE": "example_project.settings",
        "EXAMPLE_DB": str(tmp_path / "shop.sqlite3"),
    }
