"""The JSON interface, mountable alone."""

from __future__ import annotations

from django.db.transaction import non_atomic_requests
from django.urls import path

from revenue_intel.api.topic_views import (
    AnomalyView,
    CohortView,
    ConvertedView,
    FailureView,
    FunnelView,
    InventoryView,
    ProductView,
    SegmentView,
)
from revenue_intel.api.views import KpiView, PartsView, SchemaView, SubscriptionView

app_name = "revenue-api"

# Not within ATOMIC_REQUESTS: an answer is read from one snapshot of the database, which only a
# transaction of its own can ask for.
urlpatterns = [
    path("api/v1/kpis/", non_atomic_requests(KpiView.as_view()), name="kpis"),
    path("api/v1/kpis/<slug:slug>/parts/", non_atomic_requests(PartsView.as_view()), name="kpi-parts"),
    path("api/v1/subscriptions/", non_atomic_requests(SubscriptionView.as_view()), name="subscriptions"),
    path("api/v1/products/", non_atomic_requests(ProductView.as_view()), name="products"),
    path("api/v1/funnel/", non_atomic_requests(FunnelView.as_view()), name="funnel"),
    path("api/v1/payment-failures/", non_atomic_requests(FailureView.as_view()), name="payment-failures"),
    path("api/v1/segments/", non_atomic_requests(SegmentView.as_view()), name="segments"),
    path("api/v1/cohorts/", non_atomic_requests(CohortView.as_view()), name="cohorts"),
    path("api/v1/anomalies/", non_atomic_requests(AnomalyView.as_view()), name="anomalies"),
    path("api/v1/inventory/", non_atomic_requests(InventoryView.as_view()), name="inventory"),
    path("api/v1/converted/", non_atomic_requests(ConvertedView.as_view()), name="converted"),
    path("api/v1/schema/", SchemaView.as_view(), name="schema"),
]
