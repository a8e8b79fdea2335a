"""Namespace ``payments``: Stripe's webhooks and the way to the payment page."""

from __future__ import annotations

from django.urls import path

from revenue_intel.orders.views import start
from revenue_intel.webhooks.views import webhook

app_name = "payments"

urlpatterns = [
    path("payments/webhook/", webhook, name="webhook"),
    path("payments/webhook/<slug:name>/", webhook, name="webhook-endpoint"),
    path("payments/start/<str:reference>/", start, name="start"),
]
