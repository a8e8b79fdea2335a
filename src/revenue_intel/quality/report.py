"""What a run found, as a table for people and as plain values for machines."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from revenue_intel.quality.base import Check, Result

#: Findings printed of one check; the list of issues has them all.
SHOWN = 10
PASSED, FAILED = "✓", "✗"
#: Before an advisory check that found something.
LOOK = "!"


def list_checks(checks: Iterable[Check]) -> str:
    """Return slug, severity and title of each check, aligned."""
    return _align([(check.slug, check.severity.value, check.title) for check in checks])


def as_json(results: Sequence[Result], *, open_errors: int) -> dict[str, Any]:
    """Return the run as plain JSON values."""
    return {
        "passed": all(result.passed for result in results),
        "open_errors": open_errors,
        "checks": [
            {
                "check": result.check.slug,
                "title": result.check.title,
                "severity": result.check.severity.value,
                "passed": result.passed,
                "crash": result.crash or None,
                "seconds": round(result.seconds, 3),
                "findings": [
                    {"subject": finding.subject, "message": finding.message, "detail": dict(finding.detail)}
                    for finding in result.findings
                ],
            }
            for result in results
        ],
    }


def choose_marks(encoding: str | None) -> tuple[str, str]:
    """Return what stands for right and for wrong: ticks, or words where the output cannot show ticks."""
    try:
        (PASSED + FAILED).encode(encoding or "utf-8")
    except UnicodeEncodeError:
        return "ok", "NO"
    return PASSED, FAILED


def as_table(results: Sequence[Result], *, open_errors: int, encoding: str | None) -> str:
    """Return one aligned line for each check, what was found under them, and a last line that sums it up."""
    passed, failed = choose_marks(encoding)
    rows = [
        (_mark(result, passed, failed), result.check.slug, _outcome(result), f"{result.seconds:.2f} s")
        for result in results
    ]
    parts = [_align(rows), *filter(None, map(_found, results)), _summary(results, open_errors)]
    return "\n\n".join(parts)


def _mark(result: Result, passed: str, failed: str) -> str:
    if not result.passed:
        return failed
    return LOOK if result.findings else passed


def _outcome(result: Result) -> str:
    if result.crash:
        return f"crashed ({result.crash})"
    return f"{len(result.findings)} found" if result.findings else "none found"


def _found(result: Result) -> str:
    lines = [f"  {finding.message}" for finding in result.findings[:SHOWN]]
    if len(result.findings) > SHOWN:
        lines.append(f"  and {len(result.findings) - SHOWN} more: see the list of issues")
    kind = "to look at" if result.check.advisory else result.check.severity.value
    return "\n".join([f"{result.check.slug} ({kind}):", *lines]) if lines else ""


def _summary(results: Sequence[Result], open_errors: int) -> str:
    passed = sum(result.passed for result in results)
    seconds = sum(result.seconds for result in results)
    return f"{passed} of {len(results)} checks passed in {seconds:.2f} s; {open_errors} open issues of severity error."


def _align(rows: Sequence[tuple[str, ...]]) -> str:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )
