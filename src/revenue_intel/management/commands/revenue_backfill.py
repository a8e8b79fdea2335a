"""``revenue_backfill``: record the orders that were paid before we were installed, and compare the totals."""

from __future__ import annotations

from argparse import ArgumentParser, ArgumentTypeError
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from revenue_intel.conf import settings as conf
from revenue_intel.exceptions import ConfigurationError
from revenue_intel.kit import clock
from revenue_intel.kit.money import to_major
from revenue_intel.orders import services as orders
from revenue_intel.orders.backfill import NAMED, Backfill


def parse_instant(text: str) -> datetime:
    """Return the instant that was typed, in the configured zone."""
    try:
        return clock.parse_instant(text, zone=clock.zone(conf.TIME_ZONE))
    except ValueError as error:
        raise ArgumentTypeError(str(error)) from error


def parse_size(text: str) -> int:
    """Return the number of orders written."""
    if text.isascii() and text.isdigit() and len(text) < 6 and 1 <= int(text) <= 10_000:
        return int(text)
    raise ArgumentTypeError(f"{text!r:.20} is not a number from 1 to 10000")


class Command(BaseCommand):
    """``revenue_backfill --dry-run``, then without."""

    help = (
        "Record the shop's paid orders that are not known here, in batches, and compare the totals. "
        "Can be stopped and run again at any time. Exit 1 where the shop and the facts differ."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Say which orders, and how many at a time."""
        parser.add_argument("--since", type=parse_instant, metavar="WHEN", help="Paid then or later.")
        parser.add_argument(
            "--until", type=parse_instant, metavar="WHEN", help="Paid before then (default: now)."
        )
        parser.add_argument(
            "--batch-size",
            type=parse_size,
            default=500,
            metavar="N",
            help="Orders a transaction (default: 500).",
        )
        parser.add_argument("--dry-run", action="store_true", help="Say what would be recorded, and stop.")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Record batch after batch, then say what was found."""
        try:
            found = orders.backfill(
                since=options["since"],
                until=options["until"],
                batch_size=options["batch_size"],
                dry_run=options["dry_run"],
                progress=self._say_progress if options["verbosity"] else None,
            )
        except ConfigurationError as error:
            raise CommandError(str(error)) from error
        if options["dry_run"]:
            self.stdout.write(
                f"{found.missing} orders would be recorded, {found.known} are known. Nothing was changed."
            )
        else:
            self.stdout.write(f"{found.recorded} orders recorded, {found.known} were known.")
        for currency, tally in sorted(found.tallies.items()):
            self.stdout.write(
                f"{currency}: the shop has {tally.host_orders} paid orders over {to_major(tally.host_minor, currency)}, "
                f"here are {tally.our_orders} over {to_major(tally.our_minor, currency)}"
            )
        if not options["dry_run"]:
            raise_differences(found)

    def _say_progress(self, found: Backfill) -> None:
        self.stderr.write(f"{found.recorded + found.missing + found.known} orders looked at …")


def raise_differences(found: Backfill) -> None:
    """End with exit 1, naming what differs, where anything does.

    Raises:
        CommandError: something does.
    """
    if found.agrees:
        return
    lines = ["The shop and the facts differ."]
    for currency, tally in sorted(found.tallies.items()):
        if not tally.agrees:
            lines.append(
                f"{currency}: {tally.our_orders - tally.host_orders:+d} orders here, over "
                f"{to_major(tally.our_minor - tally.host_minor, currency)} more than in the shop"
            )
    lines += found.differing_orders
    lines += [f"cannot be read: {text}" for text in found.unreadable_orders]
    if found.unreadable > NAMED:
        lines.append(f"{found.unreadable - NAMED} more cannot be read")
    raise CommandError("\n".join(lines))
