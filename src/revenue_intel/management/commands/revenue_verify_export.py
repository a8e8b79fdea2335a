"""Prove an exported file: its bytes, its header, and every value in it."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from revenue_intel.exceptions import ContractViolation
from revenue_intel.exports.verification import verify


class Command(BaseCommand):
    """``revenue_verify_export orders.csv`` reads ``orders.csv.manifest.json`` beside it."""

    help = "Check an exported file against its manifest and its contract; exit 1 on any difference."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Say which file."""
        parser.add_argument("path", type=Path)

    def handle(self, *_args: Any, **options: Any) -> None:
        """Verify, or say the first thing that is wrong."""
        path: Path = options["path"]
        try:
            manifest = verify(path)
        except ContractViolation as error:
            raise CommandError(f"{path}: {error}") from error
        self.stdout.write(self.style.SUCCESS(f"{path}: {manifest['rows']} rows, as promised."))
