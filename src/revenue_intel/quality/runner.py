"""Run checks, contain what goes wrong in them, and keep the list of issues equal to what was found."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable

from revenue_intel.issues import selectors as issues_read
from revenue_intel.issues import services as issues
from revenue_intel.quality.base import Check, Finding, Result
from revenue_intel.quality.reading import read_only

logger = logging.getLogger(__name__)


def run_all(checks: Iterable[Check]) -> list[Result]:
    """Run ``checks`` one after another; open an issue for every finding and resolve those that are gone."""
    return [_run_and_report(check) for check in checks]


def run_one(check: Check) -> Result:
    """Run one check, reading only. An exception in it is logged and becomes a *crashed* result."""
    started = time.monotonic()
    try:
        findings = _find(check)
    except Exception as error:
        logger.exception("The check %s crashed.", check.slug)
        return Result(
            check=check, findings=(), seconds=time.monotonic() - started, crash=type(error).__name__
        )
    return Result(check=check, findings=findings, seconds=time.monotonic() - started)


def _find(check: Check) -> tuple[Finding, ...]:
    with read_only():
        return tuple(check.run())


def _run_and_report(check: Check) -> Result:
    # Asked first: what is opened while the check is reading is not for this run to resolve.
    known = list(issues_read.open_issues(kinds=[check.kind]).values_list("subject", flat=True))
    result = run_one(check)
    if not result.crash:  # a check that crashed knows nothing: what it found before still stands
        _report(result, known)
    return result


def _report(result: Result, known: Iterable[str]) -> None:
    check = result.check
    for finding in result.findings:
        issues.open_issue(
            kind=finding.kind or check.kind,
            subject=finding.subject,
            title=finding.message,
            detail=dict(finding.detail),
            severity=check.severity,
        )
    found = {finding.subject[:255] for finding in result.findings}
    for subject in known:
        if subject not in found:
            issues.resolve_issue(kind=check.kind, subject=subject)
