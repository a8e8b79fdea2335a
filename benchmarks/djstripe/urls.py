"""dj-stripe's own endpoint, and a queue that costs nothing."""

from __future__ import annotations

from typing import Any

from django.urls import include, path


def hand_to_a_free_queue(trigger: Any, api_key: str) -> None:
    """Take the event as a queue would that is infinitely fast."""


urlpatterns = [path("stripe/", include("djstripe.urls", namespace="djstripe"))]
