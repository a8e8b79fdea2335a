"""Namespace ``monitoring``: the two probes and the list of issues."""

from __future__ import annotations

from django.urls import path

from revenue_intel.dashboard.issues_view import issues
from revenue_intel.health.views import healthz, livez

app_name = "monitoring"

urlpatterns = [
    path("monitoring/healthz/", healthz, name="healthz"),
    path("monitoring/livez/", livez, name="livez"),
    path("monitoring/issues/", issues, name="monitoring-issues"),
]
