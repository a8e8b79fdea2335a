"""``revenue_retry_refunds``: ask Stripe again for refunds that it has not answered."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from revenue_intel.orders import refunding


class Command(BaseCommand):
    """Ask again, under the same keys, and say what came of it."""

    help = (
        "Ask Stripe again for every refund that it has not answered, under the same idempotency key. "
        "Exit 1 while there are any left."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take whether to only look."""
        parser.add_argument("--dry-run", action="store_true", help="only list them")

    def handle(self, *args: Any, **options: Any) -> None:
        """Send or list them."""
        if options["dry_run"]:
            for request in refunding.find_unanswered():
                self.stdout.write(f"{request.order_reference}  {request.amount_minor}  {request.key}")
            return
        said = refunding.send_unanswered()
        for request, code in said:
            self.stdout.write(f"{request.order_reference}  {request.amount_minor}  {code or 'answered'}")
        left = sum(bool(code) and code != "payment_refused" for _, code in said)
        if left:
            raise CommandError(f"{left} of {len(said)} refunds are still not answered.")
        self.stdout.write(f"{len(said)} refunds asked for again.")
