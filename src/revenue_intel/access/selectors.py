"""Read roles."""

from __future__ import annotations

from django.contrib.auth.models import Permission as DjangoPermission

from revenue_intel.access.permissions import Permission
from revenue_intel.access.roles import GROUP_NAMES, RIGHTS, Role


def find_unsynced_roles() -> list[Role]:
    """Return the roles whose group is missing or does not hold exactly its rights among ours."""
    ours = {permission.codename for permission in Permission}
    held: dict[str, set[str]] = {name: set() for name in GROUP_NAMES.values()}
    granted = DjangoPermission.objects.filter(
        content_type__app_label="revenue_intel", codename__in=ours, group__name__in=held
    )
    for name, codename in granted.values_list("group__name", "codename"):
        held[name].add(codename)
    return [
        role for role, name in GROUP_NAMES.items() if held[name] != {right.codename for right in RIGHTS[role]}
    ]
