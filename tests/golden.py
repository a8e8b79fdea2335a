"""Compare with a file that is kept: what changes in it is seen in review, and blessed on purpose."""

from __future__ import annotations

import os
from pathlib import Path


def assert_same_as_file(text: str, path: Path) -> None:
    """Fail where ``text`` is not the file's; with ``REVENUE_INTEL_BLESS=1`` write the file instead."""
    if os.environ.get("REVENUE_INTEL_BLESS") == "1":
        path.write_text(text, encoding="utf-8")
    assert path.read_text(encoding="utf-8") == text, (
        f"{path.name} is stale. If the change is meant, run this test again with REVENUE_INTEL_BLESS=1 "
        "and look at the difference before committing it."
    )
