"""The one function that decides. Views, API and admin ask it and nobody else."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase

from revenue_intel.access.permissions import Permission
from revenue_intel.access.roles import GROUP_NAMES, Role

View = Callable[..., HttpResponseBase]


def may(user: Any, permission: Permission | str) -> bool:
    """Say whether ``user`` holds the right; nobody who is not active and logged in does."""
    right = permission.value if isinstance(permission, Permission) else permission
    return bool(getattr(user, "is_authenticated", False) and user.is_active and user.has_perm(right))


def role_of(user: Any) -> Role:
    """Return the highest role of ``user``; a superuser is an admin."""
    if not (getattr(user, "is_authenticated", False) and user.is_active):
        return Role.ANONYMOUS
    if user.is_superuser:
        return Role.ADMIN
    names = set(user.groups.filter(name__in=GROUP_NAMES.values()).values_list("name", flat=True))
    return next((role for role, name in GROUP_NAMES.items() if name in names), Role.CUSTOMER)


def require(permission: Permission) -> Callable[[View], View]:
    """Let only holders of ``permission`` reach a view: others are sent to log in, or refused (403)."""

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if may(request.user, permission):
                return view(request, *args, **kwargs)
            if request.user.is_authenticated:
                raise PermissionDenied
            return redirect_to_login(request.get_full_path())

        return guarded

    return decorate
