"""The proofs after the play: the exports, the data checks and the probe."""

from __future__ import annotations

import http.client
import sys
from collections.abc import Sequence
from datetime import date
from io import StringIO

from django.conf import settings
from django.core.management import call_command
from example_project.settings_base import PROJECT_DIR

from demo import places
from demo.server import find_free_port, get, running
from demo.stage import Stage, StepFailed
from revenue_intel.conf import settings as conf
from revenue_intel.exports.contracts import NAMES
from revenue_intel.issues.models import Issue
from revenue_intel.issues.selectors import open_issues
from revenue_intel.management.commands.run_checks import find_failure
from revenue_intel.quality.registry import CHECKS
from revenue_intel.quality.report import as_table
from revenue_intel.quality.runner import run_all

PROBE = "/monitoring/healthz/"
ISSUES = "/monitoring/issues/"


def export_and_verify(stage: Stage, *, as_of: date, anew: bool) -> None:
    """Make the exports of a day, unless they are there, and verify each against its contract."""
    places.EXPORTS.mkdir(parents=True, exist_ok=True)
    for name in NAMES:
        days = "all" if name == "kpi-summary" else "30"
        path = places.EXPORTS / f"{name}_{days}_{conf.CURRENCY}_{as_of}.csv"
        if anew or not path.exists():
            call_command(
                *("revenue_export", name, "--days", days, "--as-of", str(as_of), "--output", str(path)),
                stdout=StringIO(),
            )
        said = StringIO()
        call_command("revenue_verify_export", str(path), stdout=said, no_color=True)
        stage.say(said.getvalue().replace(str(places.EXPORTS), places.EXPORTS.name).strip())


def run_checks(stage: Stage, *, is_strict: bool) -> None:
    """Run the data checks, and say what settles what they find.

    Args:
        stage: where it is told.
        is_strict: whether what ends ``run_checks --fail-on-issues`` is a failure here, or only told.

    Raises:
        StepFailed: a check crashed or, if strict, found something.
    """
    results = run_all(CHECKS)
    open_errors = open_issues().filter(severity=Issue.Severity.ERROR).count()
    stage.say(as_table(results, open_errors=open_errors, encoding=stage.encoding))
    if crashed := find_failure(results, open_errors=0, fail_on_issues=False):
        raise StepFailed(crashed)
    if not find_failure(results, open_errors=open_errors, fail_on_issues=True):
        return
    found = [result.check.slug for result in results if result.findings and not result.check.advisory]
    advice = _advise(found, open_errors=open_errors)
    if is_strict:
        raise StepFailed(advice)
    stage.say(f"\nWARNING: {advice}")


def _advise(found: Sequence[str], *, open_errors: int) -> str:
    what = ", ".join(found) or "nothing new"
    lines = [
        f"The checks found something ({what}); {open_errors} open issues of severity error. See {ISSUES}."
    ]
    if "stock-drift" in found:
        lines.append(
            "Stock was changed past the ledger. Where the shelf is right: manage.py revenue_repair_stock --adopt, "
            f"where the ledger is right: --restore; in {PROJECT_DIR}, with {sys.executable}."
        )
    database = settings.DATABASES["default"]["NAME"]
    lines.append(f"To begin anew, delete the folder {places.FOLDER} and the database {database}.")
    return "\n".join(lines)


def ask_probe(stage: Stage) -> None:
    """Ask the probe of a running shop.

    Raises:
        StepFailed: it does not say that all is well.
    """
    port = find_free_port()
    with running("-m", "demo.webserver", str(port), port=port):
        status, body = get(port, PROBE)
    if status != http.client.OK:
        raise StepFailed(f"GET {PROBE} answered {status} {body[:200]!r}.")
    stage.say(f"GET {PROBE}: {status} {body.decode().strip()}")
