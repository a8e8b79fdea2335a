"""The floor, a bare view as a careful beginner would write it, and the effects by hand, beside ours."""

from __future__ import annotations

import stripe
from django.db import IntegrityError, connection, transaction
from django.http import HttpRequest, HttpResponse
from django.urls import include, path
from django.views.decorators.csrf import csrf_exempt

from benchmarks.webhooks.bare import bare
from benchmarks.webhooks.events import SECRET


@csrf_exempt
def floor(request: HttpRequest) -> HttpResponse:
    """``construct_event``, one INSERT, commit; an event that is there already is answered alike."""
    try:
        event = stripe.Webhook.construct_event(
            request.body, request.headers.get("Stripe-Signature", ""), SECRET
        )
    except (ValueError, stripe.SignatureVerificationError):
        return HttpResponse(status=400)
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO floor_event (event_id, type, body, received_at) VALUES (%s, %s, %s, now())",
                [event.id, event.type, request.body.decode()],
            )
    except IntegrityError:
        pass
    return HttpResponse()


urlpatterns = [path("floor/", floor), path("bare/", bare), path("", include("revenue_intel.urls"))]
