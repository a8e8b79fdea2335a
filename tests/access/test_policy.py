"""One function decides who may do what."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import AnonymousUser, Group, User

from revenue_intel.access.permissions import Permission
from revenue_intel.access.policy import may, role_of
from revenue_intel.access.roles import GROUP_NAMES, RIGHTS, Role, sync_roles

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def roles() -> dict[Role, Group]:
    return sync_roles()


def member_of(*roles: Role, is_active: bool = True) -> User:
    user = User.objects.create_user("member", is_active=is_active)
    user.groups.set(Group.objects.filter(name__in=[GROUP_NAMES[role] for role in roles]))
    return user


@pytest.mark.parametrize("role", GROUP_NAMES)
@pytest.mark.parametrize("permission", Permission)
def test_a_member_has_exactly_the_rights_of_the_role(role, permission):
    assert may(member_of(role), permission) is (permission in RIGHTS[role])


@pytest.mark.parametrize("permission", Permission)
def test_strangers_customers_and_the_inactive_have_none(permission):
    inactive = User.objects.create_superuser("gone", is_active=False)

    assert not may(AnonymousUser(), permission)
    assert not may(None, permission)
    assert not may(User.objects.create_user("customer"), permission)
    assert not may(inactive, permission)


def test_a_right_can_be_named_by_its_value():
    assert may(member_of(Role.OPS), "revenue_intel.view_issues")


def test_each_is_who_the_groups_say():
    assert role_of(AnonymousUser()) is Role.ANONYMOUS
    assert role_of(member_of()) is Role.CUSTOMER
    assert role_of(User.objects.create_superuser("boss")) is Role.ADMIN


@pytest.mark.parametrize("role", GROUP_NAMES)
def test_a_member_has_the_role_of_the_group(role):
    assert role_of(member_of(role)) is role


def test_the_highest_of_several_roles_counts():
    assert role_of(member_of(Role.ANALYST, Role.OPS)) is Role.OPS


def test_whoever_is_not_active_is_nobody():
    assert role_of(member_of(Role.ADMIN, is_active=False)) is Role.ANONYMOUS


def test_a_right_reads_well_in_the_admin():
    assert Permission.VIEW_ISSUES.codename == "view_issues"
    assert Permission.VIEW_ISSUES.label == "Can see open issues"
