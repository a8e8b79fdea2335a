"""The audit log. It holds no personal data: an actor is a user's key, never a name or an address."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from revenue_intel.kit.append_only import AppendOnlyModel


class AuditEvent(AppendOnlyModel):
    """One thing that somebody did.

    ``actor`` is ``user:<key>`` or ``command:<name>`` or ``stripe``. ``detail`` holds plain
    JSON values (window, rows, sha256 …).
    """

    at = models.DateTimeField()
    actor = models.CharField(max_length=150)
    action = models.CharField(max_length=64)
    subject = models.CharField(max_length=255)
    detail = models.JSONField(default=dict)

    class Meta:
        app_label = "revenue_intel"
        ordering: ClassVar[list[str]] = ["-id"]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["action", "at"], name="revint_audit_action")
        ]

    def __str__(self) -> str:
        """Say who did what."""
        return f"{self.actor} {self.action} {self.subject}"
