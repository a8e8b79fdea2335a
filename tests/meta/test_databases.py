"""What reports read, they read from the analytics database: through ``kpis.databases``."""

from __future__ import annotations

import re

from tests.meta.tree import SRC, python_files, where

#: Rollups are worked out and kept where facts are written.
WRITERS = {SRC / "kpis" / name for name in ("rollups.py", "locks.py", "models.py")}
THE_DOOR = SRC / "kpis" / "databases.py"


def test_kpis_are_read_from_the_analytics_database_alone():
    astray = [
        where(file)
        for file in python_files("src/revenue_intel/kpis", "src/revenue_intel/exports")
        if file not in {*WRITERS, THE_DOOR}
        and re.search(r"\.objects\.(?!using\()|_default_manager|\brouter\b", file.read_text(encoding="utf-8"))
    ]

    assert not astray, "Read with revenue_intel.kpis.databases: stored(Model), analytics_alias()."
