"""Run with dj-stripe's interpreter once the tables are there: make the endpoint that events are posted to."""

from __future__ import annotations

import sys

import django

if __name__ == "__main__":
    django.setup()

    from djstripe.models import WebhookEndpoint

    from benchmarks.djstripe import ENDPOINT

    WebhookEndpoint.objects.create(
        id="we_bench",
        livemode=False,
        secret=sys.argv[1],
        djstripe_uuid=ENDPOINT,
        enabled_events=["*"],
        url=f"http://127.0.0.1/stripe/webhook/{ENDPOINT}/",
        status="enabled",
    )
