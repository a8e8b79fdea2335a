"""``revenue_release_expired``: give back stock that was held for payments which can no longer succeed."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from revenue_intel.exceptions import RevenueIntelError
from revenue_intel.orders import expiry


class Command(BaseCommand):
    """Release what is overdue, and say what became of each order."""

    help = (
        "Close the payment pages whose time has come, and give back the stock that was held for them. "
        "Exit 1 where Stripe could not be asked; such stock stays held."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take whether to only look."""
        parser.add_argument("--dry-run", action="store_true", help="only list the orders")

    def handle(self, *args: Any, **options: Any) -> None:
        """Release or list them."""
        failed = 0
        overdue = expiry.find_overdue()
        for reference in overdue:
            if options["dry_run"]:
                self.stdout.write(reference)
                continue
            try:
                released = expiry.release_overdue(reference=reference)
            except RevenueIntelError as error:
                failed += 1
                self.stderr.write(f"{reference}  {error}")
            else:
                self.stdout.write(f"{reference}  {'released' if released else 'is being paid'}")
        if failed:
            raise CommandError(f"{failed} of {len(overdue)} orders keep their stock for now.")
        self.stdout.write(f"{len(overdue)} orders overdue.")
