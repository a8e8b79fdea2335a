"""Roles are groups with exactly their rights among ours, and the command that makes them can be run again."""

from __future__ import annotations

from io import StringIO

import pytest
from django.contrib.auth.models import Group
from django.contrib.auth.models import Permission as DjangoPermission
from django.core.management import CommandError, call_command

from revenue_intel.access.roles import GROUP_NAMES, RIGHTS, Role, sync_roles
from revenue_intel.access.selectors import find_unsynced_roles

pytestmark = pytest.mark.django_db


def rights_of(role: Role) -> set[str]:
    return set(Group.objects.get(name=GROUP_NAMES[role]).permissions.values_list("codename", flat=True))


def permission(codename: str) -> DjangoPermission:
    return DjangoPermission.objects.get(codename=codename)


def test_before_the_first_sync_every_role_is_missing():
    assert find_unsynced_roles() == list(GROUP_NAMES)


def test_each_group_gets_its_rights():
    sync_roles()

    for role in GROUP_NAMES:
        assert rights_of(role) == {right.codename for right in RIGHTS[role]}
    assert find_unsynced_roles() == []


def test_rights_of_ours_that_do_not_belong_are_taken_away():
    group = sync_roles()[Role.ANALYST]
    group.permissions.add(permission("operate_orders"))
    assert find_unsynced_roles() == [Role.ANALYST]

    sync_roles()

    assert rights_of(Role.ANALYST) == {"view_analytics", "export_analytics"}


def test_rights_that_are_not_ours_stay():
    group = sync_roles()[Role.OPS]
    group.permissions.add(permission("view_user"))

    sync_roles()

    assert "view_user" in rights_of(Role.OPS)
    assert find_unsynced_roles() == []


def test_the_command_says_who_got_what_and_can_be_run_again():
    for _ in range(2):
        output = StringIO()
        call_command("revenue_sync_roles", stdout=output)

    assert "Revenue analyst: view_analytics, export_analytics" in output.getvalue()
    assert Group.objects.count() == 3


def test_without_our_permissions_the_command_says_what_to_type():
    DjangoPermission.objects.filter(codename="view_issues").delete()

    with pytest.raises(CommandError, match="Type: python"):
        call_command("revenue_sync_roles")
