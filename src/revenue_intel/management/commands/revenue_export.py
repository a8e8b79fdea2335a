"""Write one export to a file, with its manifest beside it."""

from __future__ import annotations

import json
import shutil
from argparse import ArgumentParser
from io import TextIOWrapper
from pathlib import Path
from typing import Any, Literal

from django.core.management.base import BaseCommand, CommandError

from revenue_intel.exceptions import ContractViolation, InvalidWindowError
from revenue_intel.exports.contracts import NAMES
from revenue_intel.exports.service import Export, export
from revenue_intel.exports.verification import manifest_path
from revenue_intel.kpis.questions import parse_days, parse_known_at
from revenue_intel.management.asking import add_known_at_argument, add_scope_arguments, read_scope_options


class Command(BaseCommand):
    """``revenue_export orders --days 30 --output orders.csv``."""

    help = (
        "Write an export to a file, with a manifest (rows, sha256, window) that revenue_verify_export checks."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Say what, of which window, and where to."""
        parser.add_argument("name", choices=NAMES)
        parser.add_argument(
            "--days", default="30", help="Window in days, or 'all' for kpi-summary (default: 30)."
        )
        add_scope_arguments(parser)
        add_known_at_argument(parser)
        parser.add_argument(
            "--output", help="File, or - for standard output (default: a name that says it all)."
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        """Make the export, then put it in its place."""
        try:
            made = export(
                name=options["name"],
                days=read_days(options["days"]),
                **read_scope_options(options),
                known_at=parse_known_at(options["known_at"]) if options["known_at"] else None,
                actor="command:revenue_export",
            )
        except (InvalidWindowError, ContractViolation) as error:
            raise CommandError(str(error)) from error
        with made.file:
            if options["output"] == "-":
                for line in TextIOWrapper(made.file, encoding="utf-8", newline=""):
                    self.stdout.write(line, ending="")
                return
            path = Path(options["output"] or made.filename)
            save(made, path)
        self.stdout.write(f"{path}: {made.written.rows} rows, sha256 {made.written.sha256}")


def read_days(text: str) -> int | Literal["all"]:
    """Return the window asked for."""
    return "all" if text == "all" else parse_days(text)


def save(made: Export, path: Path) -> None:
    """Put file and manifest in their place; the file appears whole or not at all."""
    unfinished = path.with_name(f"{path.name}.part")
    try:
        with unfinished.open("wb") as target:
            shutil.copyfileobj(made.file, target)
        unfinished.replace(path)
        manifest_path(path).write_text(json.dumps(made.manifest(), indent=2) + "\n", encoding="utf-8")
    except OSError as error:
        unfinished.unlink(missing_ok=True)
        raise CommandError(f"The file cannot be written: {error}") from error
