"""``run_checks``: does the data keep its promises?"""

from __future__ import annotations

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from revenue_intel.issues.models import Issue
from revenue_intel.issues.selectors import open_issues
from revenue_intel.quality.base import Check, Result
from revenue_intel.quality.registry import CHECKS
from revenue_intel.quality.report import as_json, as_table, list_checks
from revenue_intel.quality.runner import run_all


class Command(BaseCommand):
    """Run the checks, open and resolve their issues, and say what was found."""

    help = (
        "Run the data checks. Exit 1 when a check crashed; with --fail-on-issues also when there is a finding "
        "of a check that is not advisory, or an open issue of severity error."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take which checks to run, how to print and when to fail."""
        parser.add_argument("checks", nargs="*", metavar="CHECK", help="only these checks (see --list)")
        parser.add_argument("--list", action="store_true", dest="list_only", help="list the checks and end")
        parser.add_argument("--format", choices=["table", "json"], default="table")
        parser.add_argument(
            "--fail-on-issues", action="store_true", help="fail on findings and on open errors"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Run, print, and fail as asked."""
        if options["list_only"]:
            self.stdout.write(list_checks(CHECKS))
            return
        results = run_all(choose_checks(options["checks"]))
        errors = open_issues().filter(severity=Issue.Severity.ERROR).count()
        if options["format"] == "json":
            self.stdout.write(json.dumps(as_json(results, open_errors=errors), indent=2))
        else:
            encoding = getattr(self.stdout, "encoding", None)
            self.stdout.write(as_table(results, open_errors=errors, encoding=encoding))
        reason = find_failure(results, open_errors=errors, fail_on_issues=options["fail_on_issues"])
        if reason:
            raise CommandError(reason)


def choose_checks(slugs: list[str]) -> list[Check]:
    """Return the checks of these names, all where none is named.

    Raises:
        CommandError: there is no check of that name.
    """
    known = {check.slug: check for check in CHECKS}
    unknown = [slug for slug in slugs if slug not in known]
    if unknown:
        raise CommandError(f"There is no check {', '.join(unknown)}. There are: {', '.join(known)}.")
    return [known[slug] for slug in slugs] or list(CHECKS)


def find_failure(results: list[Result], *, open_errors: int, fail_on_issues: bool) -> str:
    """Return why the command fails, or an empty string."""
    crashed = [result.check.slug for result in results if result.crash]
    if crashed:
        return f"Crashed, so nothing is known: {', '.join(crashed)}. The log has the traceback."
    findings = sum(len(result.findings) for result in results if not result.check.advisory)
    if fail_on_issues and (findings or open_errors):
        return f"{findings} findings; {open_errors} open issues of severity error."
    return ""
