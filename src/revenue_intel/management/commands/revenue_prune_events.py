"""``revenue_prune_events``: drop the bodies of old events; what tells them apart stays."""

from __future__ import annotations

import re
from argparse import ArgumentTypeError
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from revenue_intel.audit.services import record_action
from revenue_intel.kit import clock
from revenue_intel.webhooks import retention


def parse_age(text: str) -> timedelta:
    """Return the age written as a number of days: ``90d``."""
    if not re.fullmatch(r"[1-9][0-9]{0,4}d", text, re.ASCII):
        raise ArgumentTypeError(f"{text!r:.20} is not a number of days, such as 90d")
    return timedelta(days=int(text[:-1]))


class Command(BaseCommand):
    """Drop bodies, a batch at a time."""

    help = (
        "Drop the bodies of applied and ignored events older than that; keys, outcomes and digests are kept."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the age, and offer a dry run."""
        parser.add_argument(
            "--older-than", type=parse_age, required=True, metavar="AGE", help="age since they came in: 90d"
        )
        parser.add_argument("--dry-run", action="store_true", help="only say how many there are")

    def handle(self, *args: Any, **options: Any) -> None:
        """Prune, and say how many."""
        before = clock.now() - options["older_than"]
        if options["dry_run"]:
            count = retention.find_prunable(before=before).count()
            self.stdout.write(f"Bodies that would be dropped: {count}. Nothing was changed (dry run).")
            return
        dropped = retention.prune(
            before=before, progress=self._say_progress if options["verbosity"] else None
        )
        if dropped:
            record_action(
                actor="command:revenue_prune_events",
                action="events.pruned",
                subject=before.date().isoformat(),
                detail={"bodies": dropped},
            )
        self.stdout.write(f"Bodies dropped: {dropped}.")

    def _say_progress(self, events: int) -> None:
        self.stderr.write(f"{events} bodies dropped …")
