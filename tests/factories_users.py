"""People who log in: ``client_of("analyst")`` is a browser in which an analyst is logged in."""

from __future__ import annotations

from itertools import count

from django.contrib.auth.models import User
from django.test import Client

from revenue_intel.access.roles import Role, sync_roles

_numbers = count(1)


def user_of(role: str) -> User:
    """Make a user of a role: customer, analyst, ops or admin."""
    user = User.objects.create_user(f"{role}-{next(_numbers)}", password="only-for-tests")
    if role != Role.CUSTOMER:
        user.groups.add(sync_roles()[Role(role)])
    return user


def client_of(role: str) -> Client:
    """Return a client logged in as somebody of a role; nobody is logged in for ``anonymous``."""
    client = Client()
    if role != Role.ANONYMOUS:
        client.force_login(user_of(role))
    return client
