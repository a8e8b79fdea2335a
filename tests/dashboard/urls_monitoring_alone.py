"""A host that mounts the monitoring pages, and nothing else of ours."""

from __future__ import annotations

from django.urls import include, path

urlpatterns = [path("", include("revenue_intel.urls.monitoring"))]
