"""``revenue_required_events``: what an endpoint at Stripe should subscribe to, and what it does."""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from revenue_intel.exceptions import ConfigurationError, PaymentGatewayError
from revenue_intel.gateway.reading import list_webhook_endpoints
from revenue_intel.webhooks.endpoints import all_endpoints
from revenue_intel.webhooks.selectors import describe_event_types
from revenue_intel.webhooks.subscriptions import Subscription, compare_subscriptions


class Command(BaseCommand):
    """Print the types that have a handler, or compare them with the endpoints at Stripe."""

    help = "Print the event types an endpoint should subscribe to; with --compare, what those at Stripe lack."
    requires_system_checks = ()  # it is asked while an installation is being set up

    def add_arguments(self, parser: CommandParser) -> None:
        """Offer the formats and the comparison."""
        parser.add_argument(
            "--format", choices=["list", "json"], default="list", help="list: one type a line"
        )
        parser.add_argument(
            "--compare",
            action="store_true",
            help="ask Stripe what its endpoints subscribe to; exit 1 where one lacks a type",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Print, or compare and print."""
        if options["compare"]:
            self._compare(options["format"])
            return
        types = describe_event_types()
        text = json.dumps(types, indent=2) if options["format"] == "json" else "\n".join(types["handled"])
        self.stdout.write(text)

    def _compare(self, format_: str) -> None:
        try:
            subscriptions = compare_subscriptions(list_webhook_endpoints())
        except (ConfigurationError, PaymentGatewayError) as error:
            raise CommandError(f"The endpoints cannot be compared. {error}") from error
        if not subscriptions:
            paths = ", ".join(endpoint.path for endpoint in all_endpoints()) or "none is on here"
            raise CommandError(f"No enabled endpoint of this Stripe account leads here (paths: {paths}).")
        if format_ == "json":
            self.stdout.write(json.dumps([vars(each) for each in subscriptions], indent=2))
        else:
            for subscription in subscriptions:
                self._write_table(subscription)
        missing = sum(len(subscription.missing) for subscription in subscriptions)
        if missing:
            raise CommandError(f"Missing subscriptions: {missing}.")

    def _write_table(self, subscription: Subscription) -> None:
        self.stdout.write(subscription.url)
        if not (subscription.missing or subscription.needless):
            self.stdout.write("  subscribes to exactly what is needed")
        for word, types in (("missing", subscription.missing), ("needless", subscription.needless)):
            for event_type in types:
                self.stdout.write(f"  {word:<8}  {event_type}")
