"""Our rights as DRF permissions; ``access.policy`` decides."""

from __future__ import annotations

from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.views import APIView

from revenue_intel.access.permissions import Permission
from revenue_intel.access.policy import may


class MayViewAnalytics(BasePermission):
    """The same right as the dashboard's."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        """Ask the policy."""
        return may(request.user, Permission.VIEW_ANALYTICS)
