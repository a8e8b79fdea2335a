"""What the commands that print or write numbers are asked: the words of the JSON interface, as options."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from revenue_intel.kpis.questions import FLAGS, ScopeArguments, read_scope


def add_scope_arguments(parser: ArgumentParser) -> None:
    """Offer all but the window's length."""
    parser.add_argument("--currency", help="Three-letter code (default: REVENUE_INTEL_CURRENCY).")
    parser.add_argument("--as-of", help="The window's last day, YYYY-MM-DD (default: today).")
    parser.add_argument(
        "--livemode", choices=FLAGS, help="Live money, or test money (default: as on the dashboard)."
    )
    parser.add_argument("--account", help="A connected account, such as acct_1 (default: the shop's own).")
    parser.add_argument(
        "--zone", help="Whose days, such as Europe/London (default: REVENUE_INTEL_TIME_ZONE)."
    )
    parser.add_argument(
        "--complete-days",
        action="store_const",
        const="true",
        help="Up to yesterday, where the window would end today.",
    )


def add_known_at_argument(parser: ArgumentParser) -> None:
    """Offer the answer as it was known at an instant."""
    parser.add_argument(
        "--known-at", metavar="WHEN", help="As it was known then, such as 2026-03-31T09:00 (slower)."
    )


def read_scope_options(options: dict[str, Any]) -> ScopeArguments:
    """Return what was asked.

    Raises:
        InvalidWindowError: a part of it is none.
    """
    names = ScopeArguments.__annotations__
    return read_scope({name: options[name] for name in names if options[name] is not None})
