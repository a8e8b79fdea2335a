"""Where the demo keeps its files: beside the database, or in ``EXAMPLE_DEMO_DIR``."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from example_project.settings_base import PROJECT_DIR

from demo.stage import StepFailed

FOLDER = Path(os.environ.get("EXAMPLE_DEMO_DIR") or PROJECT_DIR.parent / ".demo")
RECORDS = FOLDER / "stripe_records.json"
EXPORTS = FOLDER / "exports"
SERVER_LOG = FOLDER / "server.log"


def save_records(records: Mapping[str, Any]) -> None:
    """Keep what the stand-in remembers; the file appears whole or not at all."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    unfinished = RECORDS.with_suffix(".part")
    unfinished.write_text(json.dumps(records, separators=(",", ":")), encoding="utf-8")
    unfinished.replace(RECORDS)


def load_records() -> dict[str, Any]:
    """Read what the stand-in remembered.

    Raises:
        StepFailed: the file is gone, or no longer what was written.
    """
    try:
        records: dict[str, Any] = json.loads(RECORDS.read_text(encoding="utf-8"))
    except (OSError, ValueError) as problem:
        raise StepFailed(
            f"{RECORDS.name} cannot be read ({problem}). Delete the folder {FOLDER} to begin anew."
        ) from problem
    return records
