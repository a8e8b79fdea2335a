"""Dashboard and exports, mountable alone."""

from __future__ import annotations

from django.urls import path

from revenue_intel.dashboard.exports_views import download
from revenue_intel.dashboard.parts_view import parts
from revenue_intel.dashboard.reports_view import reports
from revenue_intel.dashboard.views import dashboard
from revenue_intel.exports.contracts import NAMES

app_name = "analytics"

urlpatterns = [
    path("analytics/dashboard/", dashboard, name="dashboard"),
    path("analytics/reports/", reports, name="reports"),
    path("analytics/parts/<slug>/", parts, name="parts"),
    *(
        path(f"analytics/exports/{name}/", download, {"name": name}, name=f"analytics-export-{name}")
        for name in NAMES
    ),
]
