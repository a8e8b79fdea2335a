"""The bar above every page: where else this person may go, and the way back to the shop."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from django.urls import NoReverseMatch, get_script_prefix, reverse

from revenue_intel.access.permissions import Permission
from revenue_intel.access.policy import may

DASHBOARD: Final = "analytics:dashboard"
REPORTS: Final = "analytics:reports"
PARTS: Final = "analytics:parts"
ISSUES: Final = "monitoring:monitoring-issues"

#: Route, title, right.
PAGES: Final = (
    (DASHBOARD, "Dashboard", Permission.VIEW_ANALYTICS),
    (REPORTS, "Reports", Permission.VIEW_ANALYTICS),
    (ISSUES, "Issues", Permission.VIEW_ISSUES),
)


@dataclass(frozen=True, kw_only=True)
class Page:
    """A page that the person may see."""

    title: str
    url: str
    current: bool


def frame_of(user: Any, *, current: str) -> dict[str, Any]:
    """Return the context that ``dashboard_base.html`` needs; ``current`` is the route being shown."""
    return {
        "site_url": get_script_prefix(),
        "pages": [
            Page(title=title, url=url, current=route == current)
            for route, title, right in PAGES
            if may(user, right) and (url := find_url(route))
        ],
    }


def find_url(route: str) -> str:
    """Return the address of a route; empty where a host has not mounted its namespace."""
    try:
        return reverse(route)
    except NoReverseMatch:
        return ""
