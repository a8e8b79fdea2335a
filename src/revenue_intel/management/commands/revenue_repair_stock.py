"""Make stock counters and their movements agree again."""

from __future__ import annotations

import uuid
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from revenue_intel.exceptions import StockChangedError
from revenue_intel.stock.drift import find_drift, repair


class Command(BaseCommand):
    """Every counter that is not what its movements say, and which of the two is right."""

    help = "Repair stock counters that are not the sum of their movements. Say which side is right."

    def add_arguments(self, parser: CommandParser) -> None:
        """Ask which side is the truth."""
        truth = parser.add_mutually_exclusive_group(required=True)
        truth.add_argument(
            "--adopt", action="store_true", help="your counter is right; the ledger takes it over"
        )
        truth.add_argument(
            "--restore", action="store_true", help="the ledger is right; the counter is put back"
        )
        parser.add_argument("--dry-run", action="store_true", help="only list what differs")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print a line for each difference, and settle it."""
        run = uuid.uuid4().hex
        drifts = list(find_drift())
        settled = 0
        for number, drift in enumerate(drifts, start=1):
            adopt = options["adopt"] and not drift.is_reserved
            truth = drift.counter if adopt else drift.movements
            line = (
                f"{drift.row[0]} {drift.row[1]} {drift.field}: counter {drift.counter}, "
                f"movements {drift.movements}, {'adopted' if adopt else 'restored'}: {truth}"
            )
            if not options["dry_run"]:
                try:
                    repair(drift, adopt=options["adopt"], key=f"repair:{run}:{number}")
                    settled += 1
                except (StockChangedError, ValueError) as error:
                    line = f"{error} Left as it is."
            self.stdout.write(line)
            if options["verbosity"] and number % 500 == 0:
                self.stderr.write(f"{number} of {len(drifts)} …")
        if options["dry_run"]:
            self.stdout.write(f"{len(drifts)} counters differ. Nothing was changed (dry run).")
        else:
            self.stdout.write(f"{settled} of {len(drifts)} counters repaired.")
