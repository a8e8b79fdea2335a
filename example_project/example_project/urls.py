"""The shop at the root, its accounts, Django's admin, and revenue-intel by one include."""

from __future__ import annotations

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("", include("shop.urls")),
    path("accounts/", include("shop.account_urls")),
    path("admin/", admin.site.urls),
    path("", include("revenue_intel.urls")),
]
