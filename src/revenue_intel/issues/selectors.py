"""Read issues."""

from __future__ import annotations

from collections.abc import Collection

from django.db.models import QuerySet

from revenue_intel.issues.models import Issue


def open_issues(*, kinds: Collection[str] | None = None) -> QuerySet[Issue]:
    """Return the open issues, newest first; only of ``kinds`` where given."""
    found = Issue.objects.filter(status=Issue.Status.OPEN)
    return found if kinds is None else found.filter(kind__in=kinds)
