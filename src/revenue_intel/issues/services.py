"""Open, resolve and reopen issues."""

from __future__ import annotations

from typing import Any

from revenue_intel.issues.models import Issue, IssueChange
from revenue_intel.kit import clock


def open_issue(
    *,
    kind: str,
    subject: str,
    title: str,
    detail: dict[str, Any] | None = None,
    severity: Issue.Severity = Issue.Severity.ERROR,
) -> Issue:
    """Open the issue of this kind about this subject, or reopen it; one that is open stays as it is."""
    issue, created = Issue.objects.get_or_create(
        fingerprint=fingerprint_of(kind=kind, subject=subject),
        defaults={
            "kind": kind,
            "subject": subject[:255],
            "title": title[:255],
            "detail": detail or {},
            "severity": severity,
            "opened_at": clock.now(),
        },
    )
    if created:
        _record_change(issue)
    elif issue.status == Issue.Status.RESOLVED:
        issue.status = Issue.Status.OPEN
        issue.title, issue.detail, issue.severity = title[:255], detail or {}, severity
        issue.reopened_at = clock.now()
        issue.save()
        _record_change(issue)
    return issue


def resolve_issue(*, kind: str, subject: str) -> bool:
    """Resolve the open issue of this kind about this subject; say whether there was one."""
    named = Issue.objects.filter(fingerprint=fingerprint_of(kind=kind, subject=subject))
    changed = named.filter(status=Issue.Status.OPEN).update(
        status=Issue.Status.RESOLVED, resolved_at=clock.now()
    )
    if changed:
        _record_change(named.get())
    return bool(changed)


def _record_change(issue: Issue) -> None:
    IssueChange.objects.create(
        issue=issue, status=issue.status, severity=issue.severity, recorded_at=clock.now()
    )


def fingerprint_of(*, kind: str, subject: str) -> str:
    """Return what makes two reports the same issue."""
    return f"{kind}:{subject}"[:255]
