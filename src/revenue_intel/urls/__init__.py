"""The full include: ``path("", include("revenue_intel.urls"))``. Each namespace can be mounted alone."""

from __future__ import annotations

from django.urls import include, path

urlpatterns = [
    path("", include("revenue_intel.urls.payments")),
    path("", include("revenue_intel.urls.monitoring")),
    path("", include("revenue_intel.urls.analytics")),
    path("", include("revenue_intel.urls.api")),
]
