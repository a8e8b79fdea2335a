"""``revenue_forget_customer``: erase who a person is, and keep what was paid."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from revenue_intel.exceptions import CustomerNotFoundError
from revenue_intel.orders.forgetting import forget_customer


class Command(BaseCommand):
    """Forget one person by any of their names."""

    help = "Erase a person's names and the bodies of their events; money, KPIs and exports stay as they are."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the names, and offer a dry run."""
        parser.add_argument("--email", default="", help="an e-mail address")
        parser.add_argument("--user-id", default="", help="the host's user id")
        parser.add_argument("--stripe-customer", default="", help="a customer id at Stripe, cus_...")
        parser.add_argument("--dry-run", action="store_true", help="only say how much would be erased")

    def handle(self, *args: Any, **options: Any) -> None:
        """Erase, and say what had to be kept."""
        if not (options["email"].strip() or options["user_id"] or options["stripe_customer"]):
            raise CommandError("Give --email, --user-id or --stripe-customer.")
        try:
            forgotten = forget_customer(
                email=options["email"],
                user_id=options["user_id"],
                stripe_customer_id=options["stripe_customer"],
                actor="command:revenue_forget_customer",
                dry_run=options["dry_run"],
                progress=self._say_progress if options["verbosity"] else None,
            )
        except CustomerNotFoundError as error:
            raise CommandError(str(error)) from error
        if forgotten.number is None:
            said = f"Somebody is known by this; bodies of events that name them: {forgotten.bodies}."
            said += " Nothing was changed (dry run)."
        else:
            said = f"Forgotten: exports show erased-{forgotten.number}. Bodies dropped: {forgotten.bodies}."
        self.stdout.write(said)
        if forgotten.bodies_kept:
            self.stdout.write(
                f"Bodies kept, because their events are not applied: {forgotten.bodies_kept}. "
                "Run revenue_process_events, then this again."
            )

    def _say_progress(self, events: int) -> None:
        self.stderr.write(f"{events} events read …")
