"""A host that mounts dashboard and exports, and nothing else of ours."""

from __future__ import annotations

from django.urls import include, path

urlpatterns = [path("", include("revenue_intel.urls.analytics"))]
