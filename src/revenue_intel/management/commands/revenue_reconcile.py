"""Find the events that Stripe has and we have not, and take them in; then read the balance, which has no events."""

from __future__ import annotations

import json
import re
from dataclasses import asdict
from datetime import datetime
from typing import Any, Final

from django.core.management.base import BaseCommand, CommandError, CommandParser

from revenue_intel.conf import settings as conf
from revenue_intel.exceptions import RevenueIntelError
from revenue_intel.handlers.balance_transactions import TakenIn, take_in_balance_transactions
from revenue_intel.kit import clock
from revenue_intel.webhooks.reconcile import Gap, Walk, plan_walk, take_walk

#: The exit code that says: events were missing, and all of them are here now.
HEALED: Final = 3
#: How one's own account is called beside connected ones.
OWN: Final = "own"


class Command(BaseCommand):
    """``revenue_reconcile``, once a day or after an outage."""

    help = (
        "Compare Stripe's list of events with ours, from where the last comparison ended, and take in what is "
        "missing; then read Stripe's balance transactions, of which no event tells. Exit 0: no event was missing. 3: "
        "all that was missing is here now. 1: something stays missing, or could not be read."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Say for whom, from when, and how to print."""
        parser.add_argument(
            "--account",
            action="append",
            default=[],
            metavar="ACCOUNT",
            help="a connected account (acct_…) instead of your own, which is called 'own' beside others; may be repeated",
        )
        parser.add_argument(
            "--since", metavar="TIME", help="begin then, not at the watermark: YYYY-MM-DD[THH:MM]"
        )
        parser.add_argument(
            "--dry-run", action="store_true", help="only report what is missing; read no balance"
        )
        parser.add_argument("--json", action="store_true", help="print the report as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        """Walk the list of each account, print what was found, and end as the help says."""
        since = _parse_since(options["since"])
        accounts = _parse_accounts(options["account"])
        reports = [self._reconcile(account, since, options) for account in accounts]
        if options["json"]:
            self.stdout.write(json.dumps(reports, indent=2))
        else:
            for report in reports:
                self._print(report)
        _end(reports)

    def _reconcile(self, account: str, since: datetime | None, options: dict[str, Any]) -> dict[str, Any]:
        walk = plan_walk(account=account, since=since)
        gaps: list[Gap] = []
        balance: TakenIn | None = None
        error = ""
        try:
            for step in take_walk(walk, is_dry_run=options["dry_run"]):
                if isinstance(step, Gap):
                    gaps.append(step)
                else:
                    self._tell(account, f"compared until {step:%Y-%m-%d %H:%M} …", options)
            if not options["dry_run"]:
                balance = take_in_balance_transactions(
                    account=account,
                    on_page=lambda so_far: self._tell(account, f"{so_far.read} bookings read …", options),
                )
        except RevenueIntelError as problem:
            error = str(problem)
        return _report(walk, gaps, balance, error)

    def _tell(self, account: str, progress: str, options: dict[str, Any]) -> None:
        if options["verbosity"]:
            self.stderr.write(f"{account or 'own account'}: {progress}")

    def _print(self, report: dict[str, Any]) -> None:
        who = report["account"] or "own account"
        for gap in report["gaps"]:
            created = clock.from_timestamp(gap["created"])
            became = gap["outcome"] or "missing"
            self.stdout.write(f"{created:%Y-%m-%d %H:%M:%S}  {became:8}  {gap['type']} {gap['event_id']}")
        if report["lost_since"]:
            self.stderr.write(
                f"{who}: events between {report['lost_since']} and {report['since']} can no longer be listed. "
                "Look for them in Stripe's dashboard."
            )
        if report["error"]:
            self.stderr.write(f"{who}: broken off, to be gone on with by the next run: {report['error']}")
        total, missing = len(report["gaps"]), report["missing"]
        self.stdout.write(f"{who}: {total} events were missing, {total - missing} of them are here now.")
        if balance := report["balance"]:
            self.stdout.write(
                f"{who}: {balance['read']} bookings were read, {balance['new']} of them are new."
            )


def _report(walk: Walk, gaps: list[Gap], balance: TakenIn | None, error: str) -> dict[str, Any]:
    return {
        "account": walk.account,
        "since": walk.since.isoformat(timespec="seconds"),
        "until": walk.until.isoformat(timespec="seconds"),
        "lost_since": walk.lost_since.isoformat(timespec="seconds") if walk.lost_since else None,
        "gaps": [asdict(gap) for gap in gaps],
        "missing": sum(not gap.outcome for gap in gaps),
        "balance": asdict(balance) if balance else None,
        "error": error,
    }


def _end(reports: list[dict[str, Any]]) -> None:
    if any(report["error"] for report in reports):
        raise CommandError("Not everything could be read from Stripe.")
    if any(report["missing"] or report["lost_since"] for report in reports):
        raise CommandError("Events are missing.")
    if total := sum(len(report["gaps"]) for report in reports):
        raise CommandError(f"{total} events were missing and are here now.", returncode=HEALED)


def _parse_accounts(names: list[str]) -> list[str]:
    """Return each account once, one's own as an empty name; that alone where none is given."""
    for name in names:
        if name != OWN and not re.fullmatch(r"acct_\w{1,250}", name, re.ASCII):
            raise CommandError(
                f"{name!r:.40} is no account: they begin with acct_, and your own is called {OWN!r}."
            )
    return list(dict.fromkeys("" if name == OWN else name for name in names or [OWN]))


def _parse_since(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        since = clock.parse_instant(text, zone=clock.zone(conf.TIME_ZONE))
    except ValueError as error:
        raise CommandError(str(error)) from error
    if since > clock.now():
        raise CommandError(f"{text!r:.40} is in the future: there are no events to compare.")
    return since
