"""``revenue_tie_out``: does the ledger come to what Stripe booked?"""

from __future__ import annotations

import json
from argparse import ArgumentParser
from dataclasses import asdict
from datetime import timedelta
from typing import Any, Final

from django.core.management.base import BaseCommand, CommandError

from revenue_intel.facts.tieout import TieOut, compute_tie_out
from revenue_intel.kit import clock
from revenue_intel.kit.money import to_major
from revenue_intel.kpis.snapshot import one_snapshot

#: How many differences a line of the table names; JSON has them all.
NAMED: Final = 5
MAX_DAYS: Final = 36_500


class Command(BaseCommand):
    """Compare, print, and fail where something remains."""

    help = (
        "Compare the ledger with Stripe's balance transactions: per currency, mode, account and category, with "
        "what remains. Writes nothing. Exit 1 when something remains. revenue_reconcile reads the balance first."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Say how far back, and in what form."""
        parser.add_argument("--days", type=int, default=30, help="the last this many days (default: 30)")
        parser.add_argument("--format", choices=["table", "json"], default="table")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Compare in one snapshot, then print."""
        if not 1 <= options["days"] <= MAX_DAYS:
            raise CommandError(f"--days is a whole number from 1 to {MAX_DAYS}.")
        now = clock.now()
        with one_snapshot():
            lines = compute_tie_out(since=now - timedelta(days=options["days"]), until=now)
        if options["format"] == "json":
            self.stdout.write(json.dumps([as_json(line) for line in lines], indent=2))
        else:
            self.stdout.write(as_table(lines))
        differing = sum(len(line.differences) for line in lines)
        if differing:
            raise CommandError(f"{differing} differences between Stripe's balance and the ledger.")


def as_json(line: TieOut) -> dict[str, Any]:
    """Return a line as plain JSON values."""
    known = {name: value for name, value in asdict(line).items() if name != "by_subject"}
    differences = [{**asdict(each), "remainder_minor": each.remainder_minor} for each in line.differences]
    return {**known, "remainder_minor": line.remainder_minor, "differences": differences}


def as_table(lines: list[TieOut]) -> str:
    """Return aligned text: a row a category, and under it by name what differs."""
    if not lines:
        return "No balance transactions are known for these days: run revenue_reconcile first."
    head = ["", "Stripe", "ledger", "remainder", "converted"]
    body = [
        [
            f"{line.currency} {'live' if line.livemode else 'test'} {line.account} {line.category}".replace(
                "  ", " "
            ),
            *(
                str(to_major(amount, line.currency))
                for amount in (line.stripe_minor, line.ledger_minor, line.remainder_minor)
            ),
            str(line.converted),
        ]
        for line in lines
    ]
    widths = [max(len(row[column]) for row in [head, *body]) for column in range(len(head))]
    texts = [_aligned(head, widths)]
    for line, row in zip(lines, body, strict=True):
        texts.append(_aligned(row, widths))
        differences = line.differences
        texts += [
            f"    {each.subject}: Stripe {each.stripe_minor}, ledger {each.ledger_minor}"
            for each in differences[:NAMED]
        ]
        if len(differences) > NAMED:
            texts.append(f"    and {len(differences) - NAMED} more: --format json names them all")
    return "\n".join(texts)


def _aligned(row: list[str], widths: list[int]) -> str:
    cells = [
        row[0].ljust(widths[0]),
        *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True)),
    ]
    return "  ".join(cells).rstrip()
