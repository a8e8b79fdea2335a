"""The two probes over HTTP. Fixed bodies: whoever asks learns a word and no detail."""

from __future__ import annotations

from django.db import transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe

from revenue_intel.health.probes import database_answers


@transaction.non_atomic_requests
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """Answer 200 when the default database answers, 503 when it does not (``healthz.schema.json``).

    Not atomic: a transaction around the view would need the database before we can say that it is gone.
    """
    if database_answers():
        return _answer("ok", status=200)
    return _answer("unavailable", status=503)


@transaction.non_atomic_requests
@require_safe
def livez(request: HttpRequest) -> HttpResponse:
    """Answer 200 as long as this process answers at all; no database is asked."""
    return _answer("ok", status=200)


def _answer(word: str, *, status: int) -> HttpResponse:
    return JsonResponse({"status": word}, status=status, headers={"Cache-Control": "no-store"})
