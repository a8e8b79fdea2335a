"""A home for our permissions. Django keeps permissions by model; this one has no table."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from revenue_intel.access.permissions import Permission


class RevenueAccess(models.Model):
    """Nothing is stored here; ``migrate`` makes the permissions listed below."""

    class Meta:
        app_label = "revenue_intel"
        managed = False
        default_permissions: ClassVar[tuple[str, ...]] = ()
        permissions = tuple((permission.codename, permission.label) for permission in Permission)

    def __str__(self) -> str:
        """Say what it stands for."""
        return "access"
