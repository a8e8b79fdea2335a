"""Who may do what in the shop, by the roles of revenue-intel."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.models import User
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from revenue_intel.access.policy import may

SEE_ORDERS = "revenue_intel.view_analytics"
OPERATE_ORDERS = "revenue_intel.operate_orders"
SEE_ISSUES = "revenue_intel.view_issues"

View = Callable[..., HttpResponse]


def customer(request: HttpRequest) -> User:
    """Who is logged in; for views behind a log-in."""
    if not isinstance(request.user, User):
        raise PermissionDenied
    return request.user


def staff_only(permission: str) -> Callable[[View], View]:
    """Let in who holds a permission; visitors are sent to the log-in, everyone else gets 403."""

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if not request.user.is_authenticated:
                # A form cannot be posted again after logging in, so that leads to the list.
                wanted = request.get_full_path() if request.method == "GET" else reverse("shop:staff-orders")
                return redirect_to_login(wanted)
            if not may(request.user, permission):
                raise PermissionDenied
            return view(request, *args, **kwargs)

        return guarded

    return decorate
