"""Apply the events that still want applying: received, parked, failed."""

from __future__ import annotations

from collections import Counter
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from revenue_intel.webhooks import processing


class Command(BaseCommand):
    """One pass over the stored events that are not settled; safe to run at any time."""

    help = "Apply stored Stripe events that are received, parked or failed: one pass, oldest first."

    def add_arguments(self, parser: CommandParser) -> None:
        """Offer a dry run."""
        parser.add_argument("--dry-run", action="store_true", help="only say how many events want applying")

    def handle(self, *args: Any, **options: Any) -> None:
        """Process each and print what became of them."""
        waiting = processing.unapplied_events()
        if options["dry_run"]:
            self.stdout.write(f"{len(waiting)} events want applying. Nothing was changed (dry run).")
            return
        outcomes: Counter[str] = Counter()
        for number, pk in enumerate(waiting, start=1):
            outcomes[processing.process(pk).outcome] += 1
            if options["verbosity"] and number % 500 == 0:
                self.stderr.write(f"{number} of {len(waiting)} …")
        said = ", ".join(f"{count} {outcome}" for outcome, count in sorted(outcomes.items()))
        self.stdout.write(f"{len(waiting)} events processed{': ' + said if said else ''}.")
