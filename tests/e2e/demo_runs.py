"""Runs a small demo in a folder of its own, and looks into what it leaves."""

from __future__ import annotations

import hashlib
import json
import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.example.example_shop import EXAMPLE, FOREIGN

SCRIPT = ("--orders", "60", "--days", "40")


@dataclass(frozen=True, kw_only=True)
class Demo:
    """A demo in ``folder``, on SQLite."""

    folder: Path

    @property
    def database(self) -> Path:
        return self.folder / "db.sqlite3"

    @property
    def records(self) -> Path:
        return self.folder / "stripe_records.json"

    def run(self, *arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
        """Run the command to its end."""
        return subprocess.run(
            [sys.executable, "manage.py", "demo", *arguments],
            cwd=EXAMPLE,
            env={**self._environ(), **environ},
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=False,
            timeout=120,
        )

    def start(self, *command: str) -> subprocess.Popen[str]:
        """Start Python in the example project, with a pipe to read from."""
        return subprocess.Popen(
            [sys.executable, *command],
            cwd=EXAMPLE,
            env=self._environ(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
        )

    def query(self, sql: str, *parameters: str) -> list[tuple[Any, ...]]:
        with closing(sqlite3.connect(self.database)) as connection:
            return connection.execute(sql, parameters).fetchall()

    def execute(self, sql: str) -> None:
        with closing(sqlite3.connect(self.database)) as connection, connection:
            connection.execute(sql)

    def hashes(self) -> dict[str, str]:
        """Return a hash of the rows of every table.

        Left out: SQLite's own counters of keys, and how often an event was delivered, which a repeated
        delivery is there to count.
        """
        ours = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
        tables = [name for (name,) in self.query(ours)]
        assert "revenue_intel_stripeevent" in tables
        return {table: hashlib.sha256("\n".join(self._rows(table)).encode()).hexdigest() for table in tables}

    def _rows(self, table: str) -> list[str]:
        columns = [name for (name,) in self.query("SELECT name FROM pragma_table_info(?)", table)]
        kept = ", ".join(f'"{name}"' for name in columns if name != "deliveries")
        return sorted(map(repr, self.query(f'SELECT {kept} FROM "{table}"')))  # noqa: S608

    def load_records(self) -> dict[str, Any]:
        return dict(json.loads(self.records.read_text(encoding="utf-8")))

    def _environ(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(FOREIGN)}
        return {
            **kept,
            "DJANGO_SETTINGS_MODULE": "example_project.settings",
            "EXAMPLE_DB": str(self.database),
            "EXAMPLE_DEMO_DIR": str(self.folder),
            "PYTHONDONTWRITEBYTECODE": "1",
            "PYTHONIOENCODING": "utf-8",
            "PYTHONUNBUFFERED": "1",
        }
