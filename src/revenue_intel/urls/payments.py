"""Namespace ``payments``: Stripe's webhooks, the way to the payment page and back, and what is done to an order."""

from __future__ import annotations

from django.urls import path

from revenue_intel.orders.views import cancel, come_back, fulfil, intent, refund, start
from revenue_intel.webhooks.views import webhook

app_name = "payments"

urlpatterns = [
    path("payments/webhook/", webhook, name="webhook"),
    path("payments/webhook/<slug:name>/", webhook, name="webhook-endpoint"),
    path("payments/start/<str:reference>/", start, name="start"),
    path("payments/intent/<str:reference>/", intent, name="intent"),
    path("payments/return/<str:reference>/", come_back, name="return"),
    path("payments/cancel/<str:reference>/", cancel, name="cancel"),
    path("payments/fulfil/<str:reference>/", fulfil, name="fulfil"),
    path("payments/refund/<str:reference>/", refund, name="refund"),
]
