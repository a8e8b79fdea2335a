"""Run the local Stripe stand-in until Ctrl-C."""

from __future__ import annotations

import re
import time
from argparse import ArgumentTypeError
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from revenue_intel.exceptions import UnknownCurrencyError
from revenue_intel.testing.standin import ApiFault, Standin, StandinRefused, Terms


class Command(BaseCommand):
    """Serve the stand-in on 127.0.0.1 and tell how to use it."""

    help = (
        "Run a local stand-in for Stripe on 127.0.0.1 until Ctrl-C: test payments, a hosted checkout page and "
        "signed webhooks, with no account and no network. Everything is forgotten when it ends. It refuses to "
        "run beside a live key."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the address to listen on and the address to post to."""
        parser.add_argument(
            "--port", type=int, default=12111, help="port on 127.0.0.1; 0 takes a free one (default: 12111)"
        )
        parser.add_argument(
            "--webhook-url",
            default="",
            help="where events are posted, on this machine, such as "
            "http://127.0.0.1:8000/payments/webhook/ (default: nowhere)",
        )
        parser.add_argument(
            "--secret",
            default="whsec_standin",
            help="secret that signs the webhooks; put the same one into "
            "REVENUE_INTEL_STRIPE_WEBHOOK_SECRETS (default: whsec_standin)",
        )

        parser.add_argument(
            "--connect-url",
            default="",
            help="where the events of connected accounts are posted, on this machine (default: nowhere)",
        )
        parser.add_argument(
            "--api-version",
            type=api_version,
            default=None,
            help="version whose shapes the posted events have, such as 2024-10-28.acacia (default: the newest)",
        )
        parser.add_argument(
            "--settlement-currency",
            default="gbp",
            help="currency the balance is kept in; others are exchanged at a fixed rate (default: gbp)",
        )
        parser.add_argument(
            "--daily-payouts", action="store_true", help="pay out what is available at midnight, UTC"
        )

    def handle(self, *, port: int, webhook_url: str, secret: str, **options: Any) -> None:
        """Serve until interrupted."""
        try:
            terms = Terms(
                settlement_currency=options["settlement_currency"], daily_payouts=options["daily_payouts"]
            )
            standin = Standin(
                secret=secret,
                webhook_url=webhook_url,
                port=port,
                connect_url=options["connect_url"],
                api_version=options["api_version"],
                terms=terms,
            ).start()
        except (ApiFault, StandinRefused, UnknownCurrencyError) as refused:
            raise CommandError(str(refused)) from refused
        except (OSError, OverflowError) as problem:
            raise CommandError(f"Cannot listen on 127.0.0.1:{port}: {problem}") from problem
        try:
            # In one piece: whoever waits for the address may interrupt as soon as it is there.
            self.stdout.write(
                f"Stripe stand-in at {standin.url} (Ctrl-C ends it)\n"
                f"  API key   {standin.api_key}\n"
                f"  webhooks  {webhook_url or 'none'}"
            )
            self.stdout.flush()
            while True:
                time.sleep(60)
        except KeyboardInterrupt:
            self.stdout.write("Stopped.")
        finally:
            standin.stop()


def api_version(text: str) -> str:
    """Return a version of Stripe's API as it was written: a day, and since 2024 a name."""
    if not re.fullmatch(r"\d{4}-\d\d-\d\d(\.[a-z]+)?", text):
        raise ArgumentTypeError(f"{text!r:.40} is no version such as 2024-10-28.acacia.")
    return text
