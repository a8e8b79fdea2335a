"""Work out closed days ahead."""

from __future__ import annotations

from argparse import ArgumentParser
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from revenue_intel.exceptions import InvalidWindowError
from revenue_intel.kpis.questions import parse_day
from revenue_intel.kpis.rollups import Stretch, build, find_stretches


class Command(BaseCommand):
    """``revenue_rollup``, once an hour or so."""

    help = (
        "Work out the closed days whose numbers are missing or no longer hold. Safe to run again at any time."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Say which days."""
        parser.add_argument("--all", action="store_true", help="Every closed day, also those that hold.")
        parser.add_argument("--from", dest="first", metavar="YYYY-MM-DD", help="The first day.")
        parser.add_argument("--to", dest="last", metavar="YYYY-MM-DD", help="The last day.")
        parser.add_argument("--dry-run", action="store_true", help="Say what would be worked out, and stop.")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Work out one stretch of days after the other, each in a transaction of its own."""
        first, last = day_or_none(options["first"]), day_or_none(options["last"])
        if first and last and last < first:
            raise CommandError("--to must not be before --from.")
        stretches = find_stretches(first=first, last=last, everything=options["all"])
        total = sum(stretch.days for stretch in stretches)
        if options["dry_run"]:
            for stretch in stretches:
                self.stdout.write(described(stretch))
            self.stdout.write(f"{total} days would be worked out. Nothing was changed.")
            return
        done = restated = 0
        for stretch in stretches:
            restated += build(stretch)
            done += stretch.days
            if options["verbosity"] > 0:
                self.stdout.write(f"[{done} of {total}] {described(stretch)}")
        self.stdout.write(f"{done} days worked out; {restated} numbers restated.")


def described(stretch: Stretch) -> str:
    """Name a stretch."""
    scope = stretch.scopes[0]
    currencies = ", ".join(each.currency for each in stretch.scopes)
    money = f"{currencies} {'live' if scope.livemode else 'test'} {scope.account}".rstrip()
    return f"{money}: {stretch.first} to {stretch.last}"


def day_or_none(text: str | None) -> date | None:
    """Return the day written, None where nothing was."""
    try:
        return parse_day(text) if text else None
    except InvalidWindowError as error:
        raise CommandError("--from and --to must be days, such as 2026-03-31.") from error
