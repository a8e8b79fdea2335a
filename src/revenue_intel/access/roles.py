"""Roles are Django groups; ``revenue_sync_roles`` makes them and gives them their rights."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from django.contrib.auth.models import Group
from django.contrib.auth.models import Permission as DjangoPermission

from revenue_intel.access.permissions import Permission


class Role(StrEnum):
    """Who somebody is to us. ``customer`` is anybody logged in who is in none of our groups."""

    ANONYMOUS = "anonymous"
    CUSTOMER = "customer"
    ANALYST = "analyst"
    OPS = "ops"
    ADMIN = "admin"


GROUP_NAMES: Final[Mapping[Role, str]] = {
    Role.ADMIN: "Revenue admin",
    Role.OPS: "Revenue ops",
    Role.ANALYST: "Revenue analyst",
}

RIGHTS: Final[Mapping[Role, tuple[Permission, ...]]] = {
    Role.ADMIN: tuple(Permission),
    Role.OPS: (Permission.VIEW_ANALYTICS, Permission.VIEW_ISSUES, Permission.OPERATE_ORDERS),
    Role.ANALYST: (Permission.VIEW_ANALYTICS, Permission.EXPORT_ANALYTICS),
}


def sync_roles() -> dict[Role, Group]:
    """Make the groups and give each exactly its rights among ours; other rights in them stay. Idempotent."""
    ours = {
        permission.codename: permission
        for permission in DjangoPermission.objects.filter(
            content_type__app_label="revenue_intel", content_type__model="revenueaccess"
        )
    }
    groups = {}
    for role, name in GROUP_NAMES.items():
        group, _ = Group.objects.get_or_create(name=name)
        wanted = [ours[right.codename] for right in RIGHTS[role]]
        group.permissions.remove(*(permission for permission in ours.values() if permission not in wanted))
        group.permissions.add(*wanted)
        groups[role] = group
    return groups
