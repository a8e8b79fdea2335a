"""Run with dj-stripe's interpreter once the tables are there: make the endpoint, and fetch the account it belongs to."""

from __future__ import annotations

import sys

import django
from django.conf import settings

if __name__ == "__main__":
    django.setup()

    from djstripe.models import Account, WebhookEndpoint

    from benchmarks.djstripe import ENDPOINT

    # Once for all: of two first events at a time, one would fail at the account that the other makes.
    Account.get_or_retrieve_for_api_key(settings.STRIPE_TEST_SECRET_KEY)

    WebhookEndpoint.objects.create(
        id="we_bench",
        livemode=False,
        secret=sys.argv[1],
        djstripe_uuid=ENDPOINT,
        enabled_events=["*"],
        url=f"http://127.0.0.1/stripe/webhook/{ENDPOINT}/",
        status="enabled",
    )
