"""Issues. No personal data: subjects are references and Stripe ids."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from revenue_intel.kit.append_only import AppendOnlyModel


class Issue(models.Model):
    """Something that a person must look at. One row per fingerprint for ever."""

    class Status(models.TextChoices):
        """Where an issue stands."""

        OPEN = "open"
        RESOLVED = "resolved"

    class Severity(models.TextChoices):
        """How bad it is. An error puts a number in doubt; a warning does not."""

        ERROR = "error"
        WARNING = "warning"

    fingerprint = models.CharField(max_length=255, unique=True)
    kind = models.CharField(max_length=64)
    severity = models.CharField(max_length=16, choices=Severity, default=Severity.ERROR)
    status = models.CharField(max_length=16, choices=Status, default=Status.OPEN)
    subject = models.CharField(max_length=255)
    title = models.CharField(max_length=255)
    detail = models.JSONField(default=dict)
    opened_at = models.DateTimeField()
    resolved_at = models.DateTimeField(null=True)
    reopened_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "revenue_intel"
        ordering: ClassVar[list[str]] = ["-opened_at", "-id"]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["status", "kind"], name="revint_issue_status")
        ]

    def __str__(self) -> str:
        """Say what is wrong."""
        return self.title


class IssueChange(AppendOnlyModel):
    """An issue was opened, resolved or opened again: how it stood from then on."""

    issue = models.ForeignKey(Issue, on_delete=models.PROTECT, related_name="+")
    status = models.CharField(max_length=16, choices=Issue.Status)
    severity = models.CharField(max_length=16, choices=Issue.Severity)
    recorded_at = models.DateTimeField()

    class Meta:
        app_label = "revenue_intel"

    def __str__(self) -> str:
        """Name the issue and how it stood."""
        return f"issue {self.issue_id} {self.status} since {self.recorded_at}"
